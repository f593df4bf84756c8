package dev.gauntlet.report;

import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.threat.Norm;

/**
 * The words for a norm and its budgets.
 *
 * @param norm the norm
 * @param input what a single number of an image is called
 */
record Distance(Norm norm, String input) {
    static Distance of(RobustnessReport report) {
        return new Distance(
                Norm.parse(report.plan().norm()), report.shape().channels() == 1 ? "pixel" : "pixel channel");
    }

    /** Names the norm and says what it measures. */
    String title() {
        return norm.title() + ", " + measure();
    }

    /** Says what epsilon limits. */
    String measure() {
        return switch (norm) {
            case LINF -> "the largest change of any pixel";
            case L2 -> "the Euclidean length of the change";
            case L1 -> "the sum of the changes of all pixels";
            case L0 -> "the number of %ss that change".formatted(input);
        };
    }

    /** Names an axis of budgets. */
    String axis() {
        return switch (norm) {
            case LINF -> "largest change of a pixel (epsilon, 1 = from black to white)";
            case L2 -> "Euclidean length of the change (epsilon, in L2)";
            case L1 -> "sum of the changes of all pixels (epsilon, in L1)";
            case L0 -> "number of changed %ss (epsilon, in L0)".formatted(input);
        };
    }

    /** Completes "with changes of", "a change of": what a budget allows. */
    String atMost(String epsilon) {
        return switch (norm) {
            case LINF -> "at most %s per pixel".formatted(epsilon);
            case L2, L1 -> "at most %s in %s".formatted(epsilon, norm.title());
            case L0 -> "at most %s %s%s".formatted(epsilon, input, epsilon.equals("1") ? "" : "s");
        };
    }

    /** Says in a sentence what epsilon is, on the scale where black is 0 and white is 1. */
    String epsilon() {
        return switch (norm) {
            case LINF ->
                "Epsilon is the most that any pixel may be changed, on a scale where black is 0 and white is 1.";
            case L2 ->
                "Epsilon is the most that the whole change may measure in L2: the root of the sum of the squared changes of all pixels, on a scale where black is 0 and white is 1.";
            case L1 ->
                "Epsilon is the most that the whole change may measure in L1: the sum of the changes of all pixels, on a scale where black is 0 and white is 1.";
            case L0 -> "Epsilon is the number of %ss that may be changed, each as much as it can.".formatted(input);
        };
    }

    /** Gives an example of a budget. */
    String example() {
        return switch (norm) {
            case LINF -> "An epsilon of 0.1 is a tenth of the way from black to white, or 25.5 of 255 grey levels.";
            case L2 ->
                "An epsilon of 1 is one pixel from black to white, or a hundred pixels a tenth of that way each.";
            case L1 -> "An epsilon of 1 is one pixel from black to white, or ten pixels a tenth of that way each.";
            case L0 -> "An epsilon of 10 lets ten %ss take any value.".formatted(input);
        };
    }

    /** Says which changes were not looked at. */
    String limits() {
        return switch (norm) {
            case LINF -> "Only small changes of each pixel are looked at.";
            case L2, L1 -> "Only changes that are small in %s are looked at.".formatted(norm.title());
            case L0 -> "Only changes of a few %ss are looked at.".formatted(input);
        };
    }
}
