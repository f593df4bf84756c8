package dev.gauntlet.explore;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.evaluate.EvaluationListener;
import dev.gauntlet.evaluate.EvaluationProgress;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardWatch;
import dev.gauntlet.evaluate.shard.TimeUp;
import dev.gauntlet.model.Logits;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs the attacks of a record on one of its examples again, with every budget, and compares what comes out.
 *
 * <p>An engine may round differently when it computes many images together, so the last digits of an example that is replayed
 * alone may differ. The whole run gives all digits again, and takes as long as it took.
 *
 * @param id the number of the example
 * @param whole whether the whole run is repeated, and not only what concerns the example
 */
record Replay(Exploration exploration, RobustnessReport report, int id, boolean whole) {
    /**
     * What is known of the example, as in the outcomes of a record.
     *
     * @param predictions for each budget the predicted class
     * @param attacks for each budget the position of the attack that succeeded first; -1 if none did
     * @param distance how far the nearest success is; -1 if there is none
     */
    record Outcome(List<Integer> predictions, List<Integer> attacks, double distance) {}

    /**
     * The comparison.
     *
     * @param recorded what the record says
     * @param replayed what came out now
     * @param isSame whether all predictions, attacks and digits of the distance are the same
     * @param remark what a reader must know of a difference
     */
    record Result(
            Outcome recorded,
            Outcome replayed,
            boolean isSame,
            @Nullable String remark) {}

    private static final int NONE = -1;

    Result run(Job job) {
        Outcomes outcomes = report.outcomes();
        int position = outcomes.position(id)
                .orElseThrow(() -> new GauntletException("Example %d is not in the report.".formatted(id)));
        Outcome recorded = outcome(outcomes, position);
        Outcome replayed = whole ? repeated(job) : replayed(job, position);
        boolean isSame = recorded.equals(replayed);
        return new Result(recorded, replayed, isSame, isSame ? null : remark(recorded, replayed));
    }

    private String remark(Outcome recorded, Outcome replayed) {
        if (whole) {
            return "The whole run was repeated and gives another outcome; the model, the data, the machine or the version is not that of the record.";
        }
        boolean sameSuccesses = recorded.attacks.equals(replayed.attacks);
        return sameSuccesses
                ? "The same attacks succeed; last digits differ because an engine may round differently when it computes many images together, as the evaluation did."
                : "The record has another outcome. An engine may round differently when it computes many images together, as the evaluation did, so an attack near its limit may end otherwise; a certifier of the record is not run again.";
    }

    /** Repeats the whole run, but for its diagnostics, which change no outcome. */
    private Outcome repeated(Job job) {
        EvaluationListener listener = new EvaluationListener() {
            @Override
            public void progress(EvaluationProgress progress) {
                if (job.isCancelled()) {
                    throw new CancellationException();
                }
                job.progress(progress.share(), "repeating the whole run");
            }
        };
        try {
            Outcomes outcomes = Evaluator.on(LocalRunner.onAllProcessors())
                    .withProgress(listener)
                    .evaluate(
                            exploration.models().get(0).classifier(),
                            exploration.data(),
                            report.repeatableRequest()
                                    .withDiagnostics(new DiagnosticsBudget(
                                            DiagnosticsBudget.Effort.OFF,
                                            report.request().diagnostics().tolerance())))
                    .outcomes();
            job.check();
            return outcome(
                    outcomes,
                    outcomes.position(id)
                            .orElseThrow(() -> new GauntletException(
                                    "The repeated run ended before it reached example %d.".formatted(id))));
        } catch (CancellationException e) {
            throw new TimeUp();
        }
    }

    private Outcome outcome(Outcomes outcomes, int position) {
        List<Integer> budgets =
                IntStream.range(0, report.results().size()).boxed().toList();
        return new Outcome(
                budgets.stream()
                        .map(budget -> outcomes.prediction(position, budget))
                        .toList(),
                budgets.stream()
                        .map(budget ->
                                outcomes.successfulAttack(position, budget).orElse(NONE))
                        .toList(),
                outcomes.nearestSuccess(position).orElse(NONE));
    }

    private Outcome replayed(Job job, int position) {
        OpenModel model = exploration.models().get(0);
        EvaluationRequest request = report.request();
        List<Attack<?>> attacks = request.knownAttacks();
        Criterion criterion = request.threat().criterion(report.classes());
        // the results, because a run that its time limit ended has fewer
        List<LpBall> balls = report.results().stream()
                .map(result -> new LpBall(request.threat().norm(), result.epsilon()))
                .toList();
        Subject subject = Subject.example(exploration.data(), id);
        Trial trial = new Trial(
                model,
                subject,
                exploration.data().classes(),
                attacks,
                balls,
                criterion,
                request.sampling().seed());
        Logits clean = trial.clean(ShardWatch.OfTask.NONE);
        int budgets = balls.size() - 1;
        List<Integer> predictions = new ArrayList<>();
        List<Integer> successful = new ArrayList<>();
        for (int i = 0; i <= budgets; i++) {
            predictions.add(clean.prediction(0));
            successful.add(NONE);
        }
        boolean isMistake = clean.prediction(0) != subject.label();
        double nearest = isMistake ? 0 : Double.POSITIVE_INFINITY;
        int certified = certifiedFirst(position);
        int run = Math.min(attacks.size(), report.plannedAttacks().size());
        for (int attack = 0; attack < run && !isMistake && criterion.appliesTo(subject.label()); attack++) {
            job.stage(attack, run);
            List<Boolean> wanted = new ArrayList<>();
            for (int budget = 1; budget <= budgets; budget++) {
                wanted.add(successful.get(budget) == NONE && budget > certified);
            }
            if (!wanted.isEmpty() && !wanted.contains(true)) {
                continue;
            }
            Trace trace = new Trace(
                    subject.image(),
                    criterion,
                    balls.get(budgets),
                    job,
                    attacks.get(attack)
                            .passes(
                                    request.threat().norm(),
                                    balls.stream().map(LpBall::epsilon).toList(),
                                    clean.classes())
                            .forwards(),
                    attacks.get(attack).title());
            Trial.Found found = trial.run(attack, clean, wanted, trace);
            nearest = Math.min(nearest, found.nearest());
            for (ShardResult.Success success : found.successes()) {
                predictions.set(success.budget() + 1, success.prediction());
                successful.set(success.budget() + 1, attack);
            }
        }
        return new Outcome(predictions, successful, Double.isFinite(nearest) ? nearest : NONE);
    }

    /** Returns the position of the largest budget with which the example was certified before the attacks, so that they left it out. */
    private int certifiedFirst(int position) {
        boolean isFirst = report.request()
                .certificates()
                .filter(asked -> asked.moment() == Certificates.Moment.FIRST)
                .isPresent();
        return isFirst
                ? report.certificates()
                        .map(record -> record.certified()[position])
                        .orElse(0)
                : 0;
    }
}
