package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.Logits;
import java.util.Arrays;
import java.util.SplittableRandom;

/** How far the random search of {@link Square} has come with one example. */
final class SquareWalk {
    final int row;
    final SplittableRandom random;
    final float[] clean;

    /** The pixels with the largest loss so far. */
    final float[] best;

    /** What {@link SquareMovesL2L1} calls the weight of the change from the clean to the best pixels. */
    double weight;

    /** Where the window of the last change is. */
    int top;

    int left;

    private final int label;
    private final Loss objective;
    private double loss = Double.NEGATIVE_INFINITY;

    SquareWalk(Problem problem, int row, Loss loss, int restart) {
        Batch batch = problem.clean();
        int length = batch.shape().size();
        this.row = row;
        this.random = problem.randomness(row).with(restart).generator();
        this.clean = Arrays.copyOfRange(batch.pixels(), row * length, (row + 1) * length);
        this.best = clean.clone();
        this.label = batch.labels()[row];
        this.objective = problem.criterion().objective(loss, label);
    }

    /** Notes the loss of a candidate and tells whether it is larger than all before, as that of the start always is. */
    boolean improves(Logits logits, int candidate) {
        double candidateLoss = objective.value(logits.values(), candidate * logits.classes(), logits.classes(), label);
        if (logits.isFinite(candidate) && candidateLoss > loss) {
            loss = candidateLoss;
            return true;
        }
        return false;
    }
}
