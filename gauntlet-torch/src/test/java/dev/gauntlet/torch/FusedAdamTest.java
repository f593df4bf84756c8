package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FusedAdamTest {
    private static final long SEED = 7;
    private static final int STEPS = 7;
    private static final List<long[]> SHAPES = List.of(
            new long[] {5},
            new long[] {70},
            new long[] {3, 4},
            new long[] {33, 9},
            new long[] {4, 3, 5, 2},
            new long[] {1});

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void stepsEqualThePaperInDoublePrecision(boolean channelsLastGradients) {
        double rate = 0.01;
        SplittableRandom random = RandomKey.of(SEED).generator();
        List<double[]> expected = new ArrayList<>();
        List<double[]> means = new ArrayList<>();
        List<double[]> variances = new ArrayList<>();
        List<Tensor> parameters = new ArrayList<>();
        Libtorch.load();
        try (PointerScope scope = new PointerScope()) {
            for (long[] shape : SHAPES) {
                float[] start = numbers(shape, random, 1);
                parameters.add(tensor(start, shape));
                expected.add(doubles(start));
                means.add(new double[start.length]);
                variances.add(new double[start.length]);
            }
            try (FusedAdam adam = new FusedAdam(parameters)) {
                for (int step = 1; step <= STEPS; step++) {
                    List<Tensor> gradients = new ArrayList<>();
                    for (int i = 0; i < SHAPES.size(); i++) {
                        // from tiny to large, for Adam hides the size of a gradient but for its own epsilon
                        float[] gradient = numbers(SHAPES.get(i), random, Math.pow(10, step - 6));
                        Tensor tensor = tensor(gradient, SHAPES.get(i));
                        gradients.add(
                                channelsLastGradients && SHAPES.get(i).length == 4
                                        ? tensor.contiguous(MemoryFormat.ChannelsLast)
                                        : tensor);
                        reference(expected.get(i), doubles(gradient), means.get(i), variances.get(i), step, rate);
                    }
                    adam.step(new TensorVector(gradients.toArray(Tensor[]::new)), rate);
                    for (int i = 0; i < SHAPES.size(); i++) {
                        float[] actual = new float[expected.get(i).length];
                        Libtorch.copy(parameters.get(i), actual, 0);
                        for (int j = 0; j < actual.length; j++) {
                            // each step rounds a parameter of about 1 to a float once
                            assertThat((double) actual[j])
                                    .as(
                                            "seed %d, step %d, shape %s, value %d",
                                            SEED, step, Arrays.toString(SHAPES.get(i)), j)
                                    .isCloseTo(expected.get(i)[j], within(2e-7 * step + 1e-5 * rate));
                        }
                    }
                }
            }
        }
    }

    @Test
    void theFirstStepIsTheLearningRateWhateverTheGradient() {
        Libtorch.load();
        try (PointerScope scope = new PointerScope()) {
            Tensor parameter = tensor(new float[] {1, 1, 1, 1}, new long[] {4});
            try (FusedAdam adam = new FusedAdam(List.of(parameter))) {
                adam.step(new TensorVector(tensor(new float[] {1, -1, 1000, 0}, new long[] {4})), 0.125);
            }
            float[] values = new float[4];
            Libtorch.copy(parameter, values, 0);
            assertThat(values).containsExactly(new float[] {0.875f, 1.125f, 0.875f, 1}, within(1e-6f));
        }
    }

    /** Algorithm 1 of the paper. */
    private static void reference(
            double[] parameter, double[] gradient, double[] mean, double[] variance, int step, double rate) {
        for (int i = 0; i < parameter.length; i++) {
            mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
            variance[i] = 0.999 * variance[i] + 0.001 * gradient[i] * gradient[i];
            double unbiasedMean = mean[i] / (1 - Math.pow(0.9, step));
            double unbiasedVariance = variance[i] / (1 - Math.pow(0.999, step));
            parameter[i] -= rate * unbiasedMean / (Math.sqrt(unbiasedVariance) + 1e-8);
        }
    }

    private static float[] numbers(long[] shape, SplittableRandom random, double size) {
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-size, size);
        }
        return values;
    }

    private static Tensor tensor(float[] values, long[] shape) {
        return torch.from_blob(Libtorch.copy(values, 0, values.length), shape).clone();
    }

    private static double[] doubles(float[] values) {
        double[] copy = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            copy[i] = values[i];
        }
        return copy;
    }
}
