package dev.gauntlet.gate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Numbers;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.evaluate.Overstatement;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.threat.LpBall;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A requirement on a model. */
public sealed interface Requirement {
    /**
     * Returns the requirement as text.
     *
     * @return a sentence without full stop
     */
    String title();

    /**
     * Judges a report.
     *
     * @param report the record of a run
     * @return the judgement
     * @throws GauntletException if the report lacks what the requirement needs
     */
    Judgement.OfModel judge(RobustnessReport report);

    /**
     * Requires that enough examples are classified correctly clean and under attack.
     *
     * @param ball the budget
     * @param minimum the robust accuracy, in [0,1]
     */
    record MinimumAccuracy(LpBall ball, double minimum) implements Requirement {
        public MinimumAccuracy {
            requireShare("The required robust accuracy", minimum);
        }

        @Override
        public String title() {
            return "robust accuracy at %s is at least %s".formatted(name(ball), percent(minimum));
        }

        @Override
        public Judgement.OfModel judge(RobustnessReport report) {
            return RobustExamples.of(report, ball).judge(this, minimum);
        }
    }

    /**
     * Requires that enough examples of every class are classified correctly clean and under attack.
     *
     * <p>The intervals of the classes have Bonferroni's correction: they hold jointly with 95 % confidence.
     *
     * @param ball the budget
     * @param minimum the robust accuracy of each class, in [0,1]
     */
    record MinimumPerClass(LpBall ball, double minimum) implements Requirement {
        public MinimumPerClass {
            requireShare("The required robust accuracy of each class", minimum);
        }

        @Override
        public String title() {
            return "robust accuracy of every class at %s is at least %s".formatted(name(ball), percent(minimum));
        }

        @Override
        public Judgement.OfModel judge(RobustnessReport report) {
            return RobustExamples.of(report, ball).judgeClasses(this, minimum);
        }
    }

    /**
     * Requires that enough examples are proved robust.
     *
     * @param ball the budget
     * @param minimum the certified accuracy, in [0,1]
     */
    record MinimumCertifiedAccuracy(LpBall ball, double minimum) implements Requirement {
        public MinimumCertifiedAccuracy {
            requireShare("The required certified accuracy", minimum);
        }

        @Override
        public String title() {
            return "certified accuracy at %s is at least %s".formatted(name(ball), percent(minimum));
        }

        @Override
        public Judgement.OfModel judge(RobustnessReport report) {
            return RobustExamples.certified(report, ball).judgeCertified(this, ball, minimum);
        }
    }

    /**
     * Requires that a model is not worse than a baseline on the same examples.
     *
     * @param ball the budget
     * @param baseline the record of the baseline
     * @param margin the allowed loss of robust accuracy, in [0,1]
     */
    record NoWorseThan(LpBall ball, RobustnessReport baseline, double margin) implements Requirement {
        public NoWorseThan {
            requireShare("The allowed loss of robust accuracy", margin);
        }

        @Override
        public String title() {
            return "robust accuracy at %s is not more than %s below the baseline's"
                    .formatted(name(ball), percent(margin));
        }

        @Override
        public Judgement.OfModel judge(RobustnessReport report) {
            Comparison comparison = Comparison.of(baseline, report, ball);
            Verdict verdict = Verdict.of(comparison.lower(), comparison.upper(), -margin);
            int population =
                    Math.min(baseline.plan().population(), report.plan().population());
            return new Judgement.OfModel(
                    title(),
                    verdict,
                    comparison.sentence(),
                    Optional.of(new Judgement.Measurement(
                            comparison.difference(),
                            comparison.lower(),
                            comparison.upper(),
                            -margin,
                            comparison.examples())),
                    Optional.empty(),
                    comparison.firstLost(),
                    verdict == Verdict.INCONCLUSIVE
                            ? Optional.of(comparison.advice(margin, population))
                            : Optional.empty());
        }
    }

    /**
     * Requires that the robust accuracy is hardly overstated: that attacks as strong as AutoAttack would not lower it by more.
     *
     * @param maximum the allowed overstatement of the robust accuracy at the budget in focus, in [0,1]
     */
    record MaximumOverstatement(double maximum) implements Requirement {
        public MaximumOverstatement {
            requireShare("The allowed overstatement", maximum);
        }

        @Override
        public String title() {
            return "robust accuracy is overstated by at most %s".formatted(percent(maximum));
        }

        @Override
        public Judgement.OfModel judge(RobustnessReport report) {
            Optional<Overstatement> known = report.probes().overstatement();
            if (known.isEmpty()) {
                return new Judgement.OfModel(
                        title(),
                        Verdict.INCONCLUSIVE,
                        "no stronger attack was considered",
                        Optional.empty(),
                        Optional.empty(),
                        List.of(),
                        Optional.of(
                                report.trust().compareTo(Trust.SUSPECT) >= 0
                                        ? "The evaluation is %s without it.".formatted(report.trust())
                                        : "Evaluate with gradients and with diagnostics."));
            }
            Overstatement measured = known.get();
            Verdict verdict = Verdict.of(-measured.upper(), -measured.lower(), -maximum);
            return new Judgement.OfModel(
                    title(),
                    verdict,
                    measured.sentence(),
                    Optional.of(new Judgement.Measurement(
                            measured.estimate(), measured.lower(), measured.upper(), maximum, measured.examined())),
                    Optional.empty(),
                    List.of(),
                    verdict == Verdict.INCONCLUSIVE
                            ? Optional.of("Use AutoAttack or the full diagnostics, on more examples if needed.")
                            : Optional.empty());
        }
    }

    private static void requireShare(String what, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new GauntletException("%s must be in [0,1], such as 0.4 for 40 %%, got %s.".formatted(what, share));
        }
    }

    private static String name(LpBall ball) {
        return ball.norm().id() + ":" + Numbers.rounded(ball.epsilon());
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }
}
