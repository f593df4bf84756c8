package dev.gauntlet.evaluate;

/**
 * What an attack achieved with one budget, as recomputed by the evaluator.
 *
 * @param epsilon the budget, in raw units of [0,1]
 * @param accuracy the examples classified correctly both clean and under attack, of all examples
 * @param meanLoss the mean cross-entropy with the true label over all examples
 * @param meanConfidenceWhenWrong the mean confidence over the misclassified examples only, as in Goodfellow et al.
 *     2015; 0 if there are none
 * @param unchanged how many examples the attack returned without any change, as it does when every gradient is 0
 * @param largestDistance the largest distance of any example from its clean image
 * @param predictions the predicted class of each example, in the order of the report's examples
 */
public record EpsilonResult(
        double epsilon,
        Interval accuracy,
        double meanLoss,
        double meanConfidenceWhenWrong,
        int unchanged,
        double largestDistance,
        int[] predictions) {}
