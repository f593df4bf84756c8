package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.attack.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.GradientDiagnostics;
import dev.gauntlet.diagnose.InputDiagnostics;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.model.Classifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Looks, after the attacks, for what speaks against their results.
 *
 * @param plan what was run
 * @param plannedAttacks how many attacks were to be run
 * @param attacksDone how many of them were finished on all examples
 * @param blackBox whether the attacks saw nothing but logits
 * @param answers what was seen before the attacks
 * @param examiner makes the probes for a model whose gradients may be used; none for others
 * @param runner where the probes are run
 * @param monitor told what is done
 */
record Diagnosis(
        Plan<?> plan,
        int plannedAttacks,
        int attacksDone,
        boolean blackBox,
        List<Diagnostic> answers,
        Examiner examiner,
        Runner runner,
        RunMonitor monitor) {
    static final String NO_TIME = "The time limit left no time for it.";

    /** Makes the probes of a model. */
    @FunctionalInterface
    interface Examiner {
        List<Supplier<List<Diagnostic>>> probes(ModelView.Probed probed);
    }

    /** Returns one diagnostic for each indicator, in their order. */
    List<Diagnostic> of(
            Classifier model,
            Function<int[], Batch> examples,
            List<String> classes,
            ResultDiagnostics ofResults) {
        List<EpsilonResult> results = ofResults.results();
        Outcomes outcomes = ofResults.outcomes();
        AtomicBoolean late = new AtomicBoolean();
        List<Diagnostic> found = new ArrayList<>(answers);
        found.add(ofResults.atChance(classes.size()));
        found.add(ofResults.fewExamples());
        found.add(ResultDiagnostics.endedEarly(plannedAttacks, attacksDone));
        if (attacksDone > 0) {
            found.add(ofResults.zeroGradients());
            found.add(ofResults.lessWithMore());
            found.add(ResultDiagnostics.onlyBaselines(plan.attacks()));
            found.add(ofResults.firstLook(plan, classes.size()));
        }
        List<Supplier<List<Diagnostic>>> probes = new ArrayList<>();
        List<Passes> expected = new ArrayList<>();
        int[] looked = chosen(outcomes, i -> true, InputDiagnostics.EXAMPLES);
        Batch sample = examples.apply(Arrays.stream(looked).map(outcomes::id).toArray());
        int[] answered = Arrays.stream(looked).map(outcomes::cleanPrediction).toArray();
        probes.add(() -> List.of(feeding(WatchedModel.of(model, monitor.diagnosing()), sample, answered, classes)));
        expected.add(Passes.forwards((long) InputDiagnostics.PASSES * sample.size()));
        if (results.size() > 1) {
            int focus = focus(results);
            double epsilon = results.get(focus).epsilon();
            found.add(ofResults.lostByRounding(focus));
            ofResults.blackBoxWins(focus).ifPresent(found::add);
            IntPredicate attacked =
                    i -> !outcomes.isCleanMistake(i) && plan.criterion().appliesTo(outcomes.label(i));
            Problem correct = problem(examples, outcomes, attacked);
            Problem standing = problem(examples, outcomes, i -> attacked.test(i) && outcomes.isRobust(i, focus));
            boolean blind =
                    found.stream().noneMatch(diagnostic -> diagnostic.indicator() == WarningSign.BLACK_BOX_WINS);
            List<Supplier<List<Diagnostic>>> ofAttacks =
                    examiner.probes(new ModelView.Probed(correct, standing, epsilon, blind));
            if (!ofAttacks.isEmpty()) {
                probes.addAll(ofAttacks);
                expected.addAll(GradientDiagnostics.passes(
                        plan.attacks(), correct, standing.size(), epsilon, classes.size(), blind));
            }
        }
        monitor.diagnostics(expected);
        runner.run(
                        probes.size(),
                        number -> monitor.probe(expected.get(number), () -> inTime(probes.get(number), late)),
                        Function.identity())
                .forEach(found::addAll);
        for (WarningSign indicator : WarningSign.values()) {
            if (indicator != WarningSign.MOSTLY_UNMEASURED
                    && found.stream().noneMatch(diagnostic -> diagnostic.indicator() == indicator)) {
                found.add(Diagnostic.notMeasured(indicator, reason(indicator, late.get())));
            }
        }
        found.add(ResultDiagnostics.mostlyUnmeasured(found));
        found.sort(Comparator.comparing(Diagnostic::indicator));
        return found;
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
            return "The attacks saw only logits.";
        }
        return late || attacksDone == 0 ? NO_TIME : "There was no budget above 0.";
    }

    /** A model that charges for each question may refuse these. */
    private static Diagnostic feeding(Classifier model, Batch sample, int[] predictions, List<String> classes) {
        try {
            return InputDiagnostics.examine(model, sample, predictions, classes);
        } catch (GauntletException e) {
            return Diagnostic.notMeasured(WarningSign.FED_WRONGLY, String.valueOf(e.getMessage()));
        }
    }

    /** Runs a probe; one for which the time is not enough finds nothing. */
    private static List<Diagnostic> inTime(Supplier<List<Diagnostic>> probe, AtomicBoolean late) {
        try {
            return probe.get();
        } catch (TimeUp e) {
            late.set(true);
            return List.of();
        }
    }

    /** Chooses the budget that says most: the one that leaves nearest to half of what is correct without it. */
    private static int focus(List<EpsilonResult> results) {
        double half = results.get(0).accuracy().rate() / 2;
        return IntStream.range(1, results.size())
                .boxed()
                .min(Comparator.comparingDouble(
                        i -> Math.abs(results.get(i).accuracy().rate() - half)))
                .orElseThrow();
    }

    private Problem problem(Function<int[], Batch> examples, Outcomes outcomes, IntPredicate wanted) {
        return new Problem(
                examples.apply(Arrays.stream(chosen(outcomes, wanted, GradientDiagnostics.EXAMPLES))
                        .map(outcomes::id)
                        .toArray()),
                plan.norm(),
                plan.criterion(),
                randomness());
    }

    private RandomKey randomness() {
        return RandomKey.of(plan.seed()).with("diagnosis");
    }

    /** Draws some of the examples, in their order. */
    private int[] chosen(Outcomes outcomes, IntPredicate wanted, int most) {
        RandomKey randomness = randomness();
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
