package dev.gauntlet.diagnose;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/** Measures the warning signs that show in a model's outputs without an attack. */
public final class OutputDiagnostics {

    /** The number of examples to run one by one. */
    public static final int ALONE = 10;

    private OutputDiagnostics() {}

    /**
     * Checks whether two passes over the same examples give the same logits.
     *
     * <p>Cost: one more forward pass of all examples.
     *
     * @param model the model
     * @param batch some examples, at least one
     * @param logits the logits of these examples
     * @return the diagnostic
     */
    public static Diagnostic twice(Classifier model, Batch batch, Logits logits) {
        boolean same = Arrays.equals(logits.values(), model.logits(batch).values());
        return Diagnostic.measured(
                WarningSign.NONDETERMINISTIC,
                !same,
                same ? 0 : 1,
                0,
                same
                        ? "Two passes over %d images gave identical logits.".formatted(batch.size())
                        : "Two passes over the same %d images gave different logits.".formatted(batch.size()));
    }

    /**
     * Checks whether a deterministic model gives the same logits for an example alone and in a batch.
     *
     * <p>Cost: one forward pass for each example that is run alone.
     *
     * @param model the model
     * @param batch some examples, at least one
     * @param logits the logits of these examples
     * @param most the largest number of examples to run alone
     * @return the diagnostic
     */
    public static Diagnostic alone(Classifier model, Batch batch, Logits logits, int most) {
        if (batch.size() < 2) {
            return Diagnostic.notMeasured(WarningSign.BATCH_DEPENDENT, "There are fewer than two images.");
        }
        int classes = logits.classes();
        double spread = spread(logits.values());
        double largest = 0;
        int asked = Math.min(most, batch.size());
        for (int row = 0; row < asked; row++) {
            float[] alone = model.logits(batch.select(new int[] {row})).values();
            for (int k = 0; k < classes; k++) {
                largest = Math.max(largest, Math.abs((double) alone[k] - logits.values()[row * classes + k]));
            }
        }
        double share = spread == 0 ? 0 : largest / spread;
        return Diagnostic.measured(
                WarningSign.BATCH_DEPENDENT,
                share > WarningSign.BATCH_DEPENDENT.threshold(),
                share,
                WarningSign.BATCH_DEPENDENT.threshold(),
                String.format(
                        Locale.ROOT,
                        "Alone and in a batch, the logits of %d images differ by at most %.2g of their spread.",
                        asked,
                        share));
    }

    private static double spread(float[] values) {
        float smallest = Float.POSITIVE_INFINITY;
        float largest = Float.NEGATIVE_INFINITY;
        for (float value : values) {
            smallest = Math.min(smallest, value);
            largest = Math.max(largest, value);
        }
        return (double) largest - smallest;
    }

    /**
     * Checks whether the outputs of a model are probabilities.
     *
     * @param logits the outputs for some examples, at least one
     * @return the diagnostic
     */
    public static Diagnostic probabilities(Logits logits) {
        int classes = logits.classes();
        double share = IntStream.range(0, logits.size())
                        .filter(row -> {
                            double sum = 0;
                            for (int k = 0; k < classes; k++) {
                                float value = logits.values()[row * classes + k];
                                if (!(value >= 0 && value <= 1 + WarningSign.PROBABILITIES.threshold())) {
                                    return false;
                                }
                                sum += value;
                            }
                            return Math.abs(sum - 1) <= WarningSign.PROBABILITIES.threshold();
                        })
                        .count()
                / (double) logits.size();
        return Diagnostic.measured(
                WarningSign.PROBABILITIES,
                share == 1,
                share,
                1,
                share == 1
                        ? "For each of %d images the outputs are in [0,1] and sum to 1.".formatted(logits.size())
                        : "The outputs for %d images are not probabilities.".formatted(logits.size()));
    }
}
