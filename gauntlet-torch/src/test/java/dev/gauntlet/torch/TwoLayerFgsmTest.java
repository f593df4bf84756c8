package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.testkit.WireRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * FGSM on a network of three inputs, two hidden units and two classes that is small enough for a pencil.
 *
 * <p>The hidden units are {@code h0 = relu(x0 - x2)} and {@code h1 = relu(2 x1 + x2 - 0.5)}, the logits
 * {@code z0 = h0 - h1 + 0.2} and {@code z1 = h1 - h0}. With two classes the loss grows exactly where the other logit
 * gains on the true one, so everything follows from {@code d = z1 - z0 = 2 h1 - 2 h0 - 0.2}.
 */
class TwoLayerFgsmTest {
    private static final double[] EPSILONS = {0, 0.1, 0.15, 0.25};

    /**
     * What each example's d becomes, by hand.
     *
     * <p>First: x = (.8, .2, .2), label 0, h = (.6, .1); d grows along (-2, 4, 4), so x' = (.8-e, .2+e, .2+e) and d =
     * -1.2 + 10e, wrong above e = .12. Second: x = (.6, 0, .2), label 0, h1 is off; d grows along (-2, 0, 2), so the
     * middle pixel stays and d = -1 + 4e until h0 is off at e = .2. Third: the first with label 1, wrong from the
     * start and so left alone. Fourth: x = (.2, 0, .4), label 0, both units off: no gradient, nothing moves.
     */
    private static final double[][] D = {
        {-1.2, -0.2, 0.3, 1.3},
        {-1, -0.6, -0.4, -0.2},
        {-1.2, -1.2, -1.2, -1.2},
        {-0.2, -0.2, -0.2, -0.2},
    };

    private static final int[] LABELS = {0, 0, 1, 0};

    @TempDir
    private Path folder;

    @Test
    void theEvaluationEqualsTheClosedForm() throws IOException {
        Path file = folder.resolve("pencil.safetensors");
        Files.write(file, SafetensorsFile.of("""
                        {"fc.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
                         "fc.bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},
                         "fc2.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[32,48]},
                         "fc2.bias":{"dtype":"F32","shape":[2],"data_offsets":[48,56]}}""", 1, 0, -1, 0, 2, 1, 0, -0.5f, 1, -1, -1, 1, 0.2f, 0));
        Dataset data = Samples.dataset(
                new ImageShape(3, 1, 1),
                2,
                new byte[] {0, 0, 1, 0},
                bytes(204, 51, 51, 153, 0, 51, 204, 51, 51, 51, 0, 102));
        RobustnessReport report;
        try (DifferentiableClassifier model = Models.load(file, Optional.of(Network.mlp(3, 2, 2)))) {
            report = Evaluator.on(new WireRunner(1)).evaluate(model, data, Plan.linf(Fgsm.defaults(), EPSILONS));
        }
        for (int e = 0; e < EPSILONS.length; e++) {
            requireClosedForm(report, e);
        }
        assertThat(report.model().parameters()).hasValue(14);
        assertThat(report.outcomes().columns().distances())
                .containsExactly(new double[] {0.15, -1, 0, -1}, within(1e-7));
        // one gradient of each example that is right when clean, one more look at each of three budgets, and one at the
        // success in 8 bits
        assertThat(report.attacks())
                .containsExactly(new RobustnessReport.AttackRecord(
                        "fgsm", Map.of("loss", "cross-entropy"), false, 3 + 3 * 3 + 1, 3, 1));
        // only the first example is right when clean and wrong under attack, so it is drawn and the least changed,
        // twice
        assertThat(report.gallery()).hasSize(4).allSatisfy(exhibit -> {
            assertThat(exhibit.id()).isZero();
            float e = (float) exhibit.epsilon();
            assertThat(exhibit.adversarial())
                    .containsExactly(new float[] {0.8f - e, 0.2f + e, 0.2f + e}, within(1e-6f));
        });
    }

    private static void requireClosedForm(RobustnessReport report, int e) {
        EpsilonResult result = report.results().get(e);
        Outcomes.Columns columns = report.outcomes().columns();
        List<Integer> all = List.of(0, 1, 2, 3);
        assertThat(result.epsilon()).isEqualTo(EPSILONS[e]);
        assertThat(columns.predictions()[e])
                .containsExactly(all.stream().mapToInt(i -> D[i][e] > 0 ? 1 : 0).toArray());
        assertThat(result.accuracy().successes()).isEqualTo(EPSILONS[e] < 0.12 ? 3 : 2);
        boolean broken = EPSILONS[e] > 0.12;
        assertThat(columns.successfulAttacks()[e]).containsExactly(broken ? 0 : -1, -1, -1, -1);
        assertThat(result.largestDistance()).isCloseTo(broken ? EPSILONS[e] : 0, within(1e-7));
        double confidence = all.stream()
                .filter(i -> (D[i][e] > 0 ? 1 : 0) != LABELS[i])
                .mapToDouble(i -> 1 / (1 + Math.exp(-Math.abs(D[i][e]))))
                .average()
                .orElseThrow();
        assertThat(result.meanConfidenceWhenWrong()).isCloseTo(confidence, within(1e-6));
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        IntStream.range(0, values.length).forEach(i -> bytes[i] = (byte) values[i]);
        return bytes;
    }
}
