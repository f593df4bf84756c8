package dev.gauntlet.gate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.ConfidenceSequence;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.statistics.interval.BinomialConfidenceInterval;

/**
 * Which examples of a report are classified correctly with a budget, clean and under attack.
 *
 * @param report the report
 * @param isRobust tells of an example, by its position, whether it is
 */
record RobustExamples(RobustnessReport report, IntPredicate isRobust) {
    private static final double ERROR_RATE = 1 - Interval.CONFIDENCE;

    /** The quantile of the normal distribution for 95 %. */
    static final double NORMAL_QUANTILE = 1.959963984540054;

    /** Two ways to write the same epsilon differ by less. */
    private static final double ROUNDING = 1e-9;

    static RobustExamples of(RobustnessReport report, LpBall ball) {
        Norm norm = Norm.parse(report.plan().norm());
        if (norm != ball.norm()) {
            throw new GauntletException("The report has no %s; it was run in %s."
                    .formatted(ball.norm().title(), norm.title()));
        }
        Outcomes outcomes = report.outcomes();
        OptionalInt budget = IntStream.range(0, report.results().size())
                .filter(i -> Math.abs(report.results().get(i).epsilon() - ball.epsilon()) <= ROUNDING * ball.epsilon())
                .findFirst();
        if (budget.isPresent()) {
            return new RobustExamples(report, i -> outcomes.isRobust(i, budget.getAsInt()));
        }
        if (report.endedBeforeAnyAttack()) {
            throw new GauntletException(
                    "The report has no epsilon %s: the run ended at its time limit before any attack finished, so only the clean accuracy is known; raise the limit."
                            .formatted(shortest(ball.epsilon())));
        }
        boolean searchedForTheNearest = report.attacks().stream().allMatch(RobustnessReport.AttackRecord::minimalNorm);
        if (searchedForTheNearest) {
            return new RobustExamples(
                    report, i -> outcomes.nearestSuccess(i).stream().noneMatch(ball::allows));
        }
        throw new GauntletException("The report has no epsilon %s; it was run with %s."
                .formatted(
                        shortest(ball.epsilon()),
                        report.results().stream()
                                .map(ran -> shortest(ran.epsilon()))
                                .collect(Collectors.joining(", "))));
    }

    /** Tells whether an example with this number in the data set is among them. */
    boolean has(int id) {
        return report.outcomes().position(id).stream().anyMatch(isRobust);
    }

    Judgement judge(Requirement requirement, double minimum) {
        Interval rate = rate();
        Verdict verdict = Verdict.of(rate.lower(), rate.upper(), minimum);
        List<Interval> classes = classes(ERROR_RATE);
        String worst = IntStream.range(0, classes.size())
                .filter(k -> classes.get(k).trials() > 0)
                .boxed()
                .min((a, b) ->
                        Double.compare(classes.get(a).rate(), classes.get(b).rate()))
                .map(k -> "%s: %s".formatted(report.classes().get(k), say(classes.get(k))))
                .orElse(Judgement.NO_CLASS);
        return new Judgement(
                requirement.title(),
                verdict,
                rate.rate(),
                rate.lower(),
                rate.upper(),
                minimum,
                rate.trials(),
                say(rate) + interval(rate),
                worst,
                broken(i -> true),
                verdict == Verdict.INCONCLUSIVE
                        ? advice(rate, minimum, ERROR_RATE, report.plan().population())
                        : "");
    }

    Judgement judgeClasses(Requirement requirement, double minimum) {
        double errorRate = ERROR_RATE / report.classes().size();
        List<Interval> classes = classes(errorRate);
        Verdict verdict = Verdict.PASS;
        int decisive = 0;
        for (int k = 0; k < classes.size(); k++) {
            Interval rate = classes.get(k);
            Verdict own = rate.trials() == 0 ? Verdict.INCONCLUSIVE : Verdict.of(rate.lower(), rate.upper(), minimum);
            boolean worse = own.compareTo(verdict) > 0
                    || (own == verdict && rate.rate() < classes.get(decisive).rate());
            if (worse) {
                decisive = k;
            }
            verdict = Verdict.worst(List.of(verdict, own));
        }
        Interval rate = classes.get(decisive);
        int worst = decisive;
        String name = report.classes().get(worst);
        return new Judgement(
                requirement.title(),
                verdict,
                rate.rate(),
                rate.lower(),
                rate.upper(),
                minimum,
                rate.trials(),
                rate.trials() == 0
                        ? "class %s has no examples".formatted(name)
                        : "class %s: %s%s, adjusted so that all %d intervals hold jointly"
                                .formatted(name, say(rate), interval(rate), classes.size()),
                "%s: %s".formatted(name, say(rate)),
                broken(i -> report.outcomes().label(i) == worst),
                verdict != Verdict.INCONCLUSIVE
                        ? ""
                        : rate.trials() == 0
                                ? "Evaluate examples of every class."
                                : "Of class %s: %s"
                                        .formatted(name, advice(rate, minimum, errorRate, population(rate))));
    }

    /** Returns how many examples the data set can have of the class at most: all that are known to be of no other. */
    private int population(Interval ofClass) {
        return report.plan().population() - (report.outcomes().size() - ofClass.trials());
    }

    private Interval rate() {
        int examples = report.outcomes().size();
        int successes = (int) report.outcomes().examples().filter(isRobust).count();
        // who looked at the results to decide when to stop needs an interval that allows for it
        return report.ending().question().isPresent()
                ? ConfidenceSequence.of(successes, examples)
                : Interval.of(successes, examples);
    }

    private List<Interval> classes(double errorRate) {
        return IntStream.range(0, report.classes().size())
                .mapToObj(k -> {
                    int[] own = report.outcomes()
                            .examples()
                            .filter(i -> report.outcomes().label(i) == k)
                            .toArray();
                    int successes = (int) Arrays.stream(own).filter(isRobust).count();
                    if (own.length == 0) {
                        return new Interval(0, 0, 0, 0, 1);
                    }
                    var interval =
                            BinomialConfidenceInterval.WILSON_SCORE.fromErrorRate(own.length, successes, errorRate);
                    return new Interval(
                            successes,
                            own.length,
                            (double) successes / own.length,
                            Math.max(0, interval.getLowerBound()),
                            Math.min(1, interval.getUpperBound()));
                })
                .toList();
    }

    /** Names the examples that an attack broke before those that are wrong anyway. */
    private int[] broken(IntPredicate wanted) {
        Outcomes outcomes = report.outcomes();
        return outcomes.examples()
                .filter(isRobust.negate().and(wanted))
                .boxed()
                .sorted(Comparator.comparing(outcomes::isCleanMistake))
                .limit(Judgement.NAMED_EXAMPLES)
                .mapToInt(outcomes::id)
                .toArray();
    }

    /**
     * Says about how many examples it takes until the interval leaves the threshold, if the rate stays what it is.
     *
     * <p>Wilson's interval ends where the distance of rate and threshold is z standard deviations at the threshold.
     */
    private static String advice(Interval rate, double minimum, double errorRate, int population) {
        double gap = rate.rate() - minimum;
        double needed = squaredQuantile(errorRate) * minimum * (1 - minimum) / (gap * gap);
        // 0 / 0, too, is not below
        if (!(needed < Integer.MAX_VALUE)) {
            return "The rate is too close to the threshold to be settled by any number of examples.";
        }
        long examples = Math.max(rate.trials() + 1, (long) Math.ceil(needed));
        return String.format(
                        Locale.ROOT, "About %,d examples in total would settle it if the rate stays the same", examples)
                + shortage(examples, population);
    }

    /** Ends the sentence that says how many examples are needed: with what to do if the data set has fewer. */
    static String shortage(long needed, int population) {
        return needed <= population
                ? "."
                : String.format(
                        Locale.ROOT,
                        ", but the data set has only %,d; evaluate on more data or lower the threshold.",
                        population);
    }

    /** Returns z squared of the normal distribution: the lower bound of 1 of 1 is 1 / (1 + z squared). */
    private static double squaredQuantile(double errorRate) {
        return 1
                        / BinomialConfidenceInterval.WILSON_SCORE
                                .fromErrorRate(1, 1, errorRate)
                                .getLowerBound()
                - 1;
    }

    private static String say(Interval rate) {
        return rate.trials() == 0
                ? "no examples"
                : String.format(
                        Locale.ROOT, "%.2f %% (%,d of %,d)", 100 * rate.rate(), rate.successes(), rate.trials());
    }

    private static String interval(Interval rate) {
        return String.format(Locale.ROOT, ", 95 %% interval %.2f - %.2f %%", 100 * rate.lower(), 100 * rate.upper());
    }

    static String shortest(double epsilon) {
        return new BigDecimal(epsilon)
                .round(new MathContext(4))
                .stripTrailingZeros()
                .toPlainString();
    }
}
