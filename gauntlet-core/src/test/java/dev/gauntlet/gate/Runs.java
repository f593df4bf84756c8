package dev.gauntlet.gate;

import dev.gauntlet.attack.Passes;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.evaluate.CertificateRecord;
import dev.gauntlet.evaluate.Completion;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.Overstatement;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Execution;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.request.Threat;
import dev.gauntlet.threat.LpBall;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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

    /** The same, where some examples that fall under attack are misclassified when clean. */
    static RobustnessReport runWithCleanMistakes(int examples, int standing, Integer... mistakes) {
        return run(
                IntStream.range(0, examples).toArray(),
                standing,
                "digits",
                List.of(),
                false,
                examples,
                Set.of(mistakes));
    }

    /** The same run after stronger attacks were tried. */
    static RobustnessReport probed(RobustnessReport run, Overstatement overstatement) {
        return with(
                run, run.request(), run.certificates(), new RobustnessReport.Probes(10, 0, Optional.of(overstatement)));
    }

    /** The same run with proofs for the first of the robust examples. */
    static RobustnessReport certified(RobustnessReport run, int certified) {
        int[] largest = new int[run.outcomes().size()];
        run.outcomes()
                .examples()
                .filter(i -> run.outcomes().isRobust(i, 1))
                .limit(certified)
                .forEach(i -> largest[i] = 1);
        return with(
                run,
                run.request().withCertificates(new Certificates(Certificates.Moment.AFTER, "crown")),
                Optional.of(CertificateRecord.of(
                        "crown",
                        "a proof",
                        Map.of(),
                        Passes.NONE,
                        largest,
                        largest,
                        Arrays.stream(largest)
                                .mapToDouble(budget -> run.results().get(budget).epsilon())
                                .toArray(),
                        new long[largest.length],
                        run.outcomes())),
                run.probes());
    }

    private static RobustnessReport with(
            RobustnessReport run,
            EvaluationRequest request,
            Optional<CertificateRecord> certificates,
            RobustnessReport.Probes probes) {
        return new RobustnessReport(
                run.schemaVersion(),
                run.provenance(),
                run.model(),
                run.data(),
                run.shape(),
                run.classes(),
                request,
                run.plan(),
                run.attacks(),
                run.outcomes(),
                run.results(),
                certificates,
                run.ending(),
                run.diagnostics(),
                probes,
                run.gallery(),
                run.timing());
    }

    /** A run of which the time limit has left nothing but the clean images, all of them right. */
    static RobustnessReport endedBeforeAnyAttack(int examples, boolean minimalNorm) {
        RobustnessReport run = run(examples, examples);
        Outcomes.Columns clean = run.outcomes().columns();
        return new RobustnessReport(
                run.schemaVersion(),
                run.provenance(),
                run.model(),
                run.data(),
                run.shape(),
                run.classes(),
                run.request(),
                run.plan(),
                List.of(new RobustnessReport.AttackRecord("pgd", Map.of(), minimalNorm, 0, 0, 0)),
                new Outcomes(new Outcomes.Columns(
                        2,
                        clean.ids(),
                        clean.labels(),
                        clean.distances(),
                        new int[][] {clean.labels()},
                        Arrays.copyOf(clean.successfulAttacks(), 1))),
                run.results().subList(0, 1),
                Optional.empty(),
                new Completion(Completion.Reason.TIME_LIMIT, examples, Optional.empty(), "Too late."),
                List.of(),
                RobustnessReport.Probes.NONE,
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
            int[] order, int standing, String data, List<Diagnostic> diagnostics, boolean minimalNorm, int population) {
        return run(order, standing, data, diagnostics, minimalNorm, population, Set.of());
    }

    private static RobustnessReport run(
            int[] order,
            int standing,
            String data,
            List<Diagnostic> diagnostics,
            boolean minimalNorm,
            int population,
            Set<Integer> cleanMistakes) {
        int examples = order.length;
        Set<Integer> robust = Arrays.stream(order).limit(standing).boxed().collect(Collectors.toSet());
        int[] ids = Arrays.stream(order).sorted().toArray();
        int[] labels = IntStream.of(ids).map(id -> id % 2).toArray();
        int[] attacked = IntStream.range(0, examples)
                .map(i -> robust.contains(ids[i]) ? labels[i] : 1 - labels[i])
                .toArray();
        int[] clean = IntStream.range(0, examples)
                .map(i -> cleanMistakes.contains(ids[i]) ? 1 - labels[i] : labels[i])
                .toArray();
        int[] successfulAttacks = IntStream.range(0, examples)
                .map(i -> attacked[i] == clean[i] ? -1 : 0)
                .toArray();
        double[] distances = IntStream.range(0, examples)
                .mapToDouble(i -> clean[i] != labels[i] ? 0 : attacked[i] == clean[i] ? -1 : EPSILON)
                .toArray();
        Interval all = Interval.of(examples - cleanMistakes.size(), examples);
        Interval left = Interval.of(standing, examples);
        int[] none = new int[examples];
        Arrays.fill(none, -1);
        ModelCard model = new ModelCard("m", "m", "", InputSpec.RAW);
        DataOrigin origin = new DataOrigin(data, "test", "", Map.of(), Optional.empty());
        return new RobustnessReport(
                RobustnessReport.SCHEMA_VERSION,
                RobustnessReport.Provenance.current(),
                model,
                origin,
                new ImageShape(1, 1, 1),
                List.of("even", "odd"),
                new EvaluationRequest(
                        ModelRef.InProcess.of(model),
                        DataRef.InProcess.of(origin),
                        Sampling.ALL,
                        new Threat(List.of(LpBall.linf(EPSILON)), new AttackGoal.AnyError()),
                        List.of(AttackRef.parse("pgd")),
                        Access.WHITE_BOX,
                        DiagnosticsBudget.AUTOMATIC,
                        Limits.NONE,
                        Execution.AUTOMATIC),
                new RobustnessReport.PlanRecord("pgd", "linf", "misclassified", false, 0, population, 1000, List.of()),
                List.of(new RobustnessReport.AttackRecord("pgd", Map.of(), minimalNorm, 1, 1, 0)),
                new Outcomes(new Outcomes.Columns(
                        2, ids, labels, distances, new int[][] {clean, attacked}, new int[][] {none, successfulAttacks
                        })),
                List.of(
                        new EpsilonResult(0, all, all, 0, 0),
                        new EpsilonResult(EPSILON, left, left, 0.5, standing == examples ? 0 : EPSILON)),
                Optional.empty(),
                Completion.complete(examples),
                diagnostics,
                RobustnessReport.Probes.NONE,
                List.of(),
                new RobustnessReport.Timing("2026-01-31T12:00:00Z", 0, 0, 0, 0, 1, Optional.empty()));
    }
}
