package dev.gauntlet.attack;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * The automatic PGD of several examples at once.
 *
 * @param steps the number of steps, at least 1
 * @param rho what share of the steps up to a checkpoint has to raise the loss
 * @param shrinkingBall whether in L1 the first steps are in larger balls
 */
record ApgdSearch(int steps, double rho, boolean shrinkingBall) {
    /** Refuses options of a search that are out of range. */
    static void require(String attack, int steps, int restarts, double rho) {
        Require.atLeast(1, steps, attack, "step");
        Require.atLeast(1, restarts, attack, "restart");
        Require.properShare(rho, "The rho of " + attack);
    }

    /** A part of the steps, in a ball of its own. */
    private record Stage(double factor, int steps) {}

    /** Returns the balls, from the first to the one that was asked for. */
    private List<Stage> stages(Norm norm) {
        // shorter climbs have no steps to spare
        if (norm != Norm.L1 || !shrinkingBall || steps < 3) {
            return List.of(new Stage(1, steps));
        }
        int some = (int) Math.ceil(.3 * steps);
        return List.of(new Stage(3, some), new Stage(2, some), new Stage(1, steps - 2 * some));
    }

    /** Returns what one climb costs that does not succeed. */
    Passes passes(Norm norm) {
        return Passes.gradients(
                stages(norm).stream().mapToLong(stage -> stage.steps() + 1L).sum());
    }

    /**
     * Climbs once with some examples of a problem.
     *
     * @param rows their rows
     * @param lossOfRow by the row in the problem what is increased
     * @param randomness by the row in the problem where the start comes from
     * @param findings what keeps the successes
     */
    void climb(
            DifferentiableClassifier model,
            Problem problem,
            int[] rows,
            IntFunction<Loss> lossOfRow,
            IntFunction<RandomKey> randomness,
            double epsilon,
            Findings findings) {
        List<Stage> stages = stages(problem.norm());
        int length = problem.clean().shape().size();
        List<ApgdClimb> climbs = new ArrayList<>();
        for (Stage stage : stages) {
            boolean first = climbs.isEmpty();
            double radius = stage.factor() * epsilon;
            List<ApgdClimb> next = new ArrayList<>();
            if (first) {
                for (int row : rows) {
                    float[] clean = Arrays.copyOfRange(problem.clean().pixels(), row * length, (row + 1) * length);
                    float[] start = start(
                            problem.norm(), clean, radius, randomness.apply(row).generator());
                    next.add(ApgdClimb.of(
                            row, problem.norm(), radius, clean, start, stage.steps(), rho, stages.size() > 1));
                }
            }
            for (ApgdClimb before : climbs) {
                float[] start = before.best.clone();
                problem.norm().project(before.clean, start, 0, length, radius);
                next.add(ApgdClimb.of(
                        before.row, problem.norm(), radius, before.clean, start, stage.steps(), rho, true));
            }
            climbs = climb(model, problem, next, stage.steps(), lossOfRow, epsilon, findings);
            if (climbs.isEmpty()) {
                return;
            }
        }
    }

    /** Takes the steps of one stage, and returns the climbs that have not got there. */
    private static List<ApgdClimb> climb(
            DifferentiableClassifier model,
            Problem problem,
            List<ApgdClimb> climbs,
            int steps,
            IntFunction<Loss> lossOfRow,
            double epsilon,
            Findings findings) {
        List<ApgdClimb> standing = climbs;
        for (int step = 0; step <= steps && !standing.isEmpty(); step++) {
            int[] rows = standing.stream().mapToInt(climb -> climb.row).toArray();
            Batch points = points(problem, rows, standing);
            Gradient answer = model.gradient(points, i -> lossOfRow.apply(rows[i]));
            List<ApgdClimb> failed = new ArrayList<>();
            for (int i = 0; i < rows.length; i++) {
                ApgdClimb climb = standing.get(i);
                if (isFound(problem, climb, answer.logits(), i, epsilon)) {
                    findings.keep(climb.row, points.pixels(), i);
                } else {
                    climb.observe(answer.losses()[i], answer.pixels(), i * climb.x.length);
                    failed.add(climb);
                }
            }
            standing = failed;
            if (step < steps) {
                standing.forEach(ApgdClimb::step);
            }
        }
        return standing;
    }

    /** Tells whether a point is a success, and not one that only a larger ball allows. */
    private static boolean isFound(Problem problem, ApgdClimb climb, Logits logits, int i, double epsilon) {
        int label = problem.clean().labels()[climb.row];
        return logits.isFinite(i)
                && problem.criterion().isMet(logits.prediction(i), label)
                && (climb.radius <= epsilon
                        || problem.norm().distance(climb.clean, climb.x, 0, climb.x.length) <= epsilon);
    }

    private static Batch points(Problem problem, int[] rows, List<ApgdClimb> climbs) {
        Batch clean = problem.clean().select(rows);
        int length = clean.shape().size();
        float[] pixels = new float[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(climbs.get(i).x, 0, pixels, i * length, length);
        }
        return clean.withPixels(pixels);
    }

    /** Draws a point of the ball's surface, as the authors do, and projects it onto ball and box. */
    private static float[] start(Norm norm, float[] clean, double radius, SplittableRandom random) {
        double[] direction = new double[clean.length];
        double size = 0;
        for (int i = 0; i < clean.length; i++) {
            direction[i] = norm == Norm.LINF ? 2 * random.nextDouble() - 1 : random.nextGaussian();
            size = norm == Norm.LINF ? Math.max(size, Math.abs(direction[i])) : size + direction[i] * direction[i];
        }
        double scale = switch (norm) {
            case LINF -> radius / size;
            case L2 -> radius / Math.sqrt(size);
            // in L1 the projection alone finds the surface
            case L1, L0 -> 1;
        };
        float[] start = new float[clean.length];
        for (int i = 0; i < clean.length; i++) {
            start[i] = (float) (clean[i] + scale * direction[i]);
        }
        norm.project(clean, start, 0, start.length, radius);
        return start;
    }
}
