package dev.gauntlet.gate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Numbers;
import dev.gauntlet.Setting;
import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.evaluate.CertificateRecord;
import dev.gauntlet.evaluate.ConfidenceSequence;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The examples of a report that are robust at a budget: classified correctly clean and under attack.
 *
 * @param report the report
 * @param isRobust whether the example at a position is robust
 */
record RobustExamples(RobustnessReport report, IntPredicate isRobust) {
    private static final double ERROR_RATE = 1 - Interval.CONFIDENCE;

    /** The quantile of the normal distribution for 95 %. */
    static final double NORMAL_QUANTILE = 1.959963984540054;

    /** How many lost examples are listed. */
    static final int NAMED_EXAMPLES = 3;

    /** Epsilons that differ by less are equal. */
    private static final double ROUNDING = 1e-9;

    /** Returns the examples that are proved robust. */
    static RobustExamples certified(RobustnessReport report, LpBall ball) {
        CertificateRecord certificates = report.certificates()
                .orElseThrow(() -> new GauntletException(
                        "The report has no certificates; evaluate the model with them.", Setting.CERTIFY));
        if (ball.epsilon() == 0) {
            throw new GauntletException("At epsilon 0 nothing is certified; require a robust accuracy there.");
        }
        int budget = budget(report, ball).orElseThrow(() -> noSuchBudget(report, ball));
        return new RobustExamples(report, i -> certificates.isCertified(i, budget));
    }

    private static OptionalInt budget(RobustnessReport report, LpBall ball) {
        Norm norm = Norm.parse(report.plan().norm());
        if (norm != ball.norm()) {
            throw new GauntletException("The report has no %s; it was run in %s."
                    .formatted(ball.norm().title(), norm.title()));
        }
        return IntStream.range(0, report.results().size())
                .filter(i -> Math.abs(report.results().get(i).epsilon() - ball.epsilon()) <= ROUNDING * ball.epsilon())
                .findFirst();
    }

    private static GauntletException noSuchBudget(RobustnessReport report, LpBall ball) {
        return new GauntletException("The report has no epsilon %s; it was run with %s."
                .formatted(
                        Numbers.rounded(ball.epsilon()),
                        report.results().stream()
                                .map(ran -> Numbers.rounded(ran.epsilon()))
                                .collect(Collectors.joining(", "))));
    }

    static RobustExamples of(RobustnessReport report, LpBall ball) {
        OptionalInt budget = budget(report, ball);
        Outcomes outcomes = report.outcomes();
        if (budget.isPresent()) {
            return new RobustExamples(report, i -> outcomes.isRobust(i, budget.getAsInt()));
        }
        if (report.endedBeforeAnyAttack()) {
            throw new GauntletException(
                    "The report has no epsilon %s: the run ended at its time limit before any attack finished, so only the clean accuracy is known; raise the limit."
                            .formatted(Numbers.rounded(ball.epsilon())));
        }
        boolean searchedForTheNearest =
                report.plannedAttacks().stream().allMatch(RobustnessReport.AttackRecord::minimalNorm);
        if (searchedForTheNearest) {
            return new RobustExamples(
                    report, i -> outcomes.nearestSuccess(i).stream().noneMatch(ball::allows));
        }
        throw noSuchBudget(report, ball);
    }

    /** Tells whether an example with this number in the data set is among them. */
    boolean has(int id) {
        return report.outcomes().position(id).stream().anyMatch(isRobust);
    }

    Judgement.OfModel judge(Requirement requirement, double minimum) {
        Interval rate = rate();
        Verdict verdict = Verdict.of(rate.lower(), rate.upper(), minimum);
        return new Judgement.OfModel(
                requirement.title(),
                verdict,
                say(rate) + interval(rate),
                Optional.of(measurement(rate, minimum)),
                worstClass(),
                examples(i -> true),
                verdict == Verdict.INCONCLUSIVE
                        ? Optional.of(
                                advice(rate, minimum, ERROR_RATE, report.plan().population()))
                        : Optional.empty());
    }

    /** Judges by what is proved, and says what the rest is. */
    Judgement.OfModel judgeCertified(Requirement requirement, LpBall ball, double minimum) {
        Interval rate = rate();
        Verdict verdict = Verdict.of(rate.lower(), rate.upper(), minimum);
        Optional<ProvedAccuracy> counts = budget(report, ball).stream()
                .boxed()
                .flatMap(position -> report.proved(position).stream())
                .findFirst();
        return new Judgement.OfModel(
                requirement.title(),
                verdict,
                say(rate)
                        + interval(rate)
                        + counts.map(all -> "; %d undecided, %d broken, %d misclassified when clean"
                                        .formatted(all.undecided(), all.broken(), all.mistakes()))
                                .orElse(""),
                Optional.of(measurement(rate, minimum)),
                worstClass(),
                List.of(),
                verdict == Verdict.PASS
                        ? Optional.empty()
                        : verdict == Verdict.INCONCLUSIVE
                                ? Optional.of(advice(
                                        rate, minimum, ERROR_RATE, report.plan().population()))
                                : counts.filter(all -> all.undecided() > 0)
                                        .map(
                                                all ->
                                                        "A more precise method, such as complete, may certify some of those that are undecided."));
    }

    /** Judges by the class with the worst verdict; among several, by the one with the lowest accuracy. */
    Judgement.OfModel judgeClasses(Requirement requirement, double minimum) {
        int classes = report.classes().size();
        double errorRate = ERROR_RATE / classes;
        List<Optional<Interval>> rates = rates(errorRate);
        int label = IntStream.range(0, classes)
                .boxed()
                .min(Comparator.<Integer, Verdict>comparing(k -> verdict(rates.get(k), minimum))
                        .reversed()
                        .thenComparing(k -> share(rates.get(k))))
                .orElseThrow();
        String name = report.classes().get(label);
        Optional<Interval> rate = rates.get(label);
        Verdict verdict = verdict(rate, minimum);
        return new Judgement.OfModel(
                requirement.title(),
                verdict,
                rate.map(measured -> "class %s: %s%s, adjusted so that all %d intervals hold jointly"
                                .formatted(name, say(measured), interval(measured), classes))
                        .orElse("class %s has no examples".formatted(name)),
                rate.map(measured -> measurement(measured, minimum)),
                rate.map(measured -> "%s: %s".formatted(name, say(measured))),
                examples(i -> report.outcomes().label(i) == label),
                verdict != Verdict.INCONCLUSIVE
                        ? Optional.empty()
                        : Optional.of(rate.map(measured -> "For class %s: %s"
                                        .formatted(name, advice(measured, minimum, errorRate, population(measured))))
                                .orElse("Evaluate examples of every class.")));
    }

    private static Verdict verdict(Optional<Interval> rate, double minimum) {
        return rate.map(measured -> Verdict.of(measured.lower(), measured.upper(), minimum))
                .orElse(Verdict.INCONCLUSIVE);
    }

    /** Returns the accuracy of a class; a class without examples sorts before all others. */
    private static double share(Optional<Interval> rate) {
        return rate.map(Interval::rate).orElse(-1.0);
    }

    private static Judgement.Measurement measurement(Interval rate, double minimum) {
        return new Judgement.Measurement(rate.rate(), rate.lower(), rate.upper(), minimum, rate.trials());
    }

    private Optional<String> worstClass() {
        List<Optional<Interval>> rates = rates(ERROR_RATE);
        return IntStream.range(0, rates.size())
                .filter(k -> rates.get(k).isPresent())
                .boxed()
                .min(Comparator.comparing(k -> share(rates.get(k))))
                .map(k -> "%s: %s"
                        .formatted(report.classes().get(k), say(rates.get(k).orElseThrow())));
    }

    /** Returns the largest possible number of examples of the class in the data set: all that are not known to be of others. */
    private int population(Interval ofClass) {
        return report.plan().population() - (report.outcomes().size() - ofClass.trials());
    }

    private Interval rate() {
        int examples = report.outcomes().size();
        int successes = (int) report.outcomes().examples().filter(isRobust).count();
        // early stopping based on the results requires an interval that is valid at any stopping time
        return report.ending().question().isPresent()
                ? ConfidenceSequence.of(successes, examples)
                : Interval.of(successes, examples);
    }

    /** Returns the rate of each class; empty if it has no examples. */
    private List<Optional<Interval>> rates(double errorRate) {
        Outcomes outcomes = report.outcomes();
        int[] all = new int[outcomes.classes()];
        int[] robust = new int[outcomes.classes()];
        outcomes.examples().forEach(i -> {
            all[outcomes.label(i)]++;
            robust[outcomes.label(i)] += isRobust.test(i) ? 1 : 0;
        });
        return IntStream.range(0, all.length)
                .mapToObj(k -> all[k] == 0
                        ? Optional.<Interval>empty()
                        : Optional.of(Interval.of(robust[k], all[k], errorRate)))
                .toList();
    }

    /** Returns some examples that are not robust: first those on which an attack succeeded, then clean mistakes. */
    private List<Integer> examples(IntPredicate wanted) {
        Outcomes outcomes = report.outcomes();
        return outcomes.examples()
                .filter(isRobust.negate().and(wanted))
                .boxed()
                .sorted(Comparator.comparing(outcomes::isCleanMistake))
                .limit(NAMED_EXAMPLES)
                .map(outcomes::id)
                .toList();
    }

    /**
     * Estimates how many examples settle the decision if the rate stays the same.
     *
     * <p>Wilson's bound is the threshold whose distance from the rate is z standard deviations at that threshold.
     */
    private static String advice(Interval rate, double minimum, double errorRate, int population) {
        double gap = rate.rate() - minimum;
        double needed = squaredQuantile(errorRate) * minimum * (1 - minimum) / (gap * gap);
        // the negation also covers 0 / 0
        if (!(needed < Integer.MAX_VALUE)) {
            return "The rate is too close to the threshold to be settled by any number of examples.";
        }
        long examples = Math.max(rate.trials() + 1, (long) Math.ceil(needed));
        return String.format(
                        Locale.ROOT, "About %,d examples in total would settle it if the rate stays the same", examples)
                + shortage(examples, population);
    }

    /** Completes the advice with what to do if the data set has fewer examples. */
    static String shortage(long needed, int population) {
        return needed <= population
                ? "."
                : String.format(
                        Locale.ROOT,
                        ", but the data set has only %,d; evaluate on more data or lower the threshold.",
                        population);
    }

    /** Returns the squared normal quantile z: Wilson's lower bound for 1 of 1 is 1 / (1 + z squared). */
    private static double squaredQuantile(double errorRate) {
        return 1 / Interval.of(1, 1, errorRate).lower() - 1;
    }

    private static String say(Interval rate) {
        return String.format(Locale.ROOT, "%.2f %% (%,d of %,d)", 100 * rate.rate(), rate.successes(), rate.trials());
    }

    private static String interval(Interval rate) {
        return String.format(Locale.ROOT, ", 95 %% interval %.2f - %.2f %%", 100 * rate.lower(), 100 * rate.upper());
    }
}
