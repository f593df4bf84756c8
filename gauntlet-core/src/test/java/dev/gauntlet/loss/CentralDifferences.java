package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Compares a loss with its definition, written down naively in double, and the definition's central differences. */
final class CentralDifferences {
    private static final double STEP = 1e-6;

    private CentralDifferences() {}

    /** A loss as its paper defines it. */
    interface Definition {
        double of(double[] logits, int label);
    }

    /** Compares on random logits of one number of classes, some of them nearly tied, with every label. */
    static void agree(Loss loss, Definition definition, int classes) {
        long seed = 20261123;
        SplittableRandom random =
                RandomKey.of(seed).with(loss.name()).with(classes).generator();
        for (int round = 0; round < 100; round++) {
            float[] logits = apart(classes, random);
            for (int label = 0; label < classes; label++) {
                String repeat = "%s, %d classes, seed %d, round %d, label %d"
                        .formatted(loss.name(), classes, seed, round, label);
                agree(loss, definition, logits, label, repeat);
            }
        }
    }

    private static void agree(Loss loss, Definition definition, float[] logits, int label, String repeat) {
        int classes = logits.length;
        // a row before and one after show whether the loss keeps to its own
        float[] rows = new float[3 * classes];
        for (int k = 0; k < classes; k++) {
            rows[k] = 100 + k;
            rows[classes + k] = logits[k];
            rows[2 * classes + k] = 200 - k;
        }
        float[] derivative = new float[3 * classes];
        Arrays.fill(derivative, 7);
        double[] exact = new double[classes];
        for (int k = 0; k < classes; k++) {
            exact[k] = logits[k];
        }

        double value = loss.valueAndDerivative(rows, classes, classes, label, derivative);

        double expected = definition.of(exact, label);
        assertThat(value).as(repeat).isCloseTo(expected, within(1e-12 * Math.max(1, Math.abs(expected))));
        assertThat(loss.value(rows, classes, classes, label)).as(repeat).isEqualTo(value);
        double[] differences = new double[classes];
        double largest = 0;
        for (int k = 0; k < classes; k++) {
            double[] above = exact.clone();
            double[] below = exact.clone();
            above[k] += STEP;
            below[k] -= STEP;
            differences[k] = (definition.of(above, label) - definition.of(below, label)) / (2 * STEP);
            largest = Math.max(largest, Math.abs(differences[k]));
        }
        for (int k = 0; k < classes; k++) {
            assertThat((double) derivative[classes + k])
                    .as("%s, derivative by logit %d", repeat, k)
                    .isCloseTo(differences[k], within(1e-8 + 2e-6 * largest));
            assertThat(derivative[k]).as(repeat).isEqualTo(7);
            assertThat(derivative[2 * classes + k]).as(repeat).isEqualTo(7);
        }
    }

    /** Logits of which neighbours in size are 0.001 or up to 3 apart, far more than a step, in random order. */
    private static float[] apart(int classes, SplittableRandom random) {
        float[] logits = new float[classes];
        double logit = random.nextDouble(-15, 5);
        for (int k = 0; k < classes; k++) {
            logits[k] = (float) logit;
            logit += random.nextBoolean() ? 1e-3 : random.nextDouble(1e-3, 3);
        }
        for (int k = classes - 1; k > 0; k--) {
            int other = random.nextInt(k + 1);
            float moved = logits[k];
            logits[k] = logits[other];
            logits[other] = moved;
        }
        return logits;
    }
}
