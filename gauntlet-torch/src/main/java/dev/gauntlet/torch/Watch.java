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
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Attacks the images that a {@link Guard} holds out, and remembers the best weights. */
final class Watch {
    private static final double STEP = 0.25;

    /** The factor of the largest allowed gap before {@link Guard#from}. */
    private static final double EARLY = 5;

    private final Guard guard;
    private final double epsilon;
    private final int[] ids;
    private final Problem problem;
    private Optional<Best> best = Optional.empty();

    /**
     * The best weights so far.
     *
     * @param epoch the number of the epoch
     * @param pgd how many images were robust
     * @param weights the weights after the epoch
     */
    record Best(int epoch, int pgd, Map<String, WeightTensor> weights) {}

    private Watch(Guard guard, double epsilon, int[] ids, Problem problem) {
        this.guard = guard;
        this.epsilon = epsilon;
        this.ids = ids;
        this.problem = problem;
    }

    static Watch of(Guard guard, double epsilon, long seed, Dataset train) {
        int[] ids = Sample.stratified(
                train, guard.heldOut(train.size()), RandomKey.of(seed).with("held-out"));
        Batch batch = train.batch(ids);
        return new Watch(guard, epsilon, ids, Problem.of(batch, Norm.LINF).withSeed(seed));
    }

    boolean holdsOut(int id) {
        return Arrays.binarySearch(ids, id) >= 0;
    }

    TrainingHistory.Watched measure(DifferentiableClassifier model, int epoch) {
        return new TrainingHistory.Watched(
                epoch,
                ids.length,
                robust(Fgsm.defaults(), model, 0),
                robust(Fgsm.defaults(), model, epsilon),
                robust(new Pgd(guard.steps(), STEP, true, 1, 0, new CrossEntropy()), model, epsilon));
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

    /** Returns the sign of catastrophic overfitting, if there is one. */
    Optional<String> overfitting(TrainingHistory.Watched measured, double progress) {
        boolean early = progress < guard.from();
        double largest = early ? Math.min(1, EARLY * guard.gap()) : guard.gap();
        double pgd = (double) measured.pgd() / measured.examples();
        double fgsm = (double) measured.fgsm() / measured.examples();
        double before =
                best.map(kept -> (double) kept.pgd() / measured.examples()).orElse(0.0);
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

    /** Keeps the weights if no earlier ones are as robust, and tells whether it did. */
    boolean keepIfBest(TrainingHistory.Watched measured, Map<String, WeightTensor> weights) {
        boolean better = best.isEmpty() || measured.pgd() > best.get().pgd();
        if (better) {
            best = Optional.of(new Best(measured.epoch(), measured.pgd(), weights));
        }
        return better;
    }

    Optional<Best> best() {
        return best;
    }
}
