package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.Gradient;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The engine against straight loops in double precision, and its gradients against finite differences of these. */
class LayerGradientTest {
    private static final int EXAMPLES = 3;

    /**
     * Floats carry 6e-8; sums of up to 1,000 terms through a few layers lose up to two digits of that. A missing or
     * exchanged weight is wrong by far more.
     */
    private static final double TOLERANCE = 1e-5;

    /**
     * The truncation of central differences is about STEP^2 = 1e-12 and their rounding about 1e-16 / STEP = 1e-10, both
     * far below the float's rounding. The chance that a unit crosses its kink within so small a step is negligible.
     */
    private static final double STEP = 1e-6;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1x7x6  | conv 4 k3, flatten, linear 3
            3x7x6  | conv 4 k3, flatten, linear 3
            1x7x6  | conv 4 k1, flatten, linear 3
            3x7x6  | conv 4 k1, flatten, linear 3
            1x7x6  | conv 5 k5 p2, flatten, linear 3
            3x7x6  | conv 5 k5 p2, flatten, linear 3
            1x9x8  | conv 4 k3 s2, flatten, linear 3
            3x9x8  | conv 4 k3 s2 p1, flatten, linear 3
            1x9x8  | conv 4 k2 s3 p1, flatten, linear 3
            3x9x8  | conv 4 k4 s2 p1, relu, conv 6 k4 s2 p1, flatten, linear 3
            2x5x5  | conv 3 k3 p3, relu, flatten, linear 4
            2x5x5  | conv 6 k5
            1x5x5  | conv 6 k5, relu, linear 4
            1x5x5  | conv 6 k5, flatten, linear 4
            7x1x1  | linear 3
            7x1x1  | linear 6, relu, linear 5, relu, linear 4, relu, linear 3
            7x1x1  | linear 6, conv 5 k1, relu, linear 3
            7x1x1  | linear 6, pool 1, relu, pool 1, linear 3
            7x1x1  | linear 6, conv 5 k3 p1, flatten, relu, linear 3
            2x3x3  | flatten, linear 6, flatten, relu, flatten, linear 3
            2x6x4  | relu, flatten, linear 3
            2x6x4  | pool 2, flatten, linear 3
            2x7x5  | pool 2, flatten, linear 3
            2x7x5  | pool 3, flatten, linear 3
            2x6x6  | conv 4 k3 p1, relu, pool 2, flatten, linear 3
            2x6x6  | conv 4 k3 p1, pool 2, relu, flatten, linear 3
            2x6x6  | conv 4 k3 p1, relu, pool 2, relu, pool 3, flatten, linear 3
            2x6x6  | conv 4 k3 p1, relu, relu, pool 2, pool 2, flatten, linear 3
            2x6x6  | conv 4 k3 p1, dropout 0.5, relu, channel-dropout 0.5, pool 2, flatten, dropout 0.25, linear 3
            1x12x12| conv 4 k3 p1, relu, conv 6 k3, relu, pool 2, conv 8 k3 p1, relu, pool 2, flatten, linear 20, relu, linear 10
            3x16x16| conv 8 k3 p1, relu, conv 8 k3 s2 p1, relu, pool 2, conv 5 k2 s2, relu, flatten, linear 12, relu, linear 10
            4x1x9  | conv 3 k1, relu, pool 1, flatten, linear 2
            2x6x6  | conv 4 k3 p1, batchnorm, relu, pool 3 s2 p1, flatten, linear 3
            2x6x6  | conv 4 k3 p1 nobias, batchnorm 0.1, leaky-relu 0.1, pool 2 s1, batchnorm, elu, relu, flatten, linear 3
            2x6x6  | conv 4 k3 p1, tanh, relu, average-pool 2, relu, flatten, linear 3 nobias
            2x7x6  | conv 4 k3, sigmoid, relu, pool 2, gelu, relu, flatten, linear 3
            2x6x6  | conv 4 k3 p1, relu, global-average-pool, relu, linear 3
            2x6x6  | leaky-relu 0.3, conv 4 k3, elu, relu, conv 4 k3, silu, relu, flatten, batchnorm, linear 3
            5x1x1  | linear 6, batchnorm, gelu, linear 6, global-average-pool, leaky-relu 0.01, linear 3
            1x28x28| mlp
            1x28x28| lenet
            1x28x28| madry
            """)
    void logitsAndGradientsEqualTheReference(String input, String description) {
        List<Integer> sides = List.of(input.strip().split("x", -1)).stream()
                .map(Integer::valueOf)
                .toList();
        ImageShape shape = new ImageShape(sides.get(0), sides.get(1), sides.get(2));
        Network network = description.contains(" ")
                ? Samples.network(shape, description)
                : NamedNetwork.parse(description).network();
        long seed = 20_000L + description.length() + shape.size();
        Map<String, WeightTensor> weights = Samples.weights(network, seed);
        ReferenceNetwork reference = new ReferenceNetwork(network, List.copyOf(weights.values()));
        Batch batch = Samples.batch(shape, network.classes(), EXAMPLES, seed);
        try (NetworkClassifier model = Samples.classifier(network, weights)) {
            Gradient gradient = model.gradient(batch, new CrossEntropy());
            assertThat(gradient.logits().values())
                    .as("forward and backward pass give the same logits, seed %d", seed)
                    .isEqualTo(model.logits(batch).values());
            for (int example = 0; example < EXAMPLES; example++) {
                requireEqual(reference, batch, gradient, example, seed);
            }
        }
    }

    private static void requireEqual(
            ReferenceNetwork reference, Batch batch, Gradient gradient, int example, long seed) {
        int length = batch.shape().size();
        int label = batch.labels()[example];
        double[] x = IntStream.range(0, length)
                .mapToDouble(i -> batch.pixels()[example * length + i])
                .toArray();
        double[] logits = reference.logits(x);
        double largestLogit = largest(logits);
        for (int k = 0; k < logits.length; k++) {
            assertThat((double) gradient.logits().values()[example * logits.length + k])
                    .as("logit %d of example %d, seed %d", k, example, seed)
                    .isCloseTo(logits[k], within(TOLERANCE * largestLogit));
        }
        assertThat(gradient.losses()[example])
                .as("loss of example %d, seed %d", example, seed)
                .isCloseTo(reference.loss(x, label), within(TOLERANCE * largestLogit));
        int[] pixels = pixels(length, seed);
        double[] expected = new double[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            double[] moved = x.clone();
            moved[pixels[i]] = x[pixels[i]] + STEP;
            double above = reference.loss(moved, label);
            moved[pixels[i]] = x[pixels[i]] - STEP;
            expected[i] = (above - reference.loss(moved, label)) / (2 * STEP);
        }
        double largestSlope = largest(expected);
        assertThat(largestSlope)
                .as("a flat loss would prove nothing, seed %d", seed)
                .isGreaterThan(1e-4);
        for (int i = 0; i < pixels.length; i++) {
            assertThat((double) gradient.pixels()[example * length + pixels[i]])
                    .as("gradient by pixel %d of example %d, seed %d", pixels[i], example, seed)
                    .isCloseTo(expected[i], within(TOLERANCE * largestSlope + 1e-8));
        }
    }

    /** All pixels of a small image; some, drawn by the seed, of a large one. */
    private static int[] pixels(int length, long seed) {
        SplittableRandom random = RandomKey.of(seed).with("pixels").generator();
        return length <= 150
                ? IntStream.range(0, length).toArray()
                : IntStream.range(0, 12).map(i -> random.nextInt(length)).toArray();
    }

    private static double largest(double[] values) {
        double largest = 0;
        for (double value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
