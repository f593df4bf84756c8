package dev.gauntlet.report;

import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.List;

/**
 * Phrases for the attacks and their goal.
 *
 * @param subject the report
 * @param criterion what counts as a success
 */
record AttackPhrases(ReportView subject, Criterion criterion) {
    private static final String FAST_GRADIENT_SIGN = "fgsm";

    /** More names do not fit into a sentence. */
    private static final int MOST_NAMES = 3;

    static AttackPhrases of(ReportView subject) {
        RobustnessReport report = subject.report();
        return new AttackPhrases(
                subject,
                Criterion.parse(report.plan().criterion(), report.classes().size()));
    }

    private List<RobustnessReport.AttackRecord> attacks() {
        return subject.report().plannedAttacks();
    }

    /** Tells whether the only attack takes a single step. */
    boolean isSingleStep() {
        return attacks().size() == 1 && attacks().get(0).name().equals(FAST_GRADIENT_SIGN);
    }

    /** Tells whether the only attack is the fast gradient sign method of the paper. */
    boolean isFastGradientSign() {
        return isSingleStep()
                && subject.report().plan().norm().equals(Norm.LINF.id())
                && criterion instanceof Misclassified;
    }

    /** Names the attacks in a sentence. */
    String names() {
        if (subject.report().plan().name().equals(AutoAttack.NAME)) {
            return shortTitle(AutoAttack.NAME);
        }
        List<String> names = attacks().stream()
                .map(attack -> shortTitle(attack.name()))
                .distinct()
                .toList();
        return names.size() > MOST_NAMES ? "%s attacks".formatted(attacks().size()) : Formats.list(names);
    }

    /** Names an attack, with its number if another one has the same name. */
    String name(int attack) {
        if (attack == attacks().size()) {
            return subject.report()
                    .certificates()
                    .map(certificates -> Formats.plain(certificates.title()))
                    .orElseThrow();
        }
        String name = attacks().get(attack).name();
        boolean unique =
                attacks().stream().filter(other -> other.name().equals(name)).count() == 1;
        return unique ? shortTitle(name) : "%s\u00a0(%s)".formatted(shortTitle(name), attack + 1);
    }

    /** Tells whether the attacks are targeted. */
    boolean isTargeted() {
        return criterion instanceof Targeted;
    }

    /** Names the attacks and, if targeted, their goal. */
    String namesWithGoal() {
        return isTargeted() ? "%s (target: %s)".formatted(names(), goal()) : names();
    }

    /** Names the criterion in a few words. */
    String criterionTitle() {
        return isTargeted() ? "target: " + goal() : "untargeted";
    }

    /** Names the prediction that counts as a success. */
    String goal() {
        if (criterion instanceof Targeted targeted) {
            List<Integer> targets = targeted.targetOfClass();
            if (targets.stream().distinct().count() == 1) {
                return "“%s”".formatted(subject.className(targets.get(0)));
            }
            return targeted.equals(Targeted.next(targets.size()))
                    ? "the class after the true one"
                    : "one class for each true class";
        }
        return "any wrong class";
    }

    /** Returns the description of an attack. */
    static String title(String attack) {
        return Formats.plain(Attacks.description(attack));
    }

    /** Returns the short name of an attack. */
    static String shortTitle(String attack) {
        return Formats.plain(Attacks.title(attack));
    }
}
