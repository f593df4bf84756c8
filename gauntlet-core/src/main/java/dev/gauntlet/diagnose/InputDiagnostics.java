package dev.gauntlet.diagnose;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputScaleCheck;
import dev.gauntlet.model.OtherOrder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** Checks whether the preprocessing of a model seems to be that of its training. */
public final class InputDiagnostics {
    /** The largest number of examples to use. */
    public static final int EXAMPLES = 200;

    /** The largest number of forward passes per example. */
    public static final int PASSES = 12;

    private InputDiagnostics() {}

    /**
     * Tries the common scales, normalizations and orders.
     *
     * <p>Cost: at most {@value #PASSES} forward passes of the sample; none if the model classifies most of it correctly.
     *
     * @param model the model
     * @param sample labelled images, at least one
     * @param predictions the predicted class of each image
     * @param classes the names of the classes
     * @return the diagnostic
     */
    public static Diagnostic examine(Classifier model, Batch sample, int[] predictions, List<String> classes) {
        double given = IntStream.range(0, predictions.length)
                        .filter(row -> predictions[row] == sample.labels()[row])
                        .count()
                / (double) predictions.length;
        Optional<InputScaleCheck.OtherInput> input = InputScaleCheck.otherInput(model, sample, given, classes.size())
                .filter(InputScaleCheck.OtherInput::isSure);
        Optional<OtherOrder> order = InputScaleCheck.otherOrder(predictions, sample, classes);
        double byOrder = order.map(OtherOrder::accuracy).orElse(0.0);
        if (input.isPresent() && input.get().accuracy() > byOrder) {
            return raised(input.get().accuracy(), given, input.get() + ".");
        }
        return order.map(other -> raised(other.accuracy(), given, other.toString()))
                .orElseGet(() -> Diagnostic.measured(
                        WarningSign.FED_WRONGLY,
                        false,
                        given,
                        given,
                        String.format(
                                Locale.ROOT,
                                "%.1f %% of %,d clean images are classified correctly; no other common preprocessing is far better.",
                                100 * given,
                                sample.size())));
    }

    private static Diagnostic raised(double accuracy, double given, String finding) {
        return Diagnostic.measured(WarningSign.FED_WRONGLY, true, accuracy, given, finding);
    }
}
