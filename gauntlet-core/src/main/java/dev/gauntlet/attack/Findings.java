package dev.gauntlet.attack;

import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The best that an attack has found so far for each example of a problem; nothing found is ever lost.
 *
 * <p>Examples that are what the adversary wants already, and those of which it wants nothing, are left alone: they are
 * never among the rows to attack.
 */
final class Findings {
    private final Problem problem;
    private final boolean[] leftAlone;
    private final boolean[] success;
    private final double[] distances;
    private final float[] pixels;

    private Findings(Problem problem, boolean[] leftAlone, boolean[] success, double[] distances, float[] pixels) {
        this.problem = problem;
        this.leftAlone = leftAlone;
        this.success = success;
        this.distances = distances;
        this.pixels = pixels;
    }

    /**
     * Starts with the clean examples.
     *
     * <p>Cost: one forward pass.
     *
     * @throws dev.gauntlet.GauntletException if a label is no class of the model
     */
    static Findings of(Classifier model, Problem problem) {
        return of(model.logits(problem.clean()), problem);
    }

    /** Starts with the clean examples, whose logits are known. */
    static Findings of(Logits cleanLogits, Problem problem) {
        int size = problem.size();
        problem.requireLabels(cleanLogits);
        boolean[] leftAlone = new boolean[size];
        boolean[] success = new boolean[size];
        double[] distances = new double[size];
        for (int row = 0; row < size; row++) {
            success[row] = problem.isMet(cleanLogits, row);
            leftAlone[row] = success[row]
                    || !problem.criterion().appliesTo(problem.clean().labels()[row]);
            distances[row] = success[row] ? 0 : Double.POSITIVE_INFINITY;
        }
        return new Findings(
                problem, leftAlone, success, distances, problem.clean().pixels().clone());
    }

    /** Returns a copy that goes on by itself, for another budget. */
    Findings copy() {
        return new Findings(problem, leftAlone, success.clone(), distances.clone(), pixels.clone());
    }

    /** Returns the rows of the examples to attack, whether or not something is found already. */
    int[] attacked() {
        return IntStream.range(0, problem.size()).filter(row -> !leftAlone[row]).toArray();
    }

    /** Returns the rows of the examples to attack for which nothing is found yet. */
    int[] open() {
        return IntStream.range(0, problem.size())
                .filter(row -> !leftAlone[row] && !success[row])
                .toArray();
    }

    /** Tells whether something is found for an example. */
    boolean isFound(int row) {
        return success[row];
    }

    /**
     * Tells whether the model says of a candidate what the adversary wants.
     *
     * @param row the row of the example in the problem
     * @param logits what the model says of some candidates
     * @param candidate which of them is meant
     */
    boolean isSuccess(int row, Logits logits, int candidate) {
        int label = problem.clean().labels()[row];
        return logits.isFinite(candidate) && problem.criterion().isMet(logits.prediction(candidate), label);
    }

    /** Returns how far the nearest success is from the clean example; infinite if there is none. */
    double distance(int row) {
        return distances[row];
    }

    /** Copies the best that is found for an example, its clean pixels if nothing is, into another array. */
    void copyTo(int row, float[] target, int offset) {
        int length = problem.clean().shape().size();
        System.arraycopy(pixels, row * length, target, offset, length);
    }

    /**
     * Keeps, of some candidates, those that are what the adversary wants and nearer than what was found before.
     *
     * @param rows the row in the problem of each candidate
     * @param candidates their pixels, one after the other
     * @param logits what the model says of them
     * @return which of the candidates are not what the adversary wants, in growing order
     */
    int[] keep(int[] rows, float[] candidates, Logits logits) {
        int[] failed = new int[rows.length];
        int failures = 0;
        for (int candidate = 0; candidate < rows.length; candidate++) {
            if (isSuccess(rows[candidate], logits, candidate)) {
                keep(rows[candidate], candidates, candidate);
            } else {
                failed[failures++] = candidate;
            }
        }
        return Arrays.copyOf(failed, failures);
    }

    /**
     * Keeps a success unless one that is at least as near was found before.
     *
     * @param row the row of the example in the problem
     * @param candidates the pixels of some candidates
     * @param candidate which of them is the success
     * @return whether it was kept
     */
    boolean keep(int row, float[] candidates, int candidate) {
        int length = problem.clean().shape().size();
        float[] clean = Arrays.copyOfRange(problem.clean().pixels(), row * length, (row + 1) * length);
        float[] found = Arrays.copyOfRange(candidates, candidate * length, (candidate + 1) * length);
        double distance = problem.norm().distance(clean, found, 0, length);
        if (!(distance < distances[row])) {
            return false;
        }
        success[row] = true;
        distances[row] = distance;
        System.arraycopy(found, 0, pixels, row * length, length);
        return true;
    }

    AttackResult result() {
        return new AttackResult(pixels.clone(), success.clone());
    }
}
