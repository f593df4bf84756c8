package dev.gauntlet.attack;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.ApgdClimb.Start;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.threat.Draw;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Automatic PGD for a batch of examples, shared by {@link Apgd} and {@link ApgdTargeted}.
 *
 * @param steps the number of steps
 * @param rho the step size is halved if at most this share of the steps before a checkpoint raise the loss
 * @param shrinkingBall whether in L1 the first steps use larger balls
 */
record ApgdSearch(int steps, double rho, boolean shrinkingBall) {
    /** A part of the steps and the ball that it uses. */
    private record Stage(double factor, int steps) {}

    /** Validates the options. */
    static void require(String attack, int steps, int restarts, double rho) {
        Require.atLeast(1, steps, attack, "step");
        Require.atLeast(1, restarts, attack, "restart");
        Require.properShare(rho, "The rho of " + attack);
    }

    /** Returns the cost of an unsuccessful run. */
    Passes passes(Norm norm) {
        return Passes.gradients(
                stages(norm).stream().mapToLong(stage -> stage.steps() + 1L).sum());
    }

    /** Returns the stages, from the largest ball to the requested one. */
    private List<Stage> stages(Norm norm) {
        // short runs use only the requested ball
        if (norm != Norm.L1 || !shrinkingBall || steps < 3) {
            return List.of(new Stage(1, steps));
        }
        int some = (int) Math.ceil(.3 * steps);
        return List.of(new Stage(3, some), new Stage(2, some), new Stage(1, steps - 2 * some));
    }

    /**
     * Runs once for all examples without a known success.
     *
     * @param loss the loss to maximize, by row of the problem
     * @param randomness the source of the starting point, by row of the problem
     * @param findings keeps the successes
     */
    void climb(
            DifferentiableClassifier model,
            Problem problem,
            double epsilon,
            IntFunction<Loss> loss,
            IntFunction<RandomKey> randomness,
            Findings findings) {
        List<Stage> stages = stages(problem.norm());
        double firstRadius = stages.get(0).factor() * epsilon;
        List<Start> starts = IntStream.of(findings.open())
                .mapToObj(row ->
                        start(problem, row, firstRadius, randomness.apply(row).generator()))
                .toList();
        for (Stage stage : stages) {
            List<ApgdClimb> climbs = starts.stream()
                    .map(start -> climb(start, problem.norm(), stage, stage.factor() * epsilon, stages.size() > 1))
                    .toList();
            starts = climb(model, problem, epsilon, loss, climbs, stage.steps(), findings).stream()
                    .map(climb -> new Start(climb.start.row(), climb.start.clean(), climb.best))
                    .toList();
        }
    }

    private ApgdClimb climb(Start start, Norm norm, Stage stage, double radius, boolean sparseStart) {
        return norm == Norm.L1
                ? new ApgdClimb.Sparse(start, radius, stage.steps(), sparseStart)
                : new ApgdClimb.Dense(start, norm, radius, stage.steps(), rho);
    }

    /** Takes the steps of one stage and returns the runs that have not succeeded. */
    private static List<ApgdClimb> climb(
            DifferentiableClassifier model,
            Problem problem,
            double epsilon,
            IntFunction<Loss> loss,
            List<ApgdClimb> climbs,
            int steps,
            Findings findings) {
        List<ApgdClimb> open = climbs;
        for (int step = 0; step <= steps && !open.isEmpty(); step++) {
            if (step > 0) {
                open.forEach(ApgdClimb::step);
            }
            int[] rows = open.stream().mapToInt(climb -> climb.start.row()).toArray();
            Batch points = points(problem.clean().select(rows), open);
            Gradient answer = model.gradient(points, i -> loss.apply(rows[i]));
            List<ApgdClimb> failed = new ArrayList<>();
            for (int i = 0; i < rows.length; i++) {
                ApgdClimb climb = open.get(i);
                if (findings.isSuccess(rows[i], answer.logits(), i) && isWithin(climb, epsilon)) {
                    findings.keep(rows[i], points.pixels(), i);
                } else {
                    climb.observe(answer.losses()[i], answer.pixels(), i * climb.x.length);
                    failed.add(climb);
                }
            }
            open = failed;
        }
        return open;
    }

    /** Tells whether a point is a success within the requested ball. */
    private static boolean isWithin(ApgdClimb climb, double epsilon) {
        return climb.radius <= epsilon
                || climb.norm.distance(climb.start.clean(), climb.x, 0, climb.x.length) <= epsilon;
    }

    private static Batch points(Batch clean, List<ApgdClimb> climbs) {
        int length = clean.shape().size();
        float[] pixels = new float[clean.pixels().length];
        for (int i = 0; i < climbs.size(); i++) {
            System.arraycopy(climbs.get(i).x, 0, pixels, i * length, length);
        }
        return clean.withPixels(pixels);
    }

    /** Draws a point on the ball's surface like the authors' code, ignoring the box. */
    private static Start start(Problem problem, int row, double radius, SplittableRandom random) {
        int length = problem.clean().shape().size();
        float[] clean = Arrays.copyOfRange(problem.clean().pixels(), row * length, (row + 1) * length);
        double[] direction = new double[length];
        double size = 0;
        if (problem.norm() == Norm.LINF) {
            for (int i = 0; i < length; i++) {
                direction[i] = Draw.symmetric(random);
                size = Math.max(size, Math.abs(direction[i]));
            }
        } else {
            Draw.normal(random, direction);
            for (double change : direction) {
                size += change * change;
            }
            size = Math.sqrt(size);
        }
        // in L1 the projection moves the point to the surface
        double scale = problem.norm() == Norm.L1 ? 1 : radius / size;
        float[] point = new float[length];
        for (int i = 0; i < length; i++) {
            point[i] = (float) (clean[i] + scale * direction[i]);
        }
        return new Start(row, clean, point);
    }
}
