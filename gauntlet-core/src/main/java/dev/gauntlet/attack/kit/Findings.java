package dev.gauntlet.attack.kit;

import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The nearest success that an attack has found so far for each example of a problem.
 *
 * <p>Examples that already meet the criterion, and examples to which it does not apply, are not attacked.
 *
 * <p>Example: {@code int[] failed = findings.keep(rows, x, model.logits(clean.withPixels(x)))}.
 */
public final class Findings {
    private final Problem problem;
    private final Logits cleanLogits;
    private final Optional<Gradient> cleanGradient;
    private final boolean[] leftAlone;
    private final boolean[] success;
    private final double[] distances;
    private final float[] pixels;

    private Findings(
            Problem problem,
            Logits cleanLogits,
            Optional<Gradient> cleanGradient,
            boolean[] leftAlone,
            boolean[] success,
            double[] distances,
            float[] pixels) {
        this.problem = problem;
        this.cleanLogits = cleanLogits;
        this.cleanGradient = cleanGradient;
        this.leftAlone = leftAlone;
        this.success = success;
        this.distances = distances;
        this.pixels = pixels;
    }

    /**
     * Creates the findings from a forward pass on the clean examples.
     *
     * <p>Cost: one forward pass.
     *
     * @param model the model under attack
     * @param problem the problem
     * @return the findings
     * @throws dev.gauntlet.GauntletException if a label is not a class of the model
     */
    public static Findings of(Classifier model, Problem problem) {
        return of(problem, model.logits(problem.clean()), Optional.empty());
    }

    /**
     * Creates the findings from the gradients at the clean examples, for attacks that need them.
     *
     * @param clean the logits and gradients of the clean examples
     * @param problem the problem
     * @return the findings
     * @throws dev.gauntlet.GauntletException if a label is not a class of the model
     */
    public static Findings of(Gradient clean, Problem problem) {
        return of(problem, clean.logits(), Optional.of(clean));
    }

    private static Findings of(Problem problem, Logits cleanLogits, Optional<Gradient> cleanGradient) {
        problem.requireLabels(cleanLogits);
        int size = problem.size();
        boolean[] leftAlone = new boolean[size];
        boolean[] success = new boolean[size];
        double[] distances = new double[size];
        for (int row = 0; row < size; row++) {
            success[row] = problem.isMet(cleanLogits, row);
            leftAlone[row] = success[row]
                    || !problem.criterion().appliesTo(problem.clean().labels()[row]);
            distances[row] = success[row] ? 0 : Double.POSITIVE_INFINITY;
        }
        float[] pixels = problem.clean().pixels().clone();
        return new Findings(problem, cleanLogits, cleanGradient, leftAlone, success, distances, pixels);
    }

    /**
     * Returns an independent copy, for another budget.
     *
     * @return the copy
     */
    public Findings copy() {
        return new Findings(
                problem, cleanLogits, cleanGradient, leftAlone, success.clone(), distances.clone(), pixels.clone());
    }

    /**
     * Returns the logits of the clean examples.
     *
     * @return the logits
     */
    public Logits cleanLogits() {
        return cleanLogits;
    }

    /**
     * Returns the gradients at the clean examples.
     *
     * @return the gradients
     * @throws java.util.NoSuchElementException if the findings were created without gradients
     */
    public Gradient cleanGradient() {
        return cleanGradient.orElseThrow();
    }

    /**
     * Returns the rows of all examples to attack, with or without a known success.
     *
     * @return the rows in ascending order
     */
    public int[] attacked() {
        return IntStream.range(0, problem.size()).filter(row -> !leftAlone[row]).toArray();
    }

    /**
     * Returns the rows of the examples to attack without a known success.
     *
     * @return the rows in ascending order
     */
    public int[] open() {
        return IntStream.range(0, problem.size())
                .filter(row -> !leftAlone[row] && !success[row])
                .toArray();
    }

    /**
     * Tells whether a success is known for an example.
     *
     * @param row the row of the example in the problem
     * @return whether a success is known
     */
    public boolean isFound(int row) {
        return success[row];
    }

    /**
     * Tells whether a candidate is a success.
     *
     * @param row the row of the example in the problem
     * @param logits the logits of some candidates
     * @param candidate the index of the candidate
     * @return whether it is a success; never for logits that are NaN or infinite
     */
    public boolean isSuccess(int row, Logits logits, int candidate) {
        int label = problem.clean().labels()[row];
        return logits.isFinite(candidate) && problem.criterion().isMet(logits.prediction(candidate), label);
    }

    /**
     * Returns the distance of the nearest success from the clean example.
     *
     * @param row the row of the example in the problem
     * @return the distance in the norm of the problem; infinite if no success is known
     */
    public double distance(int row) {
        return distances[row];
    }

    /**
     * Copies the nearest success of an example, or its clean pixels if none is known, into another array.
     *
     * @param row the row of the example in the problem
     * @param target the array
     * @param offset the index of the example's first pixel in it
     */
    public void copyTo(int row, float[] target, int offset) {
        int length = problem.clean().shape().size();
        System.arraycopy(pixels, row * length, target, offset, length);
    }

    /**
     * Stores the candidates that are successes and closer than the known ones.
     *
     * @param rows the row in the problem of each candidate
     * @param candidates their pixels, one candidate after the other, each in the ball and the box
     * @param logits their logits
     * @return the indices of the candidates that are not successes, in ascending order
     */
    public int[] keep(int[] rows, float[] candidates, Logits logits) {
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
     * Stores a success unless one that is at least as close is known.
     *
     * @param row the row of the example in the problem
     * @param candidates the pixels of some candidates, one after the other
     * @param candidate the index of the success
     * @return whether it was stored
     */
    public boolean keep(int row, float[] candidates, int candidate) {
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

    /**
     * Returns a copy of the results.
     *
     * @return the result
     */
    public AttackResult result() {
        return new AttackResult(pixels.clone(), success.clone());
    }
}
