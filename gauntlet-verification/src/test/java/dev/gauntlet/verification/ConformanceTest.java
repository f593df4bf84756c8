package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Float32CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.testkit.WireRunner;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Published networks on the test images of MNIST, against what PyTorch computes of them: on every twentieth image in every
 * build, and on all 10,000, which PyTorch's counts are about, with the tag {@code published}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceTest {
    /** The order in which floats are added moves a handful of images at most. */
    private static final int TOLERATED_IMAGES = 3;

    private static final int TOLERATED_IMAGES_OF_THE_SAMPLE = 1;

    private static final double TOLERATED_LOGITS = 1e-4;

    /** Between two forms of the same weights, relative to the largest logit. */
    private static final double TOLERATED_DIFFERENCE = 1e-5;

    /**
     * Only where the network is this sure of the true class may the exact derivative give another outcome: of
     * {@code 1 - p}, floats then keep fewer than 15 of their 24 bits, and none from {@code 1 - p < 6e-8} on.
     */
    private static final double UNSURE = 1e-3;

    private static final List<String> FORMS = List.of("TorchScript", "ONNX", "safetensors");

    private static final String COUNT_OF_BUDGET = "fgsm_";

    private static final double[] EPSILONS = {.05, .1, .15, .2, .25, .3};

    private static final int SAMPLED = 20;

    /**
     * How many of every twentieth image are classified correctly, clean and after FGSM with each of the budgets: Gauntlet's own
     * counts, which {@link #equalsPyTorch} confirms together with PyTorch's counts of all images.
     */
    private static final Map<String, List<Integer>> COUNTS_OF_THE_SAMPLE = Map.of(
            "lenet5-standard", List.of(495, 469, 397, 225, 77, 17, 7),
            "lenet5-pgd", List.of(491, 487, 483, 481, 479, 480, 477),
            "trades-smallcnn", List.of(497, 493, 490, 490, 488, 486, 484),
            "wong-kolter-cnn", List.of(488, 485, 473, 466, 444, 361, 201));

    private static final int BATCH_SIZE = 1000;

    private PublishedNetworks networks;
    private Dataset images;

    @BeforeAll
    void requireFiles() {
        networks = PublishedNetworks.require();
        images = networks.images();
    }

    static Set<String> networks() {
        return PublishedNetworks.LAYERS.keySet();
    }

    static Stream<Arguments> networksInAllForms() {
        return networks().stream().flatMap(name -> FORMS.stream().map(form -> Arguments.of(name, form)));
    }

    @ParameterizedTest
    @MethodSource("networksInAllForms")
    void classifiesTheSampleAsWhenItEqualsPyTorch(String name, String form) {
        try (DifferentiableClassifier model = load(name, form)) {
            requireLogits(model, expected(name).get("logits_of_first_3_test_images"));
            Answers outcomes = outcomes(model, sample(), EPSILONS);
            List<Integer> counts = COUNTS_OF_THE_SAMPLE.get(name);
            for (int e = 0; e <= EPSILONS.length; e++) {
                outcomes.requireCount(e, counts.get(e), TOLERATED_IMAGES_OF_THE_SAMPLE);
                outcomes.requireSameUnlessSure(e);
            }
        }
    }

    /** On the network that is the fastest; {@link #equalsPyTorch} repeats it for all of them. */
    @Test
    void theEvaluatorSeesTheSampleAsTheFormulaDoes() {
        try (DifferentiableClassifier model = load("wong-kolter-cnn", "TorchScript")) {
            RobustnessReport report = Evaluator.on(
                            new WireRunner(Runtime.getRuntime().availableProcessors()))
                    .evaluate(
                            model, images, Plan.linf(Fgsm.defaults(), EPSILONS).withExamples(images.size() / SAMPLED));
            outcomes(model, report.outcomes().columns().ids(), EPSILONS).seenOtherwise(report);
        }
    }

    @Tag("published")
    @ParameterizedTest
    @MethodSource("networksInAllForms")
    void equalsPyTorch(String name, String form, TestReporter reporter) {
        JsonNode counts = expected(name).get("clean_and_fgsm_correct_of_10000");
        double[] epsilons = counts.propertyNames().stream()
                .filter(key -> key.startsWith(COUNT_OF_BUDGET))
                .mapToDouble(key -> Double.parseDouble(key.substring(COUNT_OF_BUDGET.length())))
                .toArray();
        assertThat(epsilons).containsExactly(EPSILONS);
        try (DifferentiableClassifier model = load(name, form)) {
            RobustnessReport report = Evaluator.on(
                            new WireRunner(Runtime.getRuntime().availableProcessors()))
                    .evaluate(model, images, Plan.linf(Fgsm.defaults(), epsilons));
            Answers outcomes = outcomes(model, report.outcomes().columns().ids(), epsilons);
            List<Integer> others = outcomes.seenOtherwise(report);
            Map<String, String> differences = new TreeMap<>();
            for (int e = 0; e <= epsilons.length; e++) {
                String key = e == 0 ? "clean" : COUNT_OF_BUDGET + epsilons[e - 1];
                int count = counts.get(key).asInt();
                outcomes.requireCount(e, count, TOLERATED_IMAGES);
                outcomes.requireSameUnlessSure(e);
                assertThat(outcomes.correct(outcomes.asPyTorch[e], sample()))
                        .as("the sample with budget %d", e)
                        .isCloseTo(COUNTS_OF_THE_SAMPLE.get(name).get(e), within(TOLERATED_IMAGES_OF_THE_SAMPLE));
                differences.put(
                        key,
                        "PyTorch %d, its derivative %+d, exact %+d, evaluator %d, of them seen otherwise %d"
                                .formatted(
                                        count,
                                        outcomes.correct(outcomes.asPyTorch[e]) - count,
                                        outcomes.correct(outcomes.exact[e]) - count,
                                        report.results().get(e).accuracy().successes(),
                                        others.get(e)));
            }
            differences.forEach((key, difference) -> reporter.publishEntry(name + " " + key, difference));
        }
    }

    private static JsonNode expected(String name) {
        return JsonMapper.shared()
                .readTree(PublishedNetworks.require()
                        .network(name)
                        .resolve("expected.json")
                        .toFile());
    }

    private DifferentiableClassifier load(String name, String form) {
        return switch (form) {
            case "TorchScript" -> networks.loadTorchScript(name);
            case "ONNX" -> networks.loadOnnx(name);
            default -> networks.load(name);
        };
    }

    private int[] sample() {
        return IntStream.range(0, images.size() / SAMPLED).map(i -> SAMPLED * i).toArray();
    }

    private Answers outcomes(DifferentiableClassifier model, int[] ids, double[] epsilons) {
        Batch all = images.batch(ids);
        return new Answers(
                ids,
                all.labels(),
                model.logits(all),
                // the counts were made on a processor with AVX-512
                predictions(model, all, new Float32CrossEntropy(Float32CrossEntropy.Registers.AVX512), epsilons),
                predictions(model, all, new CrossEntropy(), epsilons));
    }

    /**
     * Computes what every image is taken for, clean and after FGSM with each budget, by the formula of the paper: PyTorch's
     * counts include images that are wrong when clean, which the evaluator does not attack.
     */
    private static int[][] predictions(DifferentiableClassifier model, Batch all, Loss loss, double[] epsilons) {
        int[][] predictions = new int[1 + epsilons.length][all.size()];
        for (int first = 0; first < all.size(); first += BATCH_SIZE) {
            Batch clean = all.select(IntStream.range(first, Math.min(first + BATCH_SIZE, all.size()))
                    .toArray());
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
    @MethodSource("networks")
    void allFormsGiveTheSameLogits(String name, TestReporter reporter) {
        Batch batch = images.batch(IntStream.range(0, BATCH_SIZE).toArray());
        try (DifferentiableClassifier weights = networks.load(name);
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

    /**
     * Predictions of some images, first clean and then after FGSM with each budget.
     *
     * @param clean the logits of the clean images
     * @param asPyTorch with the derivative that PyTorch computes
     * @param exact with the exact derivative
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Answers(int[] ids, int[] labels, Logits clean, int[][] asPyTorch, int[][] exact) {
        int correct(int[] predictions) {
            return correct(predictions, ids);
        }

        /** Counts the correct predictions of those of the images. */
        int correct(int[] predictions, int[] some) {
            return (int) IntStream.range(0, ids.length)
                    .filter(i -> predictions[i] == labels[i] && Arrays.binarySearch(some, ids[i]) >= 0)
                    .count();
        }

        void requireCount(int e, int count, int tolerated) {
            assertThat(correct(asPyTorch[e]))
                    .as("correct with budget %d and PyTorch's derivative", e)
                    .isCloseTo(count, within(tolerated));
            // the exact derivative may only make the attack stronger
            assertThat(correct(exact[e]))
                    .as("correct with budget %d and the exact derivative", e)
                    .isLessThanOrEqualTo(count + tolerated);
        }

        void requireSameUnlessSure(int e) {
            for (int i = 0; i < ids.length; i++) {
                if (exact[e][i] != asPyTorch[e][i]) {
                    assertThat(1 - probability(clean, i, labels[i]))
                            .as("image %d with budget %d, where floats lose the derivative", ids[i], e)
                            .isLessThan(UNSURE);
                }
            }
        }

        /** Counts the images that the evaluator sees otherwise, with each budget, and requires them to be a handful. */
        List<Integer> seenOtherwise(RobustnessReport report) {
            assertThat(report.results()).hasSize(exact.length);
            assertThat(report.outcomes().columns().predictions()[0]).containsExactly(exact[0]);
            return IntStream.range(0, exact.length)
                    .mapToObj(e -> {
                        // the evaluator leaves alone what is wrong when clean
                        int others = (int) IntStream.range(0, ids.length)
                                .filter(i -> report.outcomes().prediction(i, e)
                                        != (exact[0][i] == labels[i] ? exact[e][i] : exact[0][i]))
                                .count();
                        assertThat(others)
                                .as("images that the evaluator sees otherwise with budget %d", e)
                                .isLessThanOrEqualTo(TOLERATED_IMAGES);
                        return others;
                    })
                    .toList();
        }

        private static double probability(Logits logits, int row, int label) {
            double sum = 0;
            int first = row * logits.classes();
            for (int k = 0; k < logits.classes(); k++) {
                sum += Math.exp(logits.values()[first + k] - (double) logits.values()[first + label]);
            }
            return 1 / sum;
        }
    }
}
