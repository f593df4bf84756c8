package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.shard.CleanExamples;
import dev.gauntlet.evaluate.shard.OpenEvaluation;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardOpening;
import dev.gauntlet.evaluate.shard.ShardPlan;
import dev.gauntlet.evaluate.shard.ShardWatch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import java.nio.charset.StandardCharsets;
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
 * <p>It runs in stages: the model answers the clean examples, then each attack runs on the examples that are still robust, then
 * the diagnostics examine the outcome. Each stage packs its examples into full batches; which ones are computed together
 * depends on the plan and the outcomes alone, never on the runner.
 *
 * <p>Cost: what the attacks need, a forward pass of the images that they give, about one of each example that an attack
 * succeeds on, rounded to 8 bits, one of the clean examples, and two of the first 100 examples, which have to agree. An image
 * that is handed out is asked about in 8 bits, too.
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
     * Returns the same evaluator, keeping the result of every finished task in a folder: after an interruption, however hard, the
     * same evaluation with the same folder continues where it stopped, and gives the report of an undisturbed run. It keeps
     * the blocks of the first run: if that had limits and the undisturbed run has none, the last digits of an engine that
     * rounds differently in larger batches may differ.
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
     * @param other takes it; a task of the journal that it does not have is computed again
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
        return evaluate(model, data, plan, asked(plan, model, data, Access.WHITE_BOX), OpenEvaluation::whiteBox);
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
        return evaluate(model, data, plan, asked(plan, model, data, Access.BLACK_BOX), OpenEvaluation::blackBox);
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
            return limited.evaluate(model, data, Plan.of(request, data.classes()), resolved, OpenEvaluation::blackBox);
        }
        if (!(model instanceof DifferentiableClassifier differentiable)) {
            throw new GauntletException("The model %s has no gradient, but the request is for white-box access."
                    .formatted(model.card().name()));
        }
        return limited.evaluate(
                differentiable, data, Plan.of(request, data.classes()), resolved, OpenEvaluation::whiteBox);
    }

    /**
     * Returns into how many tasks a stage of the evaluation of a request is divided at most; no more workers than these have
     * work.
     *
     * @param data the examples, at least one
     * @param request what is asked
     * @return the number of tasks
     */
    public static int shards(Dataset data, EvaluationRequest request) {
        return Sharding.tasks(data, Plan.of(request, data.classes()));
    }

    private EvaluationRequest asked(Plan<?> plan, Classifier model, Dataset data, Access access) {
        return plan.request(ModelRef.InProcess.of(model.card()), DataRef.InProcess.of(data.origin()), access, limits);
    }

    /**
     * Returns into how many tasks a stage of an evaluation is divided at most; no more workers than these have work.
     *
     * @param data the examples, at least one
     * @param plan the attacks and their budgets
     * @return the number of tasks
     */
    public static int shards(Dataset data, Plan<?> plan) {
        return Sharding.tasks(data, plan);
    }

    /** Opens an evaluation, so that its tasks can be computed here. */
    @FunctionalInterface
    private interface Opening<M extends Classifier> {
        ShardComputer open(M model, CleanExamples examples, ShardPlan<M> plan, ShardWatch watch);
    }

    private <M extends Classifier> RobustnessReport evaluate(
            M model, Dataset given, Plan<M> plan, EvaluationRequest request, Opening<M> opening) {
        limits.question().ifPresent(question -> question.requireAsked(plan.balls()));
        Instant started = Instant.now();
        RunMonitor monitor = new RunMonitor(new TimeLimit(nanoTime, limits.time()), listener, plan);
        Admission admission = Admission.of(model, given, plan, monitor);
        Dataset data = admission.data();
        // before the attacks, which may take long
        plan.certificates()
                .ifPresent(certifying -> certifying.certifier().open(model).close());
        String key = JournalKey.of(model.card(), data, request)
                + (journal.isPresent() ? admission.fingerprint(model, monitor) : "");
        Sharding divided = Sharding.of(data, plan, !limits.equals(Limits.NONE));
        Optional<Journal> opened = journal.map(folder -> Journal.open(folder, key, divided.blockSize()));
        Sharding sharding =
                opened.map(entries -> divided.withBlocksOf(entries.blockSize())).orElse(divided);
        boolean blackBox = request.access() == Access.BLACK_BOX;
        monitor.expect(
                sharding.examples(),
                sharding.sizes().first(),
                data.classes().size(),
                DiagnosticsEstimate.of(plan, blackBox, data.classes().size()));
        StageRunner stages = new StageRunner(
                new ShardOpening(
                        Sha256.of(key.getBytes(StandardCharsets.UTF_8)),
                        request,
                        data.classes().size()),
                runner,
                admission.examples(),
                opening.open(model, admission.examples(), plan.forShards(), monitor),
                new KeptResults(opened, sink, takenOver),
                monitor);
        BlockSchedule<M> schedule = new BlockSchedule<>(limits, sharding, data, plan, monitor);
        List<BlockResult> counting = schedule.run(stages);
        stages.end();
        Diagnosis diagnosis = new Diagnosis(
                schedule.plan(),
                plan.attacks().size(),
                plan.stages(),
                schedule.attacksDone(),
                blackBox,
                admission,
                stages);
        Instant attacked = Instant.now();
        RobustnessReport report = new ReportAssembly(model, admission, request, schedule.plan(), counting)
                .report(
                        schedule.ending(),
                        schedule.gallery(),
                        diagnosis,
                        () -> timing(started, attacked, stages.certificationSeconds()));
        monitor.end();
        return report;
    }

    private RobustnessReport.Timing timing(Instant started, Instant attacked, double certificationSeconds) {
        return new RobustnessReport.Timing(
                started.truncatedTo(ChronoUnit.SECONDS).toString(),
                0,
                ChronoUnit.MILLIS.between(started, Instant.now()) / 1000.0,
                ChronoUnit.MILLIS.between(attacked, Instant.now()) / 1000.0,
                certificationSeconds,
                runner.workers(),
                runner.cluster());
    }
}
