package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.LpBall;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

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
    /** How many exhibits the gallery keeps for each budget and true class. */
    private static final int EXHIBITS_PER_CLASS = 1;

    /** The gallery shows at most this many examples for each budget. */
    private static final int EXHIBITS_PER_EPSILON = 10;

    /** How many examples show whether a model fits the data and answers the same twice. */
    private static final int TRIED_EXAMPLES = 100;

    /** A pixel may be outside [0,1] by the rounding of whoever scaled it. */
    private static final float RANGE_TOLERANCE = 1e-6f;

    private final Runner runner;
    private final IntConsumer progress;

    private Evaluator(Runner runner, IntConsumer progress) {
        this.runner = runner;
        this.progress = progress;
    }

    /**
     * Creates an evaluator.
     *
     * @param runner where the work is done
     * @return the evaluator
     */
    public static Evaluator on(Runner runner) {
        return new Evaluator(runner, examples -> {});
    }

    /**
     * Returns the same evaluator, telling how far it is.
     *
     * @param listener told the number of examples finished since the last call, by one thread at a time
     * @return the evaluator
     */
    public Evaluator withProgress(IntConsumer listener) {
        return new Evaluator(runner, listener);
    }

    /**
     * Runs a plan over a whole data set.
     *
     * @param model the model under attack
     * @param data the examples
     * @param plan the attack and its budgets
     * @return the record of the run
     * @throws GauntletException if the data set is empty, its pixels are outside [0,1], or the model does not fit it, is
     *     not deterministic or gives a logit that is NaN or infinite
     */
    public RobustnessReport evaluate(DifferentiableClassifier model, Dataset data, Plan plan) {
        if (data.size() == 0) {
            throw new GauntletException("The data set %s %s is empty."
                    .formatted(data.origin().name(), data.origin().split()));
        }
        Instant started = Instant.now();
        tryOut(model, data);
        int shards = 1 + (data.size() - 1) / plan.shardSize();
        List<Shard> finished = runner.run(
                shards,
                shard -> {
                    int first = shard * plan.shardSize();
                    int end = first + Math.min(data.size() - first, plan.shardSize());
                    return evaluateShard(
                            model, data, plan, IntStream.range(first, end).toArray());
                },
                shard -> progress.accept(shard.size()));
        return report(model, data, plan, finished, started);
    }

    private static Shard evaluateShard(DifferentiableClassifier model, Dataset data, Plan plan, int[] ids) {
        Batch clean = inRange(data.batch(ids), data);
        ObservedModel observed = new ObservedModel(model, clean);
        FixedBudgetAttack.Search search = plan.attack().prepare(observed, copy(clean));
        Logits cleanLogits = observed.cleanLogits();
        requireFit(cleanLogits, clean, data, model);
        requireFinite(cleanLogits, clean, 0, model);
        SortedMap<Long, Integer> rows = rowsInGalleryOrder(plan, clean);
        List<ShardResult> results = new ArrayList<>();
        for (double epsilon : plan.epsilons()) {
            LpBall ball = new LpBall(plan.norm(), epsilon);
            Batch adversarial = clean.withPixels(search.within(ball));
            double[] distances = judge(clean, adversarial, ball, plan);
            // with nothing changed the clean logits are the answer: the model is deterministic
            Logits logits = epsilon == 0 ? cleanLogits : model.logits(adversarial);
            requireFinite(logits, clean, epsilon, model);
            results.add(
                    result(rows, data.classes().size(), epsilon, clean, cleanLogits, adversarial, logits, distances));
        }
        return new Shard(ids, clean.labels(), results);
    }

    private static ShardResult result(
            SortedMap<Long, Integer> rowsInGalleryOrder,
            int classes,
            double epsilon,
            Batch clean,
            Logits cleanLogits,
            Batch adversarial,
            Logits logits,
            double[] distances) {
        CrossEntropy crossEntropy = new CrossEntropy();
        int[] predictions = new int[clean.size()];
        int correct = 0;
        int wrong = 0;
        int unchanged = 0;
        double loss = 0;
        double confidenceWhenWrong = 0;
        for (int row = 0; row < clean.size(); row++) {
            int label = clean.labels()[row];
            int prediction = logits.prediction(row);
            predictions[row] = prediction;
            if (prediction != label) {
                wrong++;
                confidenceWhenWrong += logits.confidence(row);
            } else if (cleanLogits.prediction(row) == label) {
                correct++;
            }
            if (distances[row] == 0) {
                unchanged++;
            }
            loss += crossEntropy.value(logits.values(), row * logits.classes(), logits.classes(), label);
        }
        double largestDistance = Arrays.stream(distances).max().orElse(0);
        SortedMap<Long, Exhibit> exhibits = new TreeMap<>();
        int[] exhibitsOfClass = new int[classes];
        for (Map.Entry<Long, Integer> entry : rowsInGalleryOrder.entrySet()) {
            int row = entry.getValue();
            int label = clean.labels()[row];
            boolean fooled = predictions[row] != label && cleanLogits.prediction(row) == label;
            if (fooled && exhibitsOfClass[label] < EXHIBITS_PER_CLASS) {
                exhibitsOfClass[label]++;
                exhibits.put(entry.getKey(), exhibit(epsilon, row, clean, cleanLogits, adversarial, logits));
            }
            if (exhibits.size() == classes * EXHIBITS_PER_CLASS) {
                break;
            }
        }
        return new ShardResult(
                predictions, correct, wrong, unchanged, loss, confidenceWhenWrong, largestDistance, exhibits);
    }

    private static Exhibit exhibit(
            double epsilon, int row, Batch clean, Logits cleanLogits, Batch adversarial, Logits logits) {
        int length = clean.shape().size();
        return new Exhibit(
                epsilon,
                clean.ids()[row],
                clean.labels()[row],
                cleanLogits.prediction(row),
                cleanLogits.confidence(row),
                logits.prediction(row),
                logits.confidence(row),
                Arrays.copyOfRange(clean.pixels(), row * length, (row + 1) * length),
                Arrays.copyOfRange(adversarial.pixels(), row * length, (row + 1) * length));
    }

    /** The gallery takes examples in an order drawn by the seed, so that it is not always the first of the data set. */
    private static SortedMap<Long, Integer> rowsInGalleryOrder(Plan plan, Batch batch) {
        RandomKey gallery = RandomKey.of(plan.seed()).with("gallery");
        SortedMap<Long, Integer> rows = new TreeMap<>();
        for (int row = 0; row < batch.size(); row++) {
            rows.put(gallery.with(batch.ids()[row]).state(), row);
        }
        return rows;
    }

    /** Measures every example in double precision and refuses what the adversary was not allowed to do. */
    private static double[] judge(Batch clean, Batch adversarial, LpBall ball, Plan plan) {
        int length = clean.shape().size();
        double[] distances = new double[clean.size()];
        if (Arrays.equals(clean.pixels(), adversarial.pixels())) {
            return distances;
        }
        for (int row = 0; row < clean.size(); row++) {
            double distance = ball.distance(clean.pixels(), adversarial.pixels(), row * length, length);
            if (!ball.allows(distance)) {
                throw new IllegalStateException("The attack %s moved example %d by %s, but only %s is allowed in %s."
                        .formatted(
                                plan.attack().name(),
                                clean.ids()[row],
                                distance,
                                ball.epsilon(),
                                ball.norm().title()));
            }
            distances[row] = distance;
        }
        int outside = firstOutside(adversarial.pixels(), 0);
        if (outside >= 0) {
            throw new IllegalStateException("The attack %s gave example %d a pixel of %s, outside [0,1]."
                    .formatted(
                            plan.attack().name(),
                            clean.ids()[outside / length],
                            adversarial.pixels()[outside]));
        }
        return distances;
    }

    /** An attack gets arrays of its own, so that writing to them cannot move what it is measured against. */
    private static Batch copy(Batch batch) {
        return new Batch(
                batch.shape(),
                batch.ids().clone(),
                batch.labels().clone(),
                batch.pixels().clone());
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

    /** Finds on a few examples, before any work, what would spoil all of it. */
    private static void tryOut(DifferentiableClassifier model, Dataset data) {
        Batch few = inRange(
                data.batch(IntStream.range(0, Math.min(TRIED_EXAMPLES, data.size()))
                        .toArray()),
                data);
        Logits logits = model.logits(few);
        requireFit(logits, few, data, model);
        requireFinite(logits, few, 0, model);
        if (!Arrays.equals(logits.values(), model.logits(few).values())) {
            throw new GauntletException(
                    "The model %s gave two different answers to the same images, so no accuracy means anything; switch dropout and other randomness off (evaluation mode)."
                            .formatted(model.card().name()));
        }
    }

    private static void requireFit(Logits logits, Batch batch, Dataset data, DifferentiableClassifier model) {
        if (logits.classes() != data.classes().size()) {
            throw new GauntletException("The model %s has %d outputs, but %s has %d classes."
                    .formatted(
                            model.card().name(),
                            logits.classes(),
                            data.origin().name(),
                            data.classes().size()));
        }
        if (logits.size() != batch.size()) {
            throw new GauntletException("The model %s gave %d rows of logits for %d images."
                    .formatted(model.card().name(), logits.size(), batch.size()));
        }
    }

    private static void requireFinite(Logits logits, Batch batch, double epsilon, DifferentiableClassifier model) {
        for (int row = 0; row < logits.size(); row++) {
            if (!logits.isFinite(row)) {
                throw new GauntletException(
                        "The model %s gave a logit that is NaN or infinite for example %d at epsilon %s; check its weights."
                                .formatted(model.card().name(), batch.ids()[row], epsilon));
            }
        }
    }

    private RobustnessReport report(
            DifferentiableClassifier model, Dataset data, Plan plan, List<Shard> shards, Instant started) {
        int n = data.size();
        List<EpsilonResult> results = new ArrayList<>();
        List<Exhibit> gallery = new ArrayList<>();
        for (int e = 0; e < plan.epsilons().size(); e++) {
            int correct = 0;
            int wrong = 0;
            int unchanged = 0;
            double loss = 0;
            double confidenceWhenWrong = 0;
            double largestDistance = 0;
            TreeMap<Long, Exhibit> exhibits = new TreeMap<>();
            List<int[]> predictions = new ArrayList<>();
            for (Shard shard : shards) {
                ShardResult result = shard.results().get(e);
                correct += result.correct();
                wrong += result.wrong();
                unchanged += result.unchanged();
                loss += result.loss();
                confidenceWhenWrong += result.confidenceWhenWrong();
                largestDistance = Math.max(largestDistance, result.largestDistance());
                exhibits.putAll(result.exhibits());
                predictions.add(result.predictions());
            }
            double epsilon = plan.epsilons().get(e);
            results.add(new EpsilonResult(
                    epsilon,
                    Interval.of(correct, n),
                    loss / n,
                    wrong == 0 ? 0 : confidenceWhenWrong / wrong,
                    unchanged,
                    largestDistance,
                    concatenate(predictions)));
            gallery.addAll(choose(exhibits, data.classes().size()));
        }
        return new RobustnessReport(
                RobustnessReport.SCHEMA_VERSION,
                RobustnessReport.Provenance.current(),
                model.card(),
                data.origin(),
                data.shape(),
                data.classes(),
                new RobustnessReport.AttackRecord(
                        plan.attack().name(),
                        plan.attack().options(),
                        plan.norm().id(),
                        plan.seed(),
                        plan.shardSize()),
                concatenate(shards.stream().map(Shard::ids).toList()),
                concatenate(shards.stream().map(Shard::labels).toList()),
                results,
                gallery,
                new RobustnessReport.Timing(
                        started.truncatedTo(ChronoUnit.SECONDS).toString(),
                        0,
                        ChronoUnit.MILLIS.between(started, Instant.now()) / 1000.0,
                        runner.workers()));
    }

    /** Takes the exhibits in gallery order, few per class, and shows them by class. */
    private static List<Exhibit> choose(SortedMap<Long, Exhibit> exhibits, int classes) {
        int[] ofClass = new int[classes];
        List<Exhibit> chosen = new ArrayList<>();
        for (Exhibit exhibit : exhibits.values()) {
            if (chosen.size() < EXHIBITS_PER_EPSILON && ofClass[exhibit.label()]++ < EXHIBITS_PER_CLASS) {
                chosen.add(exhibit);
            }
        }
        chosen.sort(Comparator.comparingInt(Exhibit::label).thenComparingInt(Exhibit::id));
        return chosen;
    }

    private static int[] concatenate(List<int[]> parts) {
        return parts.stream().flatMapToInt(Arrays::stream).toArray();
    }

    private record Shard(int[] ids, int[] labels, List<ShardResult> results) {
        int size() {
            return ids.length;
        }
    }

    private record ShardResult(
            int[] predictions,
            int correct,
            int wrong,
            int unchanged,
            double loss,
            double confidenceWhenWrong,
            double largestDistance,
            SortedMap<Long, Exhibit> exhibits) {}
}
