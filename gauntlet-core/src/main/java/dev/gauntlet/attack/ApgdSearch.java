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
 * The automatic PGD of several examples at once: what {@link Apgd} and {@link ApgdTargeted} have in common.
 *
 * @param steps the number of steps
 * @param rho the share of the steps up to a checkpoint that has to raise the loss
 * @param shrinkingBall whether in L1 the first steps are in larger balls
 */
record ApgdSearch(int steps, double rho, boolean shrinkingBall) {
    /** A part of the steps, in a ball of its own. */
    private record Stage(double factor, int steps) {}

    /** Refuses options that are out of range. */
    static void require(String attack, int steps, int restarts, double rho) {
        Require.atLeast(1, steps, attack, "step");
        Require.atLeast(1, restarts, attack, "restart");
        Require.properShare(rho, "The rho of " + attack);
    }

    /** Returns what one climb costs that does not succeed. */
    Passes passes(Norm norm) {
        return Passes.gradients(
                stages(norm).stream().mapToLong(stage -> stage.steps() + 1L).sum());
    }

    /** Returns the balls, from the first to the one that was asked for. */
    private List<Stage> stages(Norm norm) {
        // shorter climbs have no steps to spare
        if (norm != Norm.L1 || !shrinkingBall || steps < 3) {
            return List.of(new Stage(1, steps));
        }
        int some = (int) Math.ceil(.3 * steps);
        return List.of(new Stage(3, some), new Stage(2, some), new Stage(1, steps - 2 * some));
    }

    /**
     * Climbs once with all examples for which no success is known.
     *
     * @param loss by the row in the problem what is increased
     * @param randomness by the row in the problem where the start comes from
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

    /** Takes the steps of one stage, and returns the climbs that have not succeeded. */
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

    /** Tells whether a point counts, and is not one that only a larger ball allows. */
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

    /** Draws a point of the ball's surface, as the authors do, without regard to the box. */
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
        // in L1 the projection alone finds the surface
        double scale = problem.norm() == Norm.L1 ? 1 : radius / size;
        float[] point = new float[length];
        for (int i = 0; i < length; i++) {
            point[i] = (float) (clean[i] + scale * direction[i]);
        }
        return new Start(row, clean, point);
    }
}
