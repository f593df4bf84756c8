package dev.gauntlet.torch;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.Sample;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.torch.objective.TrainingObjective;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Attacks the images that a {@link Guard} holds out, and remembers the best weights. */
final class Watch {
    private static final double STEP = 0.25;

    /** The factor of the largest allowed gap before {@link Guard#from}. */
    private static final double EARLY = 5;

    private final Guard guard;
    private final TrainingObjective objective;
    private final int[] ids;
    private final Batch heldOut;
    private final Problem problem;
    private Optional<Best> best = Optional.empty();

    /**
     * The best weights so far.
     *
     * @param measured what was measured after the epoch
     * @param weights the weights after the epoch
     */
    record Best(TrainingHistory.Watched measured, Map<String, WeightTensor> weights) {
        int epoch() {
            return measured.epoch();
        }
    }

    private Watch(Guard guard, TrainingObjective objective, int[] ids, Batch heldOut, long seed) {
        this.guard = guard;
        this.objective = objective;
        this.ids = ids;
        this.heldOut = heldOut;
        this.problem = Problem.of(heldOut, Norm.LINF).withSeed(seed);
    }

    static Watch of(Guard guard, TrainingObjective objective, long seed, Dataset train) {
        int[] ids = Sample.stratified(
                train, guard.heldOut(train.size()), RandomKey.of(seed).with("held-out"));
        return new Watch(guard, objective, ids, train.batch(ids), seed);
    }

    boolean holdsOut(int id) {
        return Arrays.binarySearch(ids, id) >= 0;
    }

    TrainingHistory.Watched measure(NetworkClassifier model, int epoch) {
        double epsilon = objective.epsilon();
        return new TrainingHistory.Watched(
                epoch,
                ids.length,
                robust(Fgsm.defaults(), model, 0),
                robust(Fgsm.defaults(), model, epsilon),
                robust(new Pgd(guard.steps(), STEP, true, 1, 0, new CrossEntropy()), model, epsilon),
                objective.isOnBounds() ? OptionalInt.of(certified(model)) : OptionalInt.empty());
    }

    private int robust(
            FixedBudgetAttack<DifferentiableClassifier> attack, DifferentiableClassifier model, double budget) {
        int robust = 0;
        for (boolean success : attack.prepare(model, problem).within(budget).success()) {
            if (!success) {
                robust++;
            }
        }
        return robust;
    }

    /** Counts the images whose class interval arithmetic in 32-bit floats proves in the whole ball. */
    private int certified(NetworkClassifier model) {
        float radius = (float) objective.epsilon();
        float[] lower = heldOut.pixels().clone();
        float[] upper = heldOut.pixels().clone();
        for (int i = 0; i < lower.length; i++) {
            lower[i] = Math.max(0, lower[i] - radius);
            upper[i] = Math.min(1, upper[i] + radius);
        }
        Logits worst = model.worstLogits(heldOut, lower, upper, 0);
        return (int) IntStream.range(0, heldOut.size())
                .filter(row -> isProved(worst, row, heldOut.labels()[row]))
                .count();
    }

    private static boolean isProved(Logits worst, int row, int label) {
        return IntStream.range(0, worst.classes())
                .allMatch(k -> k == label || worst.values()[row * worst.classes() + k] < 0);
    }

    /** Returns the sign of catastrophic overfitting, if there is one. */
    Optional<String> overfitting(TrainingHistory.Watched measured, double progress) {
        boolean early = progress < guard.from();
        double largest = early ? Math.min(1, EARLY * guard.gap()) : guard.gap();
        double pgd = (double) measured.pgd() / measured.examples();
        double fgsm = (double) measured.fgsm() / measured.examples();
        double before = best.map(kept -> (double) kept.measured().pgd() / measured.examples())
                .orElse(0.0);
        if (measured.gap() > largest) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "%.1f %% of the held-out images are robust under FGSM, but only %.1f %% under PGD",
                    100 * fgsm,
                    100 * pgd));
        }
        if (!early && before - pgd > guard.drop()) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "the accuracy under PGD on the held-out images fell from %.1f %% to %.1f %%",
                    100 * before,
                    100 * pgd));
        }
        return Optional.empty();
    }

    /** Keeps the weights if no earlier ones are as good, and tells whether it did. */
    boolean keepIfBest(TrainingHistory.Watched measured, Map<String, WeightTensor> weights) {
        boolean better =
                best.isEmpty() || measured.score() > best.get().measured().score();
        if (better) {
            best = Optional.of(new Best(measured, weights));
        }
        return better;
    }

    /** Continues where another run stopped. */
    void restore(TrainingState state) {
        best = state.progress().watched().stream()
                .filter(measured -> measured.epoch() == state.progress().bestEpoch())
                .findFirst()
                .map(measured -> new Best(measured, state.of(TrainingState.BEST)));
    }

    Optional<Best> best() {
        return best;
    }
}
