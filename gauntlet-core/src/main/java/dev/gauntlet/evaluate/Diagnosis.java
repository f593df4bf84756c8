package dev.gauntlet.evaluate;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.attack.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Examination;
import dev.gauntlet.diagnose.Indicator;
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
 * @param answers what was seen before the attacks
 * @param examiner makes the probes for a model whose gradients may be used; none for others
 * @param runner where the probes are run
 * @param monitor told what is done
 */
record Diagnosis(Plan<?> plan, List<Diagnostic> answers, Examiner examiner, Runner runner, RunMonitor monitor) {
    /** Makes the probes of a model. */
    @FunctionalInterface
    interface Examiner {
        List<Supplier<List<Diagnostic>>> probes(Problem correct, Problem standing, double epsilon, boolean blind);
    }

    /** Returns one diagnostic for each indicator, in their order. */
    List<Diagnostic> of(
            Classifier model,
            Function<int[], Batch> examples,
            int[] ids,
            int[] labels,
            int classes,
            List<RobustnessReport.AttackRecord> attacks,
            List<EpsilonResult> results) {
        AtomicBoolean late = new AtomicBoolean();
        List<Diagnostic> found = new ArrayList<>(answers);
        found.addAll(Evidence.of(attacks, results, ids.length));
        found.add(Evidence.onlyBaselines(plan.attacks()));
        if (results.size() > 1) {
            EpsilonResult focus = focus(results);
            found.add(Evidence.lostByRounding(focus));
            Evidence.blackBoxWins(attacks, focus, results.get(0), labels).ifPresent(found::add);
            int[] clean = results.get(0).predictions();
            IntPredicate attacked =
                    i -> clean[i] == labels[i] && plan.criterion().appliesTo(labels[i]);
            Problem correct = problem(examples, ids, attacked);
            Problem standing = problem(examples, ids, i -> attacked.test(i) && focus.brokenBy()[i] < 0);
            boolean blind = found.stream().noneMatch(diagnostic -> diagnostic.indicator() == Indicator.BLACK_BOX_WINS);
            List<Supplier<List<Diagnostic>>> probes = examiner.probes(correct, standing, focus.epsilon(), blind);
            List<Passes> expected = probes.isEmpty()
                    ? List.of()
                    : Examination.passes(plan.attacks(), correct, standing.size(), focus.epsilon(), classes, blind);
            monitor.diagnostics(expected);
            runner.run(
                            probes.size(),
                            number -> monitor.probe(expected.get(number), () -> inTime(probes.get(number), late)),
                            Function.identity())
                    .forEach(found::addAll);
        }
        for (Indicator indicator : Indicator.values()) {
            if (found.stream().noneMatch(diagnostic -> diagnostic.indicator() == indicator)) {
                found.add(Diagnostic.notMeasured(
                        indicator,
                        late.get()
                                ? "The time limit left no time for it."
                                : results.size() > 1
                                        ? "The attacks saw nothing but logits."
                                        : "There was no budget above 0."));
            }
        }
        found.sort(Comparator.comparing(Diagnostic::indicator));
        return found;
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
    private static EpsilonResult focus(List<EpsilonResult> results) {
        double half = results.get(0).accuracy().rate() / 2;
        return results.stream()
                .skip(1)
                .min(Comparator.comparingDouble(
                        result -> Math.abs(result.accuracy().rate() - half)))
                .orElseThrow();
    }

    private Problem problem(Function<int[], Batch> examples, int[] ids, IntPredicate wanted) {
        RandomKey randomness = RandomKey.of(plan.seed()).with("diagnosis");
        int[] chosen = IntStream.range(0, ids.length)
                .filter(wanted)
                .mapToObj(i -> ids[i])
                .sorted(Comparator.comparingLong(id -> randomness.with(id).state()))
                .limit(Examination.EXAMPLES)
                .mapToInt(Integer::intValue)
                .toArray();
        Arrays.sort(chosen);
        return new Problem(examples.apply(chosen), plan.norm(), plan.criterion(), randomness);
    }
}
