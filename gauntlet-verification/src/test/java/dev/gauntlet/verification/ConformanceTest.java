package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Float32CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Published networks on the test images of MNIST, against what PyTorch computes of them.
 */
@Tag("conformance")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceTest {
    /** The order in which floats are added moves a handful of images at most. */
    private static final int TOLERATED_IMAGES = 3;

    private static final double TOLERATED_LOGITS = 1e-4;

    /** Between two forms of the same weights, relative to the largest logit. */
    private static final double TOLERATED_DIFFERENCE = 1e-5;

    /**
     * Only where the network is this sure of the true class may the exact derivative give another outcome: of
     * {@code 1 - p}, floats then keep fewer than 15 of their 24 bits, and none from {@code 1 - p < 6e-8} on.
     */
    private static final double UNSURE = 1e-3;

    private static final String COUNT_OF_BUDGET = "fgsm_";

    private static final int BATCH_SIZE = 1000;

    private PublishedNetworks networks;
    private Dataset images;
    private int[] labels;

    @BeforeAll
    void requireFiles() {
        networks = PublishedNetworks.require();
        images = networks.images();
        labels = images.batch(IntStream.range(0, images.size()).toArray()).labels();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            lenet5-standard  | TorchScript
            lenet5-standard  | ONNX
            lenet5-standard  | conv 32 k3 p1, relu, pool 2, conv 64 k3 p1, relu, pool 2, flatten, linear 200, relu, linear 10
            lenet5-pgd       | TorchScript
            lenet5-pgd       | ONNX
            lenet5-pgd       | conv 32 k3 p1, relu, pool 2, conv 64 k3 p1, relu, pool 2, flatten, linear 200, relu, linear 10
            trades-smallcnn  | TorchScript
            trades-smallcnn  | ONNX
            trades-smallcnn  | conv 32 k3, relu, conv 32 k3, relu, pool 2, conv 64 k3, relu, conv 64 k3, relu, pool 2, flatten, linear 200, relu, linear 200, relu, linear 10
            wong-kolter-cnn  | TorchScript
            wong-kolter-cnn  | ONNX
            wong-kolter-cnn  | conv 16 k4 s2 p1, relu, conv 32 k4 s2 p1, relu, flatten, linear 100, relu, linear 10
            """)
    void equalsPyTorch(String name, String form, TestReporter reporter) {
        JsonNode expected = JsonMapper.shared()
                .readTree(networks.network(name).resolve("expected.json").toFile());
        JsonNode counts = expected.get("clean_and_fgsm_correct_of_10000");
        double[] epsilons = counts.propertyNames().stream()
                .filter(key -> key.startsWith(COUNT_OF_BUDGET))
                .mapToDouble(key -> Double.parseDouble(key.substring(COUNT_OF_BUDGET.length())))
                .toArray();
        assertThat(epsilons).isNotEmpty();
        try (DifferentiableClassifier model = switch (form) {
            case "TorchScript" -> networks.loadTorchScript(name);
            case "ONNX" -> networks.loadOnnx(name);
            default -> networks.load(name, form);
        }) {
            requireLogits(model, expected.get("logits_of_first_3_test_images"));
            // the counts were made on a processor with AVX-512
            int[][] asPyTorch =
                    predictions(model, new Float32CrossEntropy(Float32CrossEntropy.Registers.AVX512), epsilons);
            int[][] exact = predictions(model, new CrossEntropy(), epsilons);
            RobustnessReport report = Evaluator.on(LocalRunner.onAllProcessors())
                    .evaluate(model, images, Plan.linf(Fgsm.defaults(), epsilons));
            assertThat(report.results()).hasSize(exact.length);
            assertThat(report.outcomes().columns().predictions()[0]).containsExactly(exact[0]);
            Logits clean = model.logits(images.batch(report.outcomes().columns().ids()));
            Map<String, String> differences = new TreeMap<>();
            for (int e = 0; e < exact.length; e++) {
                EpsilonResult result = report.results().get(e);
                String key = e == 0 ? "clean" : COUNT_OF_BUDGET + epsilons[e - 1];
                int count = counts.get(key).asInt();
                assertThat(correct(asPyTorch[e]))
                        .as("%s of %s, with PyTorch's derivative", key, name)
                        .isCloseTo(count, within(TOLERATED_IMAGES));
                // the exact derivative may only make the attack stronger
                assertThat(correct(exact[e]))
                        .as("%s of %s, with the exact derivative", key, name)
                        .isLessThanOrEqualTo(count + TOLERATED_IMAGES);
                int others = 0;
                for (int i = 0; i < images.size(); i++) {
                    if (exact[e][i] != asPyTorch[e][i]) {
                        assertThat(1 - probability(clean, i, labels[i]))
                                .as("%s of %s: image %d, where floats lose the derivative", key, name, i)
                                .isLessThan(UNSURE);
                    }
                    // the evaluator leaves alone what is wrong when clean
                    if (report.outcomes().prediction(i, e) != (exact[0][i] == labels[i] ? exact[e][i] : exact[0][i])) {
                        others++;
                    }
                }
                assertThat(others)
                        .as("%s of %s: images that the evaluator sees otherwise", key, name)
                        .isLessThanOrEqualTo(TOLERATED_IMAGES);
                differences.put(
                        key,
                        "PyTorch %d, its derivative %+d, exact %+d, evaluator %d, of them seen otherwise %d"
                                .formatted(
                                        count,
                                        correct(asPyTorch[e]) - count,
                                        correct(exact[e]) - count,
                                        result.accuracy().successes(),
                                        others));
            }
            differences.forEach((key, difference) -> reporter.publishEntry(name + " " + key, difference));
        }
    }

    /**
     * Computes what every image is taken for, clean and after FGSM with each budget, by the formula of the paper: PyTorch's
     * counts include images that are wrong when clean, which the evaluator does not attack.
     */
    private int[][] predictions(DifferentiableClassifier model, Loss loss, double[] epsilons) {
        int[][] predictions = new int[1 + epsilons.length][images.size()];
        for (int first = 0; first < images.size(); first += BATCH_SIZE) {
            int size = Math.min(BATCH_SIZE, images.size() - first);
            Batch clean = images.batch(IntStream.range(first, first + size).toArray());
            Gradient gradient = model.gradient(clean, loss);
            keep(gradient.logits(), predictions[0], first);
            for (int e = 0; e < epsilons.length; e++) {
                float[] x = clean.pixels().clone();
                for (int i = 0; i < x.length; i++) {
                    x[i] = Math.max(0, Math.min(1, x[i] + (float) epsilons[e] * Math.signum(gradient.pixels()[i])));
                }
                keep(model.logits(clean.withPixels(x)), predictions[1 + e], first);
            }
        }
        return predictions;
    }

    private static void keep(Logits logits, int[] predictions, int first) {
        for (int row = 0; row < logits.size(); row++) {
            predictions[first + row] = logits.prediction(row);
        }
    }

    private int correct(int[] predictions) {
        return (int) IntStream.range(0, predictions.length)
                .filter(i -> predictions[i] == labels[i])
                .count();
    }

    private static double probability(Logits logits, int row, int label) {
        double sum = 0;
        int first = row * logits.classes();
        for (int k = 0; k < logits.classes(); k++) {
            sum += Math.exp(logits.values()[first + k] - (double) logits.values()[first + label]);
        }
        return 1 / sum;
    }

    private void requireLogits(DifferentiableClassifier model, JsonNode expected) {
        float[] logits = model.logits(
                        images.batch(IntStream.range(0, expected.size()).toArray()))
                .values();
        assertThat(expected.size()).isEqualTo(3);
        for (int row = 0; row < expected.size(); row++) {
            for (int k = 0; k < 10; k++) {
                assertThat((double) logits[row * 10 + k])
                        .as("logit %d of image %d", k, row)
                        .isCloseTo(expected.get(row).get(k).asDouble(), within(TOLERATED_LOGITS));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            lenet5-standard  | conv 32 k3 p1, relu, pool 2, conv 64 k3 p1, relu, pool 2, flatten, linear 200, relu, linear 10
            lenet5-pgd       | conv 32 k3 p1, relu, pool 2, conv 64 k3 p1, relu, pool 2, flatten, linear 200, relu, linear 10
            trades-smallcnn  | conv 32 k3, relu, conv 32 k3, relu, pool 2, conv 64 k3, relu, conv 64 k3, relu, pool 2, flatten, linear 200, relu, linear 200, relu, linear 10
            wong-kolter-cnn  | conv 16 k4 s2 p1, relu, conv 32 k4 s2 p1, relu, flatten, linear 100, relu, linear 10
            """)
    void allFormsGiveTheSameLogits(String name, String layers, TestReporter reporter) {
        Batch batch = images.batch(IntStream.range(0, BATCH_SIZE).toArray());
        try (DifferentiableClassifier weights = networks.load(name, layers);
                DifferentiableClassifier script = networks.loadTorchScript(name);
                DifferentiableClassifier onnx = networks.loadOnnx(name);
                Classifier runtime = networks.loadOnnxBlackBox(name)) {
            float[] expected = weights.logits(batch).values();
            for (Classifier other : List.of(script, onnx, runtime)) {
                float[] actual = other.logits(batch).values();
                double largest = 0;
                double scale = 1;
                for (int i = 0; i < expected.length; i++) {
                    largest = Math.max(largest, Math.abs((double) expected[i] - actual[i]));
                    scale = Math.max(scale, Math.abs(expected[i]));
                }
                reporter.publishEntry(name + ", " + other.card().engine(), "differs by at most " + largest);
                assertThat(largest).as(other.card().engine()).isLessThan(TOLERATED_DIFFERENCE * scale);
            }
        }
    }
}
