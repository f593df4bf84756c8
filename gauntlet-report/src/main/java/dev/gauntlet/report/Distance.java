package dev.gauntlet.report;

import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.threat.Norm;

/**
 * Phrases for a norm and its budgets.
 *
 * @param norm the norm
 * @param input the name of one input value, such as pixel
 */
record Distance(Norm norm, String input) {
    static Distance of(RobustnessReport report) {
        return new Distance(
                Norm.parse(report.plan().norm()), report.shape().channels() == 1 ? "pixel" : "pixel channel");
    }

    /** Names the norm and what it measures. */
    String title() {
        return norm.title() + ", " + measure();
    }

    /** Names what epsilon limits. */
    String measure() {
        return switch (norm) {
            case LINF -> "the largest change of any pixel";
            case L2 -> "the Euclidean norm of the change";
            case L1 -> "the sum of the absolute changes of all pixels";
            case L0 -> "the number of changed %ss".formatted(input);
        };
    }

    /** Returns the title of an axis of budgets. */
    String axis() {
        return switch (norm) {
            case LINF -> "largest change of a pixel (epsilon, 1 = from black to white)";
            case L2 -> "Euclidean norm of the change (epsilon, in L2)";
            case L1 -> "sum of the absolute changes of all pixels (epsilon, in L1)";
            case L0 -> "number of changed %ss (epsilon, in L0)".formatted(input);
        };
    }

    /** Completes "with changes of" or "a change of" with the budget. */
    String atMost(String epsilon) {
        return switch (norm) {
            case LINF -> "at most %s per pixel".formatted(epsilon);
            case L2, L1 -> "at most %s in %s".formatted(epsilon, norm.title());
            case L0 -> "at most %s %s%s".formatted(epsilon, input, epsilon.equals("1") ? "" : "s");
        };
    }

    /** Explains epsilon in a sentence, on a scale from 0 (black) to 1 (white). */
    String epsilon() {
        return switch (norm) {
            case LINF -> "Epsilon is the largest allowed change of any pixel, on a scale from 0 (black) to 1 (white).";
            case L2 ->
                "Epsilon is the largest allowed L2 norm of the change: the square root of the sum of the squared changes of all pixels, on a scale from 0 (black) to 1 (white).";
            case L1 ->
                "Epsilon is the largest allowed L1 norm of the change: the sum of the absolute changes of all pixels, on a scale from 0 (black) to 1 (white).";
            case L0 ->
                "Epsilon is the largest allowed number of changed %ss; each may take any value.".formatted(input);
        };
    }

    /** Gives an example of a budget. */
    String example() {
        return switch (norm) {
            case LINF -> "An epsilon of 0.1 is a tenth of the range from black to white, or 25.5 of 255 grey levels.";
            case L2 ->
                "An epsilon of 1 allows one pixel to change from black to white, or a hundred pixels by a tenth of that.";
            case L1 ->
                "An epsilon of 1 allows one pixel to change from black to white, or ten pixels by a tenth of that.";
            case L0 -> "An epsilon of 10 allows ten %ss to take any value.".formatted(input);
        };
    }

    /** Says which changes were considered. */
    String limits() {
        return switch (norm) {
            case LINF -> "Only small changes of each pixel are considered.";
            case L2, L1 -> "Only changes that are small in %s are considered.".formatted(norm.title());
            case L0 -> "Only changes of a few %ss are considered.".formatted(input);
        };
    }
}
