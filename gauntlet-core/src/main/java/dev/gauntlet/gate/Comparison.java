package dev.gauntlet.gate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Compares two runs example by example: McNemar's exact test, and the difference of the accuracies with its 95 %
 * interval.
 *
 * <p>McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", Psychometrika
 * 1947. The interval is the adjusted Wald interval of Bonett and Price, "Adjusted Wald Confidence Interval for a Difference
 * of Binomial Proportions Based on Paired Data", Journal of Educational and Behavioral Statistics 2012.
 *
 * @param ball the budget
 * @param examples the number of examples in common
 * @param before the accuracy of the first run on these
 * @param after the accuracy of the second run on these
 * @param lost the ids of the examples that are robust only in the first run
 * @param gained the ids of those that are robust only in the second run
 * @param difference the accuracy of the second minus that of the first
 * @param lower the lower bound of its 95 % interval
 * @param upper the upper bound of its 95 % interval
 * @param probability the two-sided exact p-value: the probability of such an imbalance if both are equally robust
 */
public record Comparison(
        LpBall ball,
        int examples,
        Interval before,
        Interval after,
        int[] lost,
        int[] gained,
        double difference,
        double lower,
        double upper,
        double probability) {
    /** The name of the interval's method. */
    public static final String METHOD = "Bonett-Price";

    /**
     * Compares two runs at every budget in common.
     *
     * @param first the record of the first run
     * @param second the record of the second run
     * @return the comparisons, by budget
     * @throws GauntletException if the runs differ in data set, norm or criterion, or have no budget or no example in
     *     common
     */
    public static List<Comparison> all(RobustnessReport first, RobustnessReport second) {
        requireSame("norms", first.plan().norm(), second.plan().norm());
        Norm norm = Norm.parse(first.plan().norm());
        List<Comparison> comparisons = second.results().stream()
                .map(EpsilonResult::epsilon)
                .filter(epsilon -> first.results().stream().anyMatch(result -> result.epsilon() == epsilon))
                .map(epsilon -> of(first, second, new LpBall(norm, epsilon)))
                .toList();
        if (comparisons.isEmpty()) {
            throw new GauntletException("The two runs have no epsilon in common.");
        }
        return comparisons;
    }

    /**
     * Compares two runs at one budget.
     *
     * @param first the record of the first run
     * @param second the record of the second run
     * @param ball the budget
     * @return the comparison
     * @throws GauntletException if the runs differ in data set or criterion, or do not have this budget or any example in
     *     common
     */
    public static Comparison of(RobustnessReport first, RobustnessReport second, LpBall ball) {
        requireSame("data set", first.data().name(), second.data().name());
        requireSame("split", first.data().split(), second.data().split());
        requireSame("files", first.data().sha256(), second.data().sha256());
        requireSame("classes", first.classes(), second.classes());
        requireSame("goal", first.plan().criterion(), second.plan().criterion());
        RobustExamples robustBefore = RobustExamples.of(first, ball);
        RobustExamples robustAfter = RobustExamples.of(second, ball);
        int[] common = second.outcomes()
                .examples()
                .map(second.outcomes()::id)
                .filter(id -> first.outcomes().position(id).isPresent())
                .toArray();
        if (common.length == 0) {
            throw new GauntletException("The two runs have no example in common; use the same seed and sample size.");
        }
        for (int id : common) {
            int before = label(first, id);
            int after = label(second, id);
            if (before != after) {
                throw new GauntletException(
                        "Example %d has label %d in one run and %d in the other.".formatted(id, before, after));
            }
        }
        int[] lost = Arrays.stream(common)
                .filter(id -> robustBefore.has(id) && !robustAfter.has(id))
                .toArray();
        int[] gained = Arrays.stream(common)
                .filter(id -> !robustBefore.has(id) && robustAfter.has(id))
                .toArray();
        int right = (int) Arrays.stream(common).filter(robustAfter::has).count();
        return of(ball, common.length, right + lost.length - gained.length, right, lost, gained);
    }

    private static int label(RobustnessReport report, int id) {
        return report.outcomes().label(report.outcomes().position(id).orElseThrow());
    }

    private static Comparison of(LpBall ball, int examples, int before, int after, int[] lost, int[] gained) {
        double[] bounds = bounds(lost.length, gained.length, examples);
        return new Comparison(
                ball,
                examples,
                Interval.of(before, examples),
                Interval.of(after, examples),
                lost,
                gained,
                (double) (gained.length - lost.length) / examples,
                bounds[0],
                bounds[1],
                probability(lost.length, gained.length));
    }

    /** Returns the bounds of the adjusted Wald interval, which adds one lost and one gained example. */
    private static double[] bounds(double lost, double gained, double examples) {
        double shareLost = (lost + 1) / (examples + 2);
        double shareGained = (gained + 1) / (examples + 2);
        double centre = shareGained - shareLost;
        double halfWidth = RobustExamples.NORMAL_QUANTILE
                * Math.sqrt((shareLost + shareGained - centre * centre) / (examples + 2));
        return new double[] {Math.max(-1, centre - halfWidth), Math.min(1, centre + halfWidth)};
    }

    /** Estimates how many examples settle the decision if the rates stay the same. */
    String advice(double margin, int population) {
        long needed = examples;
        long step = 1;
        // doubling steps until one is too far, then a binary search
        while (needed < Integer.MAX_VALUE && isOpen(needed + step, margin)) {
            needed += step;
            step *= 2;
        }
        while (step > 1) {
            step /= 2;
            needed += isOpen(needed + step, margin) ? step : 0;
        }
        return needed >= Integer.MAX_VALUE
                ? "The difference is too close to the allowed one to be settled by any number of examples."
                : String.format(
                                Locale.ROOT,
                                "About %,d examples in common would settle it if the difference stays the same",
                                needed + 1)
                        + RobustExamples.shortage(needed + 1, population);
    }

    private boolean isOpen(long count, double margin) {
        double growth = (double) count / examples;
        double[] bounds = bounds(lost.length * growth, gained.length * growth, (double) count);
        return Verdict.of(bounds[0], bounds[1], -margin) == Verdict.INCONCLUSIVE;
    }

    /** Returns the two-sided exact p-value of McNemar's test: twice the smaller tail of a binomial with probability 1/2. */
    static double probability(int lost, int gained) {
        int all = lost + gained;
        int fewer = Math.min(lost, gained);
        double tail = 0;
        double logOfTerm = -all * Math.log(2);
        for (int k = 0; k <= fewer; k++) {
            tail += Math.exp(logOfTerm);
            logOfTerm += Math.log((double) (all - k) / (k + 1));
        }
        return Math.min(1, 2 * tail);
    }

    List<Integer> firstLost() {
        return Arrays.stream(lost).limit(RobustExamples.NAMED_EXAMPLES).boxed().toList();
    }

    String sentence() {
        return String.format(
                Locale.ROOT,
                "%+.2f %%, 95 %% interval %+.2f to %+.2f %%; of %,d examples %,d were lost and %,d gained, McNemar p = %.2g",
                100 * difference,
                100 * lower,
                100 * upper,
                examples,
                lost.length,
                gained.length,
                probability);
    }

    private static void requireSame(String what, Object first, Object second) {
        if (!first.equals(second)) {
            throw new GauntletException("The two runs cannot be compared, because their %s differ: %s and %s."
                    .formatted(what, first, second));
        }
    }
}
