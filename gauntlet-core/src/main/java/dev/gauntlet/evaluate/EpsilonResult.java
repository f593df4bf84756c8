package dev.gauntlet.evaluate;

import java.util.Arrays;

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
 * @param predictions the predicted class of each example, in the order of the report's examples; for an example that
 *     stands or was wrong from the start it is the clean prediction
 * @param brokenBy for each example the position in the list of attacks of the one that broke it; -1 if none did
 */
public record EpsilonResult(
        double epsilon,
        Interval accuracy,
        Interval accuracyAfterRounding,
        double meanConfidenceWhenWrong,
        double largestDistance,
        int[] predictions,
        int[] brokenBy) {
    /**
     * Counts the examples that an attack broke.
     *
     * @param attack its position in the list of attacks
     * @return how many
     */
    public int brokenBy(int attack) {
        return (int)
                Arrays.stream(brokenBy).filter(breaker -> breaker == attack).count();
    }
}
