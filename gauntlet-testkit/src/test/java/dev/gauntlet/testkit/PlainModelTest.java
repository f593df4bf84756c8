package dev.gauntlet.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.Gradient;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The models that other tests lean on have the gradients of their own logits. */
class PlainModelTest {
    private static final int PIXELS = 6;
    private static final int CLASSES = 4;

    @Test
    void theLinearModelHasTheGradientOfCentralDifferences() {
        long seed = 1;
        SplittableRandom random = RandomKey.of(seed).with("linear").generator();
        LinearModel model = new LinearModel(weights(random, CLASSES, PIXELS), numbers(random, CLASSES));
        checkGradient(model, random, "seed " + seed);
    }

    @Test
    void theTwoLayerModelHasTheGradientOfCentralDifferences() {
        long seed = 2;
        SplittableRandom random = RandomKey.of(seed).with("two layers").generator();
        TwoLayerModel model = new TwoLayerModel(
                weights(random, 8, PIXELS), numbers(random, 8), weights(random, CLASSES, 8), numbers(random, CLASSES));
        checkGradient(model, random, "seed " + seed);
    }

    private static void checkGradient(PlainModel model, SplittableRandom random, String repeat) {
        for (int round = 0; round < 50; round++) {
            double[] x = new double[PIXELS];
            float[] pixels = new float[PIXELS];
            for (int i = 0; i < PIXELS; i++) {
                pixels[i] = (float) random.nextDouble();
                x[i] = pixels[i];
            }
            int label = random.nextInt(CLASSES);
            Gradient gradient = model.gradient(
                    ArrayDataset.of(CLASSES, new int[] {label}, pixels).all(), new CrossEntropy());
            assertThat(gradient.losses()[0]).as(repeat).isCloseTo(loss(model, x, label), within(1e-6));
            for (int i = 0; i < PIXELS; i++) {
                double step = 1e-6;
                double[] more = x.clone();
                double[] less = x.clone();
                more[i] += step;
                less[i] -= step;
                double difference = (loss(model, more, label) - loss(model, less, label)) / (2 * step);
                assertThat((double) gradient.pixels()[i])
                        .as("%s, round %d, pixel %d", repeat, round, i)
                        .isCloseTo(difference, within(1e-5));
            }
        }
    }

    private static double loss(PlainModel model, double[] x, int label) {
        double[] z = model.logitsOf(x);
        double sum = 0;
        for (double logit : z) {
            sum += Math.exp(logit);
        }
        return Math.log(sum) - z[label];
    }

    private static double[][] weights(SplittableRandom random, int rows, int columns) {
        double[][] weights = new double[rows][];
        for (int k = 0; k < rows; k++) {
            weights[k] = numbers(random, columns);
        }
        return weights;
    }

    private static double[] numbers(SplittableRandom random, int count) {
        return random.doubles(count, -1, 1).toArray();
    }
}
