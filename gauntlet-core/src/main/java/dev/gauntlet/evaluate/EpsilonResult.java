package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.threat.LpBall;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the attacks together achieved with one budget, as recomputed by the evaluator.
 *
 * @param epsilon the budget, in raw units of [0,1]
 * @param accuracy the examples classified correctly both clean and under every attack, of all examples
 * @param accuracyAfterRounding the same where only those successes count that are still what the adversary wants when the
 *     image is rounded to 8 bits, as it is in most files; a success that survives the rounding counts for all larger budgets,
 *     too, because the adversary may use less than the budget
 * @param meanConfidenceWhenWrong the mean confidence over the misclassified examples only, as in Goodfellow et al.
 *     2015; 0 if there are none
 * @param largestDistance the largest distance of a success from its clean image; 0 if there is none
 */
public record EpsilonResult(
        double epsilon,
        Interval accuracy,
        Interval accuracyAfterRounding,
        double meanConfidenceWhenWrong,
        double largestDistance) {
    /** The tolerance for another computation of the same interval. */
    private static final double ROUNDING = 1e-9;

    public EpsilonResult {
        Rules.requireShare(meanConfidenceWhenWrong, "meanConfidenceWhenWrong");
        Rules.requireMeasure(largestDistance, "largestDistance");
    }

    /**
     * Returns the position of the budget in focus, as {@link RobustnessReport#focus} describes; 0 if there is only the
     * clean accuracy.
     */
    static int focus(List<EpsilonResult> results) {
        double half = results.get(0).accuracy.rate() / 2;
        return IntStream.range(1, results.size())
                .boxed()
                .min(Comparator.comparingDouble(
                        i -> Math.abs(results.get(i).accuracy.rate() - half)))
                .orElse(0);
    }

    /**
     * Requires that the counts are those of the outcomes.
     *
     * @throws GauntletException if they are not
     */
    void requireFit(String place, Outcomes outcomes, int budget, LpBall ball) {
        int robust = outcomes.robust(budget);
        int successes = outcomes.successes(budget);
        Rules.require(
                accuracy.successes() == robust,
                place + ".accuracy.successes",
                "is %s, by the outcomes it is %s",
                accuracy.successes(),
                robust);
        requireRate(accuracy, outcomes.size(), place + ".accuracy");
        int rounded = accuracyAfterRounding.successes();
        Rules.require(
                rounded >= robust && rounded <= robust + successes,
                place + ".accuracyAfterRounding.successes",
                "is %s, but %s are robust and attacks succeeded on %s",
                rounded,
                robust,
                successes);
        requireRate(accuracyAfterRounding, outcomes.size(), place + ".accuracyAfterRounding");
        Rules.require(
                ball.allows(largestDistance),
                place + ".largestDistance",
                "is %s, beyond epsilon %s",
                largestDistance,
                epsilon);
        Rules.require(
                (successes > 0) == (largestDistance > 0),
                place + ".largestDistance",
                "is %s, but %s attack succeeded",
                largestDistance,
                successes > 0 ? "an" : "no");
    }

    private static void requireRate(Interval rate, int examples, String place) {
        Rules.require(
                rate.trials() == examples, place + ".trials", "is %s, there are %s examples", rate.trials(), examples);
        Interval expected = Interval.of(rate.successes(), examples);
        requireNear(rate.rate(), expected.rate(), place + ".rate");
        requireNear(rate.lower(), expected.lower(), place + ".lower");
        requireNear(rate.upper(), expected.upper(), place + ".upper");
    }

    private static void requireNear(double actual, double expected, String place) {
        Rules.require(
                Math.abs(actual - expected) <= ROUNDING, place, "is %s, by the counts it is %s", actual, expected);
    }
}
