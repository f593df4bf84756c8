package dev.gauntlet.evaluate;

/**
 * What the attacks together achieved with one budget, as recomputed by the evaluator.
 *
 * @param epsilon the budget, in raw units of [0,1]
 * @param accuracy the examples classified correctly both clean and under every attack, of all examples
 * @param accuracyAfterRounding the same where only those successes count that are still what the adversary wants when the
 *     image is rounded to 8 bits, as it is in most files
 * @param meanConfidenceWhenWrong the mean confidence over the misclassified examples only, as in Goodfellow et al.
 *     2015; 0 if there are none
 * @param largestDistance the largest distance from its clean image of any example that an attack broke; 0 if none did
 */
public record EpsilonResult(
        double epsilon,
        Interval accuracy,
        Interval accuracyAfterRounding,
        double meanConfidenceWhenWrong,
        double largestDistance) {}
