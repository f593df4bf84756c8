package dev.gauntlet.attack;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.LogitDifference;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Hyperplane;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The search of {@link Fab} and {@link FabTargeted}: a walk along a decision boundary with a bias towards the clean
 * example, and the final search.
 */
record FabWalk(int steps, int restarts, double alphaMax, double eta, double beta, int searchSteps) {
    /** Prevents 0 / 0 in the quotient of two lengths; as in the authors' code. */
    private static final double NEVER_ZERO = 1e-8;

    /** Validates the options of a walk. */
    static void require(
            String attack, int steps, int restarts, double alphaMax, double eta, double beta, int searchSteps) {
        Require.atLeast(1, steps, attack, "step");
        Require.atLeast(1, restarts, attack, "restart");
        Require.share(alphaMax, "The alpha-max of " + attack);
        Require.atLeast(1, eta, "The eta of " + attack);
        Require.properShare(beta, "The beta of " + attack);
        Require.atLeast(0, searchSteps, attack, "search steps");
    }

    /**
     * Walks from the clean examples and, in restarts, from random points, and keeps every success.
     *
     * @param rows the rows of the examples in the problem; one may occur several times
     * @param functions the functions of the logits that are 0 on the boundaries, for each example
     * @param series an additional key of the random points, for each example
     */
    void walk(
            DifferentiableClassifier model,
            Problem problem,
            int[] rows,
            Loss[][] functions,
            int[] series,
            Findings findings) {
        for (int restart = 0; restart < restarts; restart++) {
            float[] start = start(problem, rows, series, restart, findings);
            walk(model, problem, rows, functions, start, findings);
        }
    }

    /** Returns the clean examples, or for restarts points drawn uniformly from a ball around them. */
    private static float[] start(Problem problem, int[] rows, int[] series, int restart, Findings findings) {
        Batch clean = problem.clean().select(rows);
        if (restart == 0) {
            return clean.pixels();
        }
        int length = clean.shape().size();
        float[] x = new float[clean.pixels().length];
        for (int i = 0; i < rows.length; i++) {
            RandomKey key = problem.randomness(rows[i]).with(series[i]).with(restart);
            double radius = (findings.isFound(rows[i]) ? findings.distance(rows[i]) : usual(problem.norm())) / 2;
            problem.norm().sample(key.generator(), x, i * length, length, radius);
        }
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.max(0, Math.min(1, clean.pixels()[i] + x[i]));
        }
        return x;
    }

    /** Returns the distance that replaces the best one before the first success: the default of the authors' code. */
    private static double usual(Norm norm) {
        return switch (norm) {
            case LINF -> 0.3;
            case L2 -> 1;
            case L1 -> 5;
            case L0 -> throw new IllegalArgumentException("FAB does not support L0.");
        };
    }

    private void walk(
            DifferentiableClassifier model,
            Problem problem,
            int[] allRows,
            Loss[][] allFunctions,
            float[] start,
            Findings findings) {
        int[] rows = allRows;
        Loss[][] functions = allFunctions;
        Batch clean = problem.clean().select(rows);
        float[] x = start;
        for (int step = 0; step < steps && rows.length > 0; step++) {
            LinearizedBoundaries nearest =
                    LinearizedBoundaries.of(model, problem.norm(), clean.withPixels(x), functions);
            findings.keep(rows, x, nearest.logits());
            float[] next = step(problem.norm(), clean, x, nearest, largestAlphas(problem, rows, findings));
            int[] failed = findings.keep(rows, next, model.logits(clean.withPixels(next)));
            next = backward(clean, next, failed);
            int[] moving = moving(x, next, rows.length);
            x = next;
            if (moving.length < rows.length) {
                rows = RowSelection.select(rows, moving);
                functions = RowSelection.select(functions, moving);
                clean = clean.select(moving);
                x = RowSelection.select(x, moving, clean.shape().size());
            }
        }
    }

    /**
     * Returns the largest bias of each walk towards the clean example: with a target, 0 before the first success. The region
     * of a target has many boundaries, and a projection onto one of them may be beyond another.
     */
    private double[] largestAlphas(Problem problem, int[] rows, Findings findings) {
        return Arrays.stream(rows)
                .mapToDouble(row -> problem.criterion() instanceof Targeted && !findings.isFound(row) ? 0 : alphaMax)
                .toArray();
    }

    /**
     * Projects each point and its clean example slightly beyond the nearest boundary, and computes the weighted mean of the
     * two.
     */
    private float[] step(Norm norm, Batch clean, float[] x, LinearizedBoundaries nearest, double[] largestAlphas) {
        int length = clean.shape().size();
        float[] next = new float[x.length];
        float[] fromPoint = new float[x.length];
        float[] fromClean = new float[x.length];
        for (int row = 0; row < clean.size(); row++) {
            Hyperplane boundary = nearest.hyperplane(row, x);
            boundary.step(norm, x, -nearest.value(row), fromPoint);
            boundary.step(norm, clean.pixels(), boundary.gap(clean.pixels()), fromClean);
            double way = Math.max(NEVER_ZERO, norm.size(fromPoint, row * length, length));
            double wayOfClean = Math.max(NEVER_ZERO, norm.size(fromClean, row * length, length));
            float alpha = (float) Math.min(way / (way + wayOfClean), largestAlphas[row]);
            // floats, so that the loop is vectorized; eta takes the point well beyond what is lost
            float beyond = (float) eta;
            float[] cleanPixels = clean.pixels();
            for (int i = row * length; i < (row + 1) * length; i++) {
                float moved =
                        (1 - alpha) * (x[i] + beyond * fromPoint[i]) + alpha * (cleanPixels[i] + beyond * fromClean[i]);
                next[i] = Math.max(0f, Math.min(1f, moved));
            }
        }
        return next;
    }

    /** Moves successes part of the way back to their clean examples; failures do not move. */
    private float[] backward(Batch clean, float[] x, int[] failed) {
        int length = clean.shape().size();
        float[] back = new float[x.length];
        float[] cleanPixels = clean.pixels();
        float share = (float) beta;
        for (int i = 0; i < x.length; i++) {
            back[i] = cleanPixels[i] + share * (x[i] - cleanPixels[i]);
        }
        for (int row : failed) {
            System.arraycopy(x, row * length, back, row * length, length);
        }
        return back;
    }

    /** Returns which points a step has moved; the others would never move again. */
    private static int[] moving(float[] x, float[] next, int rows) {
        int length = x.length / rows;
        return IntStream.range(0, rows)
                .filter(row ->
                        Arrays.mismatch(x, row * length, (row + 1) * length, next, row * length, (row + 1) * length)
                                >= 0)
                .toArray();
    }

    /**
     * Searches for a nearer success between the best success and the clean example, at the boundary under linear
     * interpolation of the logits.
     */
    void finalSearch(DifferentiableClassifier model, Problem problem, Logits cleanLogits, Findings findings) {
        int[] rows =
                Arrays.stream(findings.attacked()).filter(findings::isFound).toArray();
        if (searchSteps == 0 || rows.length == 0) {
            return;
        }
        int length = problem.clean().shape().size();
        int classes = cleanLogits.classes();
        Batch clean = problem.clean().select(rows);
        float[] inner = clean.pixels().clone();
        float[] outer = new float[inner.length];
        for (int i = 0; i < rows.length; i++) {
            findings.copyTo(rows[i], outer, i * length);
        }
        float[] innerLogits = RowSelection.select(cleanLogits.values(), rows, classes);
        float[] outerLogits = model.logits(clean.withPixels(outer)).values().clone();
        boolean[] failed = new boolean[rows.length];
        for (int step = 0; step < searchSteps; step++) {
            float[] middle = new float[inner.length];
            for (int row = 0; row < rows.length; row++) {
                double share =
                        failed[row] ? 0.5 : share(problem, clean.labels()[row], innerLogits, outerLogits, row, classes);
                for (int i = row * length; i < (row + 1) * length; i++) {
                    middle[i] = (float) (inner[i] + share * ((double) outer[i] - inner[i]));
                }
            }
            Logits logits = model.logits(clean.withPixels(middle));
            Arrays.fill(failed, false);
            for (int row : findings.keep(rows, middle, logits)) {
                failed[row] = true;
            }
            for (int row = 0; row < rows.length; row++) {
                System.arraycopy(middle, row * length, failed[row] ? inner : outer, row * length, length);
                System.arraycopy(
                        logits.values(),
                        row * classes,
                        failed[row] ? innerLogits : outerLogits,
                        row * classes,
                        classes);
            }
        }
    }

    /** Returns the relative position between the inner and the outer point at which the two logits would be equal. */
    private static double share(
            Problem problem, int label, float[] innerLogits, float[] outerLogits, int row, int classes) {
        int rival = new Logits(classes, outerLogits).prediction(row);
        Loss function = problem.criterion().objective(new LogitDifference(rival), label);
        double inside = function.value(innerLogits, row * classes, classes, label);
        double outside = function.value(outerLogits, row * classes, classes, label);
        double share = inside / (inside - outside);
        return share >= 0 && share <= 1 ? share : 1;
    }
}
