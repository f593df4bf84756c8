package dev.gauntlet.evaluate;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.GradientDiagnostics;
import dev.gauntlet.diagnose.InputDiagnostics;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * Looks, after the attacks, for what speaks against their results.
 *
 * @param plan what was run
 * @param plannedAttacks how many attacks were to be run
 * @param attacksDone how many of them were finished on all examples
 * @param blackBox whether the attacks saw nothing but logits
 * @param admission the examples, and what was seen before the attacks
 * @param stages where the probes are run
 */
record Diagnosis(
        Plan<?> plan, int plannedAttacks, int attacksDone, boolean blackBox, Admission admission, StageRunner stages) {
    static final String NO_TIME = "The time limit left no time for it.";

    /** Returns one diagnostic for each indicator, in their order. */
    List<Diagnostic> of(ResultDiagnostics ofResults) {
        int classes = admission.data().classes().size();
        List<Diagnostic> found = new ArrayList<>(admission.answers());
        found.add(ofResults.atChance(classes));
        found.add(ofResults.fewExamples());
        found.add(ResultDiagnostics.endedEarly(plannedAttacks, attacksDone));
        if (attacksDone > 0) {
            found.add(ofResults.zeroGradients());
            found.add(ofResults.lessWithMore());
            found.add(ResultDiagnostics.onlyBaselines(plan.attacks()));
            found.add(ofResults.firstLook(plan, classes));
        }
        Map<ShardTask.Work, Passes> probes = new LinkedHashMap<>();
        probeInput(ofResults.outcomes(), probes);
        int focus = EpsilonResult.focus(ofResults.results());
        if (focus > 0) {
            found.add(ofResults.lostByRounding(focus));
            ofResults.blackBoxWins(focus).ifPresent(found::add);
            boolean blind =
                    found.stream().noneMatch(diagnostic -> diagnostic.indicator() == WarningSign.BLACK_BOX_WINS);
            if (!blackBox) {
                probeGradients(ofResults, focus, blind, probes);
            }
        }
        boolean late = false;
        for (ShardResult.Outcome outcome : stages.probe(plannedAttacks + 1, probes)) {
            if (outcome instanceof ShardResult.Probed probed) {
                found.addAll(probed.found());
            } else {
                late = true;
            }
        }
        for (WarningSign indicator : WarningSign.values()) {
            if (indicator != WarningSign.MOSTLY_UNMEASURED
                    && found.stream().noneMatch(diagnostic -> diagnostic.indicator() == indicator)) {
                found.add(Diagnostic.notMeasured(indicator, reason(indicator, late)));
            }
        }
        found.add(ResultDiagnostics.mostlyUnmeasured(found));
        found.sort(Comparator.comparing(Diagnostic::indicator));
        return found;
    }

    private void probeInput(Outcomes outcomes, Map<ShardTask.Work, Passes> probes) {
        int[] sample = chosen(outcomes, i -> true, InputDiagnostics.EXAMPLES);
        probes.put(
                new ShardTask.ProbeInput(
                        ids(outcomes, sample),
                        Arrays.stream(sample).map(outcomes::cleanPrediction).toArray()),
                Passes.forwards((long) InputDiagnostics.PASSES * sample.length));
    }

    private void probeGradients(
            ResultDiagnostics ofResults, int focus, boolean blind, Map<ShardTask.Work, Passes> probes) {
        Outcomes outcomes = ofResults.outcomes();
        double epsilon = ofResults.results().get(focus).epsilon();
        IntPredicate attacked =
                i -> !outcomes.isCleanMistake(i) && plan.criterion().appliesTo(outcomes.label(i));
        int[] correct = ids(outcomes, chosen(outcomes, attacked, GradientDiagnostics.EXAMPLES));
        int[] robust = ids(
                outcomes,
                chosen(outcomes, i -> attacked.test(i) && outcomes.isRobust(i, focus), GradientDiagnostics.EXAMPLES));
        List<Passes> expected = GradientDiagnostics.passes(
                plan.attacks(),
                new Problem(
                        admission.examples().batch(correct),
                        plan.norm(),
                        plan.criterion(),
                        plan.forShards().diagnosis()),
                robust.length,
                epsilon,
                admission.data().classes().size(),
                blind);
        for (int probe = 0; probe < expected.size(); probe++) {
            probes.put(
                    new ShardTask.ProbeGradient(probe, correct, robust, epsilon, attacksDone, blind),
                    expected.get(probe));
        }
    }

    /** Says why a sign was not looked for. */
    private String reason(WarningSign indicator, boolean late) {
        boolean needsGradients = switch (indicator) {
            case WRONG_GRADIENT,
                    FLAT_LOSS,
                    EXPLODING_LOSS,
                    SINGLE_STEP_WINS,
                    TRANSFER_WINS,
                    ROBUST_TO_ANYTHING,
                    NOT_CONVERGED,
                    PLANTED_MISSED,
                    BLACK_BOX_WINS,
                    ZERO_GRADIENTS -> true;
            default -> false;
        };
        if (blackBox && needsGradients) {
            return "The attacks saw nothing but logits.";
        }
        return late || attacksDone == 0 ? NO_TIME : "There was no budget above 0.";
    }

    private static int[] ids(Outcomes outcomes, int[] positions) {
        return Arrays.stream(positions).map(outcomes::id).toArray();
    }

    /** Draws some of the examples, in their order. */
    private int[] chosen(Outcomes outcomes, IntPredicate wanted, int most) {
        RandomKey randomness = plan.forShards().diagnosis();
        return outcomes.examples()
                .filter(wanted)
                .boxed()
                .sorted(Comparator.comparingLong(
                        i -> randomness.with(outcomes.id(i)).state()))
                .limit(most)
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
    }
}
