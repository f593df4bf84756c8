package dev.gauntlet.attack;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.ApgdClimb.Start;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Draw;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntFunction;

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
     * What a run maximizes and where it starts.
     *
     * @param loss the loss to maximize, by row of the problem
     * @param randomness the source of the starting point, by row of the problem
     */
    record Goal(IntFunction<Loss> loss, IntFunction<RandomKey> randomness) {}

    /** A success, and the number of the goal that led to it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Success(int goal, float[] pixels) {}

    /**
     * Runs for each goal and each example without a known success, as if for one goal after the other: what is kept of an example
     * is the success of its first goal that has any. Some goals are tried at the same time; a success ends the runs of the
     * example for all later goals.
     *
     * @param goals the goals, at least one
     * @param findings keeps the successes
     */
    void climb(DifferentiableClassifier model, Problem problem, double epsilon, List<Goal> goals, Findings findings) {
        int next = 0;
        while (next < goals.size()) {
            int[] rows = findings.open();
            int end = next
                    + SideBySide.count(
                            goals.size() - next, rows.length, problem.clean().shape());
            climb(model, problem, epsilon, goals.subList(next, end), rows, findings);
            next = end;
        }
    }

    private void climb(
            DifferentiableClassifier model,
            Problem problem,
            double epsilon,
            List<Goal> goals,
            int[] rows,
            Findings findings) {
        List<Stage> stages = stages(problem.norm());
        double firstRadius = stages.get(0).factor() * epsilon;
        SortedMap<Integer, Success> successes = new TreeMap<>();
        List<Start> starts = new ArrayList<>();
        for (int goal = 0; goal < goals.size(); goal++) {
            for (int row : rows) {
                starts.add(start(problem, row, firstRadius, goal, goals.get(goal)));
            }
        }
        for (Stage stage : stages) {
            List<ApgdClimb> climbs = starts.stream()
                    .map(start -> climb(start, problem.norm(), stage, stage.factor() * epsilon, stages.size() > 1))
                    .toList();
            starts = climb(model, problem, epsilon, climbs, stage.steps(), successes).stream()
                    .map(climb -> climb.start.continuedAt(climb.best))
                    .toList();
        }
        successes.forEach((row, success) -> findings.keep(row, success.pixels(), 0));
    }

    private ApgdClimb climb(Start start, Norm norm, Stage stage, double radius, boolean sparseStart) {
        return norm == Norm.L1
                ? new ApgdClimb.Sparse(start, radius, stage.steps(), sparseStart)
                : new ApgdClimb.Dense(start, norm, radius, stage.steps(), rho);
    }

    /** Takes the steps of one stage and returns the runs that have not succeeded, except those that no longer matter. */
    private static List<ApgdClimb> climb(
            DifferentiableClassifier model,
            Problem problem,
            double epsilon,
            List<ApgdClimb> climbs,
            int steps,
            SortedMap<Integer, Success> successes) {
        List<ApgdClimb> open = climbs;
        for (int step = 0; step <= steps && !open.isEmpty(); step++) {
            if (step > 0) {
                open.forEach(ApgdClimb::step);
            }
            List<ApgdClimb> asked = open;
            Batch points = points(problem.clean(), asked);
            Gradient answer = model.gradient(points, i -> asked.get(i).start.loss());
            List<ApgdClimb> failed = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                ApgdClimb climb = asked.get(i);
                if (isSuccess(problem, epsilon, climb, answer.logits(), i)) {
                    Success success = new Success(climb.start.goal(), climb.x);
                    successes.merge(climb.start.row(), success, ApgdSearch::first);
                } else {
                    climb.observe(answer.losses()[i], answer.pixels(), i * climb.x.length);
                    failed.add(climb);
                }
            }
            open = successes.isEmpty() ? failed : stillNeeded(failed, successes);
        }
        return open;
    }

    private static Success first(Success one, Success other) {
        return one.goal() <= other.goal() ? one : other;
    }

    /** Leaves out the runs of examples on which an earlier goal has led to a success. */
    private static List<ApgdClimb> stillNeeded(List<ApgdClimb> climbs, SortedMap<Integer, Success> successes) {
        return climbs.stream()
                .filter(climb -> {
                    Success success = successes.get(climb.start.row());
                    return success == null || climb.start.goal() < success.goal();
                })
                .toList();
    }

    private static boolean isSuccess(Problem problem, double epsilon, ApgdClimb climb, Logits logits, int i) {
        int label = problem.clean().labels()[climb.start.row()];
        return logits.isFinite(i) && problem.criterion().isMet(logits.prediction(i), label) && isWithin(climb, epsilon);
    }

    /** Tells whether a point is a success within the requested ball. */
    private static boolean isWithin(ApgdClimb climb, double epsilon) {
        return climb.radius <= epsilon
                || climb.norm.distance(climb.start.clean(), climb.x, 0, climb.x.length) <= epsilon;
    }

    private static Batch points(Batch clean, List<ApgdClimb> climbs) {
        int length = clean.shape().size();
        float[] pixels = new float[climbs.size() * length];
        for (int i = 0; i < climbs.size(); i++) {
            System.arraycopy(climbs.get(i).x, 0, pixels, i * length, length);
        }
        int[] rows = climbs.stream().mapToInt(climb -> climb.start.row()).toArray();
        return new Batch(
                clean.shape(),
                RowSelection.select(clean.ids(), rows),
                RowSelection.select(clean.labels(), rows),
                pixels);
    }

    /** Draws a point on the ball's surface like the authors' code, ignoring the box. */
    private static Start start(Problem problem, int row, double radius, int number, Goal goal) {
        SplittableRandom random = goal.randomness().apply(row).generator();
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
        return new Start(row, number, goal.loss().apply(row), clean, point);
    }
}
