package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/**
 * Attacks every example of a data set with every budget of a plan and recomputes what the attack claims.
 *
 * <p>An example counts as correct when it is classified correctly both clean and under attack. Success, distance (in
 * double precision) and the range of the pixels are decided here; a result outside the threat model is an error.
 *
 * <p>Cost: what the attack needs, one forward pass per budget above 0, one of the clean examples unless the attack made it,
 * and two of the first 100 examples, which have to agree.
 *
 * <p>Example: {@code Evaluator.on(LocalRunner.onAllProcessors()).evaluate(model, test, Plan.linf(Fgsm.defaults(), .1))}.
 */
public final class Evaluator {
    private final Runner runner;
    private EvaluationListener listener = EvaluationListener.NONE;
    private Optional<Path> journal = Optional.empty();
    private IntConsumer takenOver = examples -> {};
    private Limits limits = Limits.NONE;
    private Optional<SuccessSink> sink = Optional.empty();
    private LongSupplier nanoTime = System::nanoTime;

    private Evaluator(Runner runner) {
        this.runner = runner;
    }

    /** Returns the same evaluator, changed in one respect; none is changed once it was handed out. */
    private Evaluator with(Consumer<Evaluator> change) {
        Evaluator copy = new Evaluator(runner);
        copy.listener = listener;
        copy.journal = journal;
        copy.takenOver = takenOver;
        copy.limits = limits;
        copy.sink = sink;
        copy.nanoTime = nanoTime;
        change.accept(copy);
        return copy;
    }

    /**
     * Creates an evaluator.
     *
     * @param runner where the work is done
     * @return the evaluator
     */
    public static Evaluator on(Runner runner) {
        return new Evaluator(runner);
    }

    /**
     * Returns the same evaluator, telling how far it is.
     *
     * @param other told after each pass of the model
     * @return the evaluator
     */
    public Evaluator withProgress(EvaluationListener other) {
        return with(copy -> copy.listener = other);
    }

    /**
     * Returns the same evaluator, keeping every finished shard in a folder: after an interruption, however hard, the same
     * evaluation with the same folder goes on where it stopped, and gives the report of an undisturbed run.
     *
     * @param folder the folder; made if it is not there, and left as it is at the end
     * @param takesOver told the numbers of examples that were finished before and are taken over, by several threads at once
     * @return the evaluator
     */
    public Evaluator withJournal(Path folder, IntConsumer takesOver) {
        return with(copy -> {
            copy.journal = Optional.of(folder);
            copy.takenOver = takesOver;
        });
    }

    /**
     * Returns the same evaluator that may end early.
     *
     * @param otherLimits when
     * @return the evaluator
     */
    public Evaluator withLimits(Limits otherLimits) {
        return with(copy -> copy.limits = otherLimits);
    }

    /**
     * Returns the same evaluator that also hands out what the attacks found.
     *
     * @param other takes it; a shard of the journal that it does not have is evaluated again
     * @return the evaluator
     */
    public Evaluator keeping(SuccessSink other) {
        return with(copy -> copy.sink = Optional.of(other));
    }

    /** Returns the same evaluator with another clock for limits and progress, in nanoseconds from any moment. */
    Evaluator withClock(LongSupplier other) {
        return with(copy -> copy.nanoTime = other);
    }

    /**
     * Runs a plan with attacks that may use the gradient over a whole data set.
     *
     * @param model the model under attack
     * @param data the examples
     * @param plan the attacks and their budgets
     * @return the record of the run
     * @throws GauntletException if the data set is empty, its pixels are outside [0,1], the journal is of another
     *     evaluation, or the model does not fit the data or gives a logit or gradient that is NaN or infinite
     */
    public RobustnessReport evaluate(
            DifferentiableClassifier model, Dataset data, Plan<DifferentiableClassifier> plan) {
        return evaluate(model, data, plan, ModelView.WHITE_BOX, asked(plan, model, data, Access.WHITE_BOX));
    }

    /**
     * Runs a plan with attacks that see nothing but logits over a whole data set.
     *
     * @param model the model under attack
     * @param data the examples
     * @param plan the attacks and their budgets
     * @return the record of the run
     * @throws GauntletException if the data set is empty, its pixels are outside [0,1], the journal is of another
     *     evaluation, or the model does not fit the data or gives a logit that is NaN or infinite
     */
    public RobustnessReport evaluate(Classifier model, Dataset data, Plan<Classifier> plan) {
        return evaluate(model, data, plan, ModelView.BLACK_BOX, asked(plan, model, data, Access.BLACK_BOX));
    }

    /**
     * Runs what a request asks on the model and the data that were opened for it. The limits are those of this evaluator where
     * it has any, else those of the request.
     *
     * @param model the model under attack
     * @param data the examples
     * @param request what is asked; the record keeps it with the checksums of the model and the data
     * @return the record of the run
     * @throws GauntletException as for a plan, if the model or the data is not the one that the request names, if its attacks
     *     are not known or do not fit, or if it gives them a gradient that the model does not have
     */
    public RobustnessReport evaluate(Classifier model, Dataset data, EvaluationRequest request) {
        EvaluationRequest resolved = request.resolved(model.card(), data.origin());
        Evaluator limited = limits.equals(Limits.NONE) ? withLimits(request.limits()) : this;
        if (request.access() == Access.BLACK_BOX) {
            return limited.evaluate(model, data, Plan.of(request, data.classes()), ModelView.BLACK_BOX, resolved);
        }
        if (!(model instanceof DifferentiableClassifier differentiable)) {
            throw new GauntletException("The model %s has no gradient, but the request is for white-box access."
                    .formatted(model.card().name()));
        }
        return limited.evaluate(differentiable, data, Plan.of(request, data.classes()), ModelView.WHITE_BOX, resolved);
    }

    /**
     * Returns into how many shards the evaluation of a request is divided; no more workers than these have work.
     *
     * @param data the examples, at least one
     * @param request what is asked
     * @return the number of shards
     */
    public static int shards(Dataset data, EvaluationRequest request) {
        return Sharding.shards(data, Plan.of(request, data.classes()));
    }

    private EvaluationRequest asked(Plan<?> plan, Classifier model, Dataset data, Access access) {
        return plan.request(ModelRef.InProcess.of(model.card()), DataRef.InProcess.of(data.origin()), access, limits);
    }

    /**
     * Returns into how many shards an evaluation is divided; no more workers than these have work.
     *
     * @param data the examples, at least one
     * @param plan the attacks and their budgets
     * @return the number of shards
     */
    public static int shards(Dataset data, Plan<?> plan) {
        return Sharding.shards(data, plan);
    }

    private <M extends Classifier> RobustnessReport evaluate(
            M model, Dataset given, Plan<M> plan, ModelView<M> view, EvaluationRequest request) {
        limits.question().ifPresent(question -> question.requireAsked(plan.balls()));
        Instant started = Instant.now();
        RunMonitor monitor = new RunMonitor(nanoTime, listener, limits.time(), plan);
        Admission admission = Admission.of(model, given, plan, monitor);
        Dataset data = admission.data();
        Sharding sharding = Sharding.of(data, plan);
        int classes = data.classes().size();
        KeptShards kept = new KeptShards(
                journal.map(folder -> Journal.open(folder, JournalKey.of(model, admission, request, monitor))), sink);
        monitor.attacks(
                sharding.examples(),
                sharding.examples(shard -> !kept.has(shard)),
                sharding.size(),
                classes,
                view.mostPasses(plan, classes));
        GallerySelection selection = new GallerySelection(plan.seed());
        GalleryCollector gallery =
                new GalleryCollector(selection, plan.epsilons().size());
        ShardSchedule<M> schedule =
                new ShardSchedule<>(runner, limits, monitor, plan, sharding.examples(), data.size());
        List<Shard> finished = schedule.run(
                sharding.shards(),
                number -> {
                    Optional<Shard> before = kept.read(number);
                    if (before.isPresent()) {
                        takenOver.accept(before.get().size());
                        monitor.takeOver(before.get());
                        return new ShardOutcome.Finished(before.get());
                    }
                    Batch clean = admission.batch(sharding.idsOf(number));
                    ShardEvaluation<M> evaluation = new ShardEvaluation<>(
                            model, view, plan, clean, monitor, monitor.shard(number, clean.size()));
                    ShardOutcome outcome = evaluation.run(selection);
                    if (outcome instanceof ShardOutcome.Finished done) {
                        kept.write(number, done.shard(), evaluation.successes());
                    }
                    monitor.end(number, outcome instanceof ShardOutcome.Finished);
                    return outcome;
                },
                gallery);
        Plan<M> run = schedule.plan();
        return new ReportAssembly(model, admission, request, run, finished)
                .report(
                        schedule.ending(),
                        gallery.exhibits(),
                        new Diagnosis(
                                run,
                                plan.attacks().size(),
                                schedule.attacksDone(),
                                view.isBlackBox(),
                                admission.answers(),
                                probed -> view.probes(model, monitor.diagnosing(), run, probed),
                                runner,
                                monitor),
                        () -> timing(started));
    }

    private RobustnessReport.Timing timing(Instant started) {
        return new RobustnessReport.Timing(
                started.truncatedTo(ChronoUnit.SECONDS).toString(),
                0,
                ChronoUnit.MILLIS.between(started, Instant.now()) / 1000.0,
                runner.workers());
    }
}
