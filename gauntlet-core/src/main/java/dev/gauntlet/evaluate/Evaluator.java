package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.Sample;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.GradientDiagnostics;
import dev.gauntlet.diagnose.OutputDiagnostics;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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
    /** How many examples show whether a model fits the data and answers the same twice. */
    private static final int TRIED_EXAMPLES = 100;

    /** Into how many shards a small sample is divided, so that there is work for several workers. */
    private static final int SHARDS = 8;

    /** Fewer examples than these would waste the power of the engine. */
    private static final int SMALL_SHARD = 50;

    /** A pixel may be outside [0,1] by the rounding of whoever scaled it. */
    private static final float RANGE_TOLERANCE = 1e-6f;

    private final Runner runner;
    private final EvaluationListener listener;
    private final Optional<Path> journal;
    private final IntConsumer takenOver;
    private final Limits limits;
    private final Optional<SuccessSink> keeper;
    private final LongSupplier nanoTime;

    private Evaluator(
            Runner runner,
            EvaluationListener listener,
            Optional<Path> journal,
            IntConsumer takenOver,
            Limits limits,
            Optional<SuccessSink> keeper,
            LongSupplier nanoTime) {
        this.runner = runner;
        this.listener = listener;
        this.journal = journal;
        this.takenOver = takenOver;
        this.limits = limits;
        this.keeper = keeper;
        this.nanoTime = nanoTime;
    }

    /**
     * Creates an evaluator.
     *
     * @param runner where the work is done
     * @return the evaluator
     */
    public static Evaluator on(Runner runner) {
        return new Evaluator(
                runner,
                EvaluationListener.NONE,
                Optional.empty(),
                examples -> {},
                Limits.NONE,
                Optional.empty(),
                System::nanoTime);
    }

    /**
     * Returns the same evaluator, telling how far it is.
     *
     * @param other told after each pass of the model
     * @return the evaluator
     */
    public Evaluator withProgress(EvaluationListener other) {
        return new Evaluator(runner, other, journal, takenOver, limits, keeper, nanoTime);
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
        return new Evaluator(runner, listener, Optional.of(folder), takesOver, limits, keeper, nanoTime);
    }

    /**
     * Returns the same evaluator that may end early.
     *
     * @param otherLimits when
     * @return the evaluator
     */
    public Evaluator withLimits(Limits otherLimits) {
        return new Evaluator(runner, listener, journal, takenOver, otherLimits, keeper, nanoTime);
    }

    /**
     * Returns the same evaluator that also hands out what the attacks found.
     *
     * @param other takes it; a shard of the journal that it does not have is evaluated again
     * @return the evaluator
     */
    public Evaluator keeping(SuccessSink other) {
        return new Evaluator(runner, listener, journal, takenOver, limits, Optional.of(other), nanoTime);
    }

    /** Returns the same evaluator with another clock for limits and progress, in nanoseconds from any moment. */
    Evaluator withClock(LongSupplier other) {
        return new Evaluator(runner, listener, journal, takenOver, limits, keeper, other);
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
        return evaluate(model, data, plan, false, QueryRecorder::whiteBox, (monitor, run) -> {
            var watched = WatchedModel.withGradient(model, monitor.diagnosing());
            return (correct, standing, epsilon, blind) ->
                    new GradientDiagnostics(watched, correct, standing, epsilon, run.attacks(), blind).probes();
        });
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
        return evaluate(
                model,
                data,
                plan,
                true,
                (unseen, observation) -> observation.blackBox(),
                (monitor, run) -> (correct, standing, epsilon, blind) -> List.of());
    }

    private <M extends Classifier> RobustnessReport evaluate(
            M model,
            Dataset given,
            Plan<M> plan,
            boolean blackBox,
            BiFunction<M, QueryRecorder, M> observed,
            BiFunction<RunMonitor, Plan<M>, Diagnosis.Examiner> examiner) {
        if (given.size() == 0) {
            throw new GauntletException("The data set %s %s is empty."
                    .formatted(given.origin().name(), given.origin().split()));
        }
        limits.question().ifPresent(question -> question.requireAsked(plan));
        requireAnswers(model, plan);
        Instant started = Instant.now();
        RunMonitor monitor = new RunMonitor(nanoTime, listener, limits.time(), plan);
        FirstLook trial = tryOut(model, given, monitor);
        Dataset data = trial.data();
        plan.requireClasses(data.classes().size());
        List<Diagnostic> answers = trial.answers();
        Optional<Journal> kept = journal.map(folder -> Journal.open(folder, identity(model, data, plan)));
        RandomKey randomness = RandomKey.of(plan.seed());
        int[] ids = Sample.spread(data, Sample.stratified(data, plan.examples(), randomness), randomness);
        int shardSize = shardSize(plan, data, ids.length);
        int shards = 1 + (ids.length - 1) / shardSize;
        IntPredicate isKept =
                number -> kept.filter(entries -> entries.has(number)).isPresent()
                        && keeper.stream().allMatch(other -> other.has(number));
        IntUnaryOperator size = number -> Math.min(ids.length - number * shardSize, shardSize);
        monitor.attacks(
                ids.length,
                IntStream.range(0, shards).filter(isKept.negate()).map(size).sum(),
                shardSize,
                data.classes().size(),
                blackBox || plan.epsilons().size() < 2
                        ? Passes.NONE
                        : GradientDiagnostics.mostPasses(
                                plan.attacks(),
                                plan.norm(),
                                plan.epsilons().get(1),
                                data.classes().size()));
        ShardSchedule<M> course = new ShardSchedule<>(runner, limits, monitor, plan, ids.length, data.size());
        GallerySelection gallery = new GallerySelection(plan.seed());
        GalleryCollector exhibition =
                new GalleryCollector(gallery, plan.epsilons().size());
        List<Shard> finished = course.run(
                shards,
                number -> {
                    Optional<Shard> before =
                            isKept.test(number) ? kept.flatMap(entries -> entries.read(number)) : Optional.empty();
                    if (before.isPresent()) {
                        takenOver.accept(before.get().size());
                        monitor.takeOver(before.get());
                        return new ShardOutcome.Finished(before.get());
                    }
                    int first = number * shardSize;
                    int[] own = Arrays.copyOfRange(ids, first, first + size.applyAsInt(number));
                    Arrays.sort(own);
                    Batch clean = inRange(data.batch(own), data);
                    ShardEvaluation<M> evaluation = new ShardEvaluation<>(
                            model, observed, plan, clean, monitor, monitor.shard(number, own.length));
                    ShardOutcome outcome = evaluation.run(gallery);
                    if (outcome instanceof ShardOutcome.Finished done) {
                        keeper.ifPresent(other -> other.keep(number, evaluation.successes()));
                        kept.ifPresent(entries -> entries.write(number, done.shard()));
                    }
                    monitor.end(number, outcome instanceof ShardOutcome.Finished);
                    return outcome;
                },
                exhibition);
        return report(
                model,
                data,
                course.plan(),
                blackBox,
                course.ending(),
                finished,
                exhibition.exhibits(),
                started,
                new Diagnosis(
                        course.plan(),
                        plan.attacks().size(),
                        course.attacksDone(),
                        blackBox,
                        answers,
                        examiner.apply(monitor, course.plan()),
                        runner,
                        monitor));
    }

    /** Refuses attacks that need logits of a model that gives only the predicted class. */
    private static void requireAnswers(Classifier model, Plan<?> plan) {
        if (!model.givesOnlyClasses()) {
            return;
        }
        String needMore = plan.attacks().stream()
                .filter(attack -> !attack.isDecisionBased())
                .map(Attack::name)
                .distinct()
                .collect(Collectors.joining(", "));
        if (!needMore.isEmpty()) {
            throw new GauntletException(
                    "The model %s gives only the predicted class, but %s needs logits; attack it with %s."
                            .formatted(
                                    model.card().name(),
                                    needMore,
                                    Attacks.all().stream()
                                            .filter(attack -> attack.isDecisionBased() && !attack.isBaseline())
                                            .map(Attack::name)
                                            .collect(Collectors.joining(" or "))));
        }
    }

    /**
     * Returns into how many shards an evaluation is divided; no more workers than these have work.
     *
     * @param data the examples, at least one
     * @param plan the attacks and their budgets
     * @return the number of shards
     */
    public static int shards(Dataset data, Plan<?> plan) {
        int examples = Math.min(plan.examples(), data.size());
        return 1 + (examples - 1) / shardSize(plan, data, examples);
    }

    private static int shardSize(Plan<?> plan, Dataset data, int examples) {
        return Math.min(plan.shardSizeFor(data.shape()), Math.max(SMALL_SHARD, (examples - 1) / SHARDS + 1));
    }

    /** Says in words everything that the shards depend on. */
    private static String identity(Classifier model, Dataset data, Plan<?> plan) {
        return Stream.of(
                        "gauntlet " + RobustnessReport.Provenance.current().version(),
                        "model " + model.card().architecture() + " "
                                + model.card().sha256(),
                        "engine " + model.card().engine(),
                        "contract " + model.card().contract() + " "
                                + model.card().contract().layout() + " "
                                + model.card().contract().logits(),
                        "data %s %s, %d examples, %s"
                                .formatted(
                                        data.origin().name(),
                                        data.origin().split(),
                                        data.size(),
                                        data.origin().sha256()),
                        "attacks "
                                + plan.attacks().stream()
                                        .map(attack -> attack.name() + attack.options())
                                        .collect(Collectors.joining(", ")),
                        "norm " + plan.norm().id(),
                        "criterion " + plan.criterion().name(),
                        "epsilons " + plan.epsilons(),
                        "seed " + plan.seed(),
                        "examples " + plan.examples(),
                        "shard size " + plan.shardSizeFor(data.shape())
                                + ", shards spread over the classes, with the extremes",
                        "")
                .collect(Collectors.joining("\n"));
    }

    /** Takes the rounding away, so that an attack that clamps to [0,1] leaves an image alone at epsilon 0. */
    private static Batch inRange(Batch clean, Dataset data) {
        if (firstOutside(clean.pixels(), 0) < 0) {
            return clean;
        }
        int outside = firstOutside(clean.pixels(), RANGE_TOLERANCE);
        if (outside >= 0) {
            throw new GauntletException(
                    "Example %d of %s has a pixel of %s, outside [0,1]; if the data was normalised, undo it and make mean and std a layer of the model."
                            .formatted(
                                    clean.ids()[outside / clean.shape().size()],
                                    data.origin().name(),
                                    clean.pixels()[outside]));
        }
        float[] clamped = new float[clean.pixels().length];
        for (int i = 0; i < clamped.length; i++) {
            clamped[i] = Math.max(0f, Math.min(1f, clean.pixels()[i]));
        }
        return clean.withPixels(clamped);
    }

    /** Finds the first pixel outside [0,1], counting NaN as outside; -1 if there is none. */
    private static int firstOutside(float[] pixels, float tolerance) {
        for (int i = 0; i < pixels.length; i++) {
            if (!(pixels[i] >= -tolerance && pixels[i] <= 1 + tolerance)) {
                return i;
            }
        }
        return -1;
    }

    /**
     * What a few examples tell.
     *
     * @param data the examples, with the classes of the model
     * @param answers what the model's answers say about it
     */
    private record FirstLook(Dataset data, List<Diagnostic> answers) {}

    /** Finds on a few examples, before any work, what would spoil all of it. */
    private FirstLook tryOut(Classifier model, Dataset data, RunMonitor monitor) {
        Classifier watched = WatchedModel.of(model, monitor.checking());
        try {
            Batch few = inRange(
                    data.batch(IntStream.range(0, Math.min(TRIED_EXAMPLES, data.size()))
                            .toArray()),
                    data);
            Optional<Logits> ofFirst = monitor.isLimited() && few.size() >= RunMonitor.LEAST_LOOK
                    ? Optional.of(learnSpeed(watched, few, monitor))
                    : Optional.empty();
            few = few.select(IntStream.range(0, monitor.affordable(few.size())).toArray());
            Logits logits =
                    few.size() == RunMonitor.LEAST_LOOK && ofFirst.isPresent() ? ofFirst.get() : watched.logits(few);
            if (logits.size() != few.size()) {
                throw new GauntletException("The model %s gave %d rows of logits for %d images."
                        .formatted(model.card().name(), logits.size(), few.size()));
            }
            Dataset fitted = data.forOutputs(model.card().name(), logits.classes());
            requireFinite(logits, few, 0, model);
            return new FirstLook(
                    fitted,
                    examine(WatchedModel.of(model, monitor.checkingAnswers()), few, logits, monitor.alone(few.size())));
        } catch (TimeUp e) {
            throw new GauntletException("The time limit was reached %s; raise it.".formatted(monitor.firstLook()), e);
        }
    }

    /**
     * Asks so often that it is seen how long a pass takes, and how that grows with the images in it.
     *
     * @return what the model says of the first few images
     */
    private static Logits learnSpeed(Classifier watched, Batch few, RunMonitor monitor) {
        Batch one = few.select(new int[] {0});
        watched.logits(one);
        Logits ofFirst = watched.logits(
                few.select(IntStream.range(0, RunMonitor.LEAST_LOOK).toArray()));
        if (monitor.hasToLearnMore()) {
            // a first pass may be unusually slow
            watched.logits(one);
        }
        return ofFirst;
    }

    /** Looks at what the answers give away; what would take too much of a time limit is left out. */
    private static List<Diagnostic> examine(Classifier watched, Batch few, Logits logits, int alone) {
        Diagnostic twice = inTime(WarningSign.NONDETERMINISTIC, () -> OutputDiagnostics.twice(watched, few, logits));
        return List.of(
                twice,
                twice.raised()
                        ? Diagnostic.notMeasured(
                                WarningSign.BATCH_DEPENDENT, "The model answers differently each time anyway.")
                        : inTime(
                                WarningSign.BATCH_DEPENDENT,
                                () -> OutputDiagnostics.alone(watched, few, logits, alone)),
                OutputDiagnostics.probabilities(logits));
    }

    private static Diagnostic inTime(WarningSign indicator, Supplier<Diagnostic> look) {
        try {
            return look.get();
        } catch (TimeUp e) {
            return Diagnostic.notMeasured(indicator, Diagnosis.NO_TIME);
        }
    }

    private static void requireFinite(Logits logits, Batch batch, double epsilon, Classifier model) {
        for (int row = 0; row < logits.size(); row++) {
            if (!logits.isFinite(row)) {
                throw new GauntletException(
                        "The model %s gave a logit that is NaN or infinite for example %d at epsilon %s; check its weights."
                                .formatted(model.card().name(), batch.ids()[row], epsilon));
            }
        }
    }

    private <M extends Classifier> RobustnessReport report(
            M model,
            Dataset data,
            Plan<M> plan,
            boolean blackBox,
            Completion ending,
            List<Shard> shards,
            List<GalleryExample> exhibits,
            Instant started,
            Diagnosis diagnosis) {
        int[] unordered = shards.stream()
                .flatMapToInt(shard -> Arrays.stream(shard.ids()))
                .toArray();
        int[] order = IntStream.range(0, unordered.length)
                .boxed()
                .sorted(Comparator.comparingInt(i -> unordered[i]))
                .mapToInt(i -> i)
                .toArray();
        int[] ids = concatenate(order, shards, Shard::ids);
        double[] distances = shards.stream()
                .flatMapToDouble(shard -> Arrays.stream(shard.distances()))
                .toArray();
        List<EpsilonResult> results = new ArrayList<>();
        for (int e = 0; e < plan.epsilons().size(); e++) {
            int number = e;
            results.add(result(
                    plan.epsilons().get(e),
                    order,
                    shards.stream().map(shard -> shard.budgets().get(number)).toList()));
        }
        int[] labels = concatenate(order, shards, Shard::labels);
        List<RobustnessReport.AttackRecord> attacks = new ArrayList<>();
        for (int a = 0; a < plan.attacks().size(); a++) {
            int number = a;
            Shard.Cost cost =
                    shards.stream().map(shard -> shard.costs().get(number)).reduce(Shard.Cost.NONE, Shard.Cost::plus);
            attacks.add(new RobustnessReport.AttackRecord(
                    plan.attacks().get(a).name(),
                    plan.attacks().get(a).options(),
                    plan.attacks().get(a) instanceof MinimalNormAttack,
                    cost.forwards(),
                    cost.backwards(),
                    cost.zeroGradients()));
        }
        return new RobustnessReport(
                RobustnessReport.SCHEMA_VERSION,
                RobustnessReport.Provenance.current(),
                model.card(),
                data.origin(),
                data.shape(),
                data.classes(),
                new RobustnessReport.PlanRecord(
                        AutoAttack.nameOf(plan.attacks(), plan.norm(), model)
                                .orElseGet(() -> attacks.stream()
                                        .map(RobustnessReport.AttackRecord::name)
                                        .collect(Collectors.joining(", "))),
                        plan.norm().id(),
                        plan.criterion().name(),
                        blackBox,
                        plan.seed(),
                        data.size(),
                        plan.shardSizeFor(data.shape()),
                        plan.attacks().stream()
                                .flatMap(attack -> attack.remark(data.classes().size()).stream())
                                .toList()),
                attacks,
                ids,
                labels,
                Arrays.stream(order).mapToDouble(i -> distances[i]).toArray(),
                results,
                ending,
                diagnosis.of(
                        model,
                        numbers -> inRange(data.batch(numbers), data),
                        ids,
                        labels,
                        data.classes(),
                        attacks,
                        results),
                exhibits,
                new RobustnessReport.Timing(
                        started.truncatedTo(ChronoUnit.SECONDS).toString(),
                        0,
                        ChronoUnit.MILLIS.between(started, Instant.now()) / 1000.0,
                        runner.workers()));
    }

    private static EpsilonResult result(double epsilon, int[] order, List<Shard.Budget> budgets) {
        int examples = order.length;
        int correct = budgets.stream().mapToInt(Shard.Budget::correct).sum();
        int wrong = budgets.stream().mapToInt(Shard.Budget::wrong).sum();
        double confidence =
                budgets.stream().mapToDouble(Shard.Budget::confidenceWhenWrong).sum();
        return new EpsilonResult(
                epsilon,
                Interval.of(correct, examples),
                Interval.of(
                        correct
                                + budgets.stream()
                                        .mapToInt(Shard.Budget::lostByRounding)
                                        .sum(),
                        examples),
                wrong == 0 ? 0 : confidence / wrong,
                budgets.stream()
                        .mapToDouble(Shard.Budget::largestDistance)
                        .max()
                        .orElse(0),
                concatenate(order, budgets, Shard.Budget::predictions),
                concatenate(order, budgets, Shard.Budget::brokenBy));
    }

    private static <T> int[] concatenate(int[] order, List<T> parts, Function<T, int[]> numbers) {
        int[] all = parts.stream().map(numbers).flatMapToInt(Arrays::stream).toArray();
        return Arrays.stream(order).map(i -> all[i]).toArray();
    }
}
