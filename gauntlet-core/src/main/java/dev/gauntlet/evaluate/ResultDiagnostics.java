package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.WarningSign;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the results themselves say about how far they can be believed.
 *
 * @param attacks the attacks, and what each cost
 * @param results what they achieved with each budget
 * @param outcomes what they achieved on each example
 */
record ResultDiagnostics(
        List<RobustnessReport.AttackRecord> attacks,
        List<EpsilonResult> results,
        Outcomes outcomes,
        Optional<CertificateRecord> certificates) {
    /** A clean accuracy this share of the way from guessing to perfect is more than guessing, with enough examples. */
    private static final double CLEARLY = 0.2;

    private static final int ENOUGH_QUERIES = 1000;

    private Interval cleanAccuracy() {
        return results.get(0).accuracy();
    }

    static Diagnostic onlyBaselines(List<? extends Attack<?>> attacks) {
        List<String> searching = attacks.stream()
                .filter(attack -> !attack.isBaseline())
                .map(Attack::name)
                .distinct()
                .toList();
        return Diagnostic.measured(
                WarningSign.ONLY_BASELINES,
                searching.isEmpty(),
                searching.size(),
                1,
                searching.isEmpty()
                        ? "All that was run: "
                                + attacks.stream().map(Attack::name).distinct().collect(Collectors.joining(", ")) + "."
                        : "These search: " + String.join(", ", searching) + ".");
    }

    /** Compares the clean accuracy with that of guessing by how often each class occurs and is predicted. */
    Diagnostic atChance(int classes) {
        int examples = outcomes.size();
        Interval clean = cleanAccuracy();
        int[] occurs = new int[classes];
        int[] predicted = new int[classes];
        for (int i = 0; i < examples; i++) {
            occurs[outcomes.label(i)]++;
            predicted[outcomes.cleanPrediction(i)]++;
        }
        double agreement = 0;
        boolean isOfOneClass = false;
        for (int k = 0; k < classes; k++) {
            agreement += (double) occurs[k] / examples * predicted[k] / examples;
            isOfOneClass |= occurs[k] == examples;
        }
        // of a single class every answer is right as often as it is given, so nothing can be told from that
        double chance = isOfOneClass ? 1.0 / classes : agreement;
        double threshold = chance + WarningSign.AT_CHANCE.threshold() * (1 - chance);
        double rate = clean.rate();
        boolean isAbove = clean.lower() > threshold;
        String finding = String.format(
                Locale.ROOT,
                "%,d of %,d clean images are classified correctly: %.1f %%, 95 %% interval %.1f to %.1f %%, by guessing %.1f %%.",
                clean.successes(),
                clean.trials(),
                100 * rate,
                100 * clean.lower(),
                100 * clean.upper(),
                100 * chance);
        if (!isAbove && rate > chance + CLEARLY * (1 - chance)) {
            return Diagnostic.notMeasured(
                    WarningSign.AT_CHANCE, finding + " These are too few images to tell it from guessing.");
        }
        return Diagnostic.measured(WarningSign.AT_CHANCE, !isAbove, clean.lower(), threshold, finding);
    }

    /** Tells whether every example is broken or certified with every budget, so that nothing depends on the attacks. */
    boolean isDecided() {
        return certificates
                .filter(record -> record.proved().stream().allMatch(ProvedAccuracy::isExact))
                .isPresent();
    }

    /** Tells whether a stronger attack could still break an example: it is robust and not certified. */
    boolean isUndecided(int example, int budget) {
        return outcomes.isRobust(example, budget)
                && certificates
                        .filter(record -> record.isCertified(example, budget))
                        .isEmpty();
    }

    /**
     * Returns what the attacks cost.
     *
     * @param certifiedFirst whether examples that were certified with every budget were left out; they count as if they had
     *     been attacked as the others were, so that certificates do not take from what the diagnostics may spend
     */
    long passesOfAttacks(boolean certifiedFirst) {
        long passes = attacks.stream()
                .mapToLong(attack -> attack.forwards() + attack.backwards())
                .sum();
        int correct = cleanAccuracy().successes();
        long leftOut = certifiedFirst
                ? certificates.stream()
                        .flatMapToInt(record -> Arrays.stream(record.inFloat32()))
                        .filter(largest -> largest == results.size() - 1)
                        .count()
                : 0;
        return leftOut < correct ? passes * correct / (correct - leftOut) : passes;
    }

    /** Counts what the attacks that search may spend on an image and budget. */
    Diagnostic firstLook(Plan<?> plan, int classes) {
        if (plan.attacks().stream().allMatch(Attack::isBaseline)) {
            return Diagnostic.notMeasured(WarningSign.FIRST_LOOK, "Only baseline attacks were run.");
        }
        long gradients = 0;
        long queries = 0;
        // the same attack again does the same again
        for (Attack<?> attack : plan.attacks().stream().distinct().toList()) {
            if (!attack.isBaseline()) {
                Passes passes = attack.passes(
                        plan.norm(), List.of(plan.epsilons().get(plan.epsilons().size() - 1)), classes);
                gradients += passes.backwards();
                queries += passes.backwards() == 0 ? passes.forwards() : 0;
            }
        }
        boolean stands =
                results.stream().skip(1).anyMatch(result -> result.accuracy().successes() > 0);
        boolean isEnough = gradients >= WarningSign.FIRST_LOOK.threshold() || queries >= ENOUGH_QUERIES;
        String finding = String.format(
                Locale.ROOT,
                "The attacks that search make about %,d gradients and %,d queries for an image and budget%s.",
                gradients,
                queries,
                stands ? "" : "; no image withstands them");
        return Diagnostic.measured(
                WarningSign.FIRST_LOOK,
                stands && !isEnough,
                (double) gradients,
                WarningSign.FIRST_LOOK.threshold(),
                finding);
    }

    /** Counts the examples that an attack can be judged by. */
    Diagnostic fewExamples() {
        int correct = cleanAccuracy().successes();
        return Diagnostic.measured(
                WarningSign.FEW_EXAMPLES,
                correct < WarningSign.FEW_EXAMPLES.threshold(),
                correct,
                WarningSign.FEW_EXAMPLES.threshold(),
                "%,d images are classified correctly without an attack.".formatted(correct));
    }

    /** Counts the attacks that were not finished. */
    static Diagnostic endedEarly(int planned, int done) {
        return Diagnostic.measured(
                WarningSign.ENDED_EARLY,
                done < planned,
                planned - done,
                0,
                done < planned
                        ? "%,d of %,d attacks were done on all examples of the report.".formatted(done, planned)
                        : "All attacks of the plan were done.");
    }

    /** Counts which signs of a failed attack were looked for. */
    static Diagnostic mostlyUnmeasured(List<Diagnostic> found) {
        List<Diagnostic> signs = found.stream()
                .filter(diagnostic -> diagnostic.indicator().isOfFailedAttack())
                .toList();
        long measured = signs.stream()
                .filter(diagnostic -> diagnostic.outcome() != Diagnostic.Outcome.NOT_MEASURED)
                .count();
        return Diagnostic.measured(
                WarningSign.MOSTLY_UNMEASURED,
                2 * measured < signs.size(),
                (double) measured,
                signs.size() / 2.0,
                "%,d of %,d signs of a failed attack were looked for.".formatted(measured, signs.size()));
    }

    Diagnostic zeroGradients() {
        if (attacks.stream().allMatch(attack -> attack.backwards() == 0)) {
            return Diagnostic.notMeasured(WarningSign.ZERO_GRADIENTS, "No attack asked for a gradient.");
        }
        RobustnessReport.AttackRecord worst = attacks.stream()
                .max(Comparator.comparingInt(RobustnessReport.AttackRecord::zeroGradients))
                .orElseThrow();
        double share = (double) worst.zeroGradients() / outcomes.size();
        return Diagnostic.measured(
                WarningSign.ZERO_GRADIENTS,
                share > WarningSign.ZERO_GRADIENTS.threshold(),
                share,
                WarningSign.ZERO_GRADIENTS.threshold(),
                String.format(
                        Locale.ROOT,
                        "%,d of %,d images met a gradient of 0 in %s.",
                        worst.zeroGradients(),
                        outcomes.size(),
                        worst.name()));
    }

    /** Counts who falls to a budget and stands to a larger one. */
    Diagnostic lessWithMore() {
        if (results.size() < 3) {
            return Diagnostic.notMeasured(WarningSign.LESS_WITH_MORE, "There are no two budgets to compare.");
        }
        int worst = 0;
        double smaller = 0;
        double larger = 0;
        for (int e = 2; e < results.size(); e++) {
            int budget = e;
            int lost = (int) outcomes.examples()
                    .filter(i -> !outcomes.isRobust(i, budget - 1) && outcomes.isRobust(i, budget))
                    .count();
            if (lost > worst || e == 2) {
                worst = lost;
                smaller = results.get(e - 1).epsilon();
                larger = results.get(e).epsilon();
            }
        }
        double share = (double) worst / outcomes.size();
        return Diagnostic.measured(
                WarningSign.LESS_WITH_MORE,
                share > WarningSign.LESS_WITH_MORE.threshold(),
                share,
                WarningSign.LESS_WITH_MORE.threshold(),
                String.format(
                        Locale.ROOT,
                        "%,d of %,d images fell at epsilon %s and stood at %s.",
                        worst,
                        outcomes.size(),
                        smaller,
                        larger));
    }

    Diagnostic lostByRounding(int budget) {
        EpsilonResult focus = results.get(budget);
        int broken = outcomes.successes(budget);
        if (broken == 0) {
            return Diagnostic.notMeasured(
                    WarningSign.LOST_BY_ROUNDING, "Nothing was broken at epsilon " + focus.epsilon() + ".");
        }
        int lost = focus.accuracyAfterRounding().successes() - focus.accuracy().successes();
        double share = (double) lost / broken;
        return Diagnostic.measured(
                WarningSign.LOST_BY_ROUNDING,
                Interval.of(lost, broken).lower() > WarningSign.LOST_BY_ROUNDING.threshold(),
                share,
                WarningSign.LOST_BY_ROUNDING.threshold(),
                String.format(
                        Locale.ROOT,
                        "%,d of %,d successes at epsilon %s are lost when the image is rounded to 8 bits.",
                        lost,
                        broken,
                        focus.epsilon()));
    }

    /** Counts what attacks without gradients broke after one with gradients; empty if there were no such attacks. */
    Optional<Diagnostic> blackBoxWins(int budget) {
        int first = 0;
        while (first < attacks.size() && attacks.get(first).backwards() == 0) {
            first++;
        }
        boolean[] blind = new boolean[attacks.size()];
        boolean any = false;
        for (int attack = first + 1; attack < attacks.size(); attack++) {
            blind[attack] =
                    attacks.get(attack).backwards() == 0 && attacks.get(attack).forwards() > 0;
            any |= blind[attack];
        }
        if (!any) {
            return Optional.empty();
        }
        int broken = 0;
        int left = outcomes.robust(budget);
        for (int attack = 0; attack < blind.length; attack++) {
            broken += blind[attack] ? outcomes.successes(budget, attack) : 0;
        }
        left += broken;
        String finding = String.format(
                Locale.ROOT,
                "Attacks without gradients broke %,d of %,d images that those with gradients left at epsilon %s.",
                broken,
                left,
                results.get(budget).epsilon());
        return Optional.of(
                left == 0
                        ? Diagnostic.notMeasured(WarningSign.BLACK_BOX_WINS, finding)
                        : Diagnostic.measured(
                                WarningSign.BLACK_BOX_WINS,
                                Interval.of(broken, left).lower() > WarningSign.BLACK_BOX_WINS.threshold(),
                                (double) broken / left,
                                WarningSign.BLACK_BOX_WINS.threshold(),
                                finding));
    }
}
