package dev.gauntlet.gate;

import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.evaluate.Completion;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.ModelCard;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Reports in which the first examples stand at epsilon 8/255 and the others fall; all are right when clean. */
final class Runs {
    static final double EPSILON = 8 / 255.0;

    private Runs() {}

    static RobustnessReport run(int examples, int standing) {
        return run(IntStream.range(0, examples).toArray(), standing, "digits", List.of());
    }

    /** The same on a sample of a larger data set. */
    static RobustnessReport sample(int examples, int standing, int population) {
        return run(IntStream.range(0, examples).toArray(), standing, "digits", List.of(), false, population);
    }

    /** The same, found by an attack that looks for the nearest success. */
    static RobustnessReport nearest(int examples, int standing) {
        return run(IntStream.range(0, examples).toArray(), standing, "digits", List.of(), true);
    }

    /** A run of which the time limit has left nothing but the clean images, all of them right. */
    static RobustnessReport endedBeforeAnyAttack(int examples, boolean minimalNorm) {
        RobustnessReport run = run(examples, examples);
        return new RobustnessReport(
                run.schemaVersion(),
                run.provenance(),
                run.model(),
                run.data(),
                run.shape(),
                run.classes(),
                run.plan(),
                List.of(new RobustnessReport.AttackRecord("pgd", Map.of(), minimalNorm, 0, 0, 0)),
                run.ids(),
                run.labels(),
                run.distances(),
                run.results().subList(0, 1),
                new Completion(Completion.Reason.TIME_LIMIT, examples, Optional.empty(), "Too late."),
                List.of(),
                List.of(),
                run.timing());
    }

    static RobustnessReport run(int[] ids, int standing, String data, List<Diagnostic> diagnostics) {
        return run(ids, standing, data, diagnostics, false);
    }

    private static RobustnessReport run(
            int[] ids, int standing, String data, List<Diagnostic> diagnostics, boolean minimalNorm) {
        return run(ids, standing, data, diagnostics, minimalNorm, ids.length);
    }

    private static RobustnessReport run(
            int[] ids, int standing, String data, List<Diagnostic> diagnostics, boolean minimalNorm, int population) {
        int examples = ids.length;
        int[] labels = IntStream.of(ids).map(id -> id % 2).toArray();
        int[] attacked = IntStream.range(0, examples)
                .map(i -> i < standing ? labels[i] : 1 - labels[i])
                .toArray();
        int[] brokenBy =
                IntStream.range(0, examples).map(i -> i < standing ? -1 : 0).toArray();
        double[] distances = IntStream.range(0, examples)
                .mapToDouble(i -> i < standing ? -1 : EPSILON)
                .toArray();
        Interval all = Interval.of(examples, examples);
        Interval left = Interval.of(standing, examples);
        int[] none = new int[examples];
        Arrays.fill(none, -1);
        return new RobustnessReport(
                RobustnessReport.SCHEMA_VERSION,
                RobustnessReport.Provenance.current(),
                new ModelCard("m", "m", 0, "", Optional.empty(), "", Optional.empty()),
                new DataOrigin(data, "test", "", Map.of(), Optional.empty()),
                new ImageShape(1, 1, 1),
                List.of("even", "odd"),
                new RobustnessReport.PlanRecord("pgd", "linf", "misclassified", false, 0, population, 1000, List.of()),
                List.of(new RobustnessReport.AttackRecord("pgd", Map.of(), minimalNorm, 1, 1, 0)),
                ids,
                labels,
                distances,
                List.of(
                        new EpsilonResult(0, all, all, 0, 0, labels.clone(), none),
                        new EpsilonResult(EPSILON, left, left, 0.5, EPSILON, attacked, brokenBy)),
                Completion.complete(ids.length),
                diagnostics,
                List.of(),
                new RobustnessReport.Timing("", 0, 0, 1));
    }
}
