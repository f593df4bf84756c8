package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The HopSkipJump attack: moves along the decision boundary to its nearest point, with gradients estimated from random
 * probes; it uses only predicted classes.
 *
 * <p>Chen, Jordan and Wainwright, "HopSkipJumpAttack: A Query-Efficient Decision-Based Attack", IEEE S&amp;P 2020, <a
 * href="https://arxiv.org/abs/1904.02144">arXiv:1904.02144</a>, algorithm 2. With d inputs, the boundary is located with the
 * relative precision theta, gamma / d^1.5 in L2 and gamma / d^2 in L-infinity, but at most 1e-3 (relevant for d below
 * 100) and at least 1e-6 (the precision of floats). The radius of the probes of step t is the distance of the point from
 * the clean example before the binary search, times sqrt(d) * theta in L2 and d * theta in L-infinity; in the first step
 * it is 0.1. The step size is the distance / sqrt(t), halved until the step is a success.
 *
 * <p>L-infinity and L2, untargeted and targeted. Differences from the authors' code: starts also include noise that is
 * not uniform, because many models assign uniform noise to a single class; the start for a target is noise, too, and not
 * an image of that class, so some targets are not reached; the result is the nearest success, not the last one. The attack
 * fails on an example without a start.
 *
 * <p>Cost: {@code probes * sqrt(t)} forward passes in step t and about 20 to locate the boundary; about 30 in total and one
 * per noise image. With the defaults, about 25,000. The examples of a problem are queried together.
 *
 * <p>Example: {@code HopSkipJump.defaults().nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param steps the number of steps, at least 1
 * @param probes the number of probes of the first step, at least 1
 * @param mostProbes the largest number of probes per step, at least that of the first step
 * @param gamma the scale of the precision of the boundary and of the radius of the probes, above 0
 * @param draws the largest number of noise images to try as a start, at least 1
 */
public record HopSkipJump(
        @OptionMeaning(value = "The number of steps", min = 1)
        int steps,

        @OptionMeaning(value = "The number of probes of the first step", min = 1)
        int probes,

        @OptionMeaning(value = "The largest number of probes per step, at least that of the first step", min = 1)
        int mostProbes,

        @OptionMeaning(value = "The scale of the precision of the boundary and of the radius of the probes", above = 0)
        double gamma,

        @OptionMeaning(value = "The largest number of noise images to try as a start", min = 1)
        int draws)
        implements MinimalNormAttack<Classifier> {
    private static final double COARSEST = 1e-3;
    private static final double FINEST = 1e-6;
    /** The approximate number of passes that locate the boundary, once and at the start. */
    private static final int SEARCH = 20;

    private static final int FEW_STARTS = 30;
    private static final double FIRST_RADIUS = 0.1;

    /** After this many halvings, a step is below the rounding of the pixels. */
    private static final int MOST_HALVINGS = 24;

    public HopSkipJump {
        Require.atLeast(1, steps, "HopSkipJump", "step");
        Require.atLeast(1, probes, "HopSkipJump", "probe");
        Require.atLeast(1, draws, "HopSkipJump", "noise image");
        Require.that(
                mostProbes >= probes,
                "HopSkipJump starts with %d probes, so their largest number must be at least that, got %d."
                        .formatted(probes, mostProbes));
        Require.above(0, gamma, "The gamma of HopSkipJump");
    }

    /**
     * Returns the configuration of the paper: 100 probes in the first step, at most 10,000, a gamma of 1, and 50 steps, which
     * cost the paper's 25,000 queries; up to 1000 noise images.
     *
     * @return the attack
     */
    public static HopSkipJump defaults() {
        return new HopSkipJump(50, 100, 10_000, 1, 1000);
    }

    @Override
    public String name() {
        return "hop-skip-jump";
    }

    @Override
    public String title() {
        return "HopSkipJump";
    }

    @Override
    public String meaning() {
        return "gradient estimates at the boundary";
    }

    @Override
    public boolean isDecisionBased() {
        return true;
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(FEW_STARTS
                + IntStream.rangeClosed(1, steps)
                        .mapToLong(step -> probes(step) + SEARCH)
                        .sum());
    }

    @Override
    public void search(Classifier model, Problem problem, Findings findings) {
        DecisionOracle decisions = new DecisionOracle(model, problem, findings);
        DecisionStarts starts = DecisionStarts.find(decisions, problem, findings.open(), draws);
        if (starts.rows().length > 0) {
            walk(decisions, problem, starts);
        }
    }

    private void walk(DecisionOracle decisions, Problem problem, DecisionStarts starts) {
        Norm norm = problem.norm();
        int length = problem.clean().shape().size();
        int[] rows = starts.rows();
        float[] clean = RowSelection.select(problem.clean().pixels(), rows, length);
        double theta = theta(norm, length);
        double radiusByWay = norm == Norm.LINF ? length * theta : Math.sqrt(length) * theta;
        double[] radii = new double[rows.length];
        Arrays.fill(radii, FIRST_RADIUS);
        float[] x = BoundaryBisection.run(decisions, problem, norm, rows, starts.pixels(), theta);
        for (int step = 1; step <= steps; step++) {
            float[] directions = GradientEstimate.of(decisions, problem, rows, x, radii, probes(step), step);
            double[] sizes = distances(norm, clean, x, length);
            for (int i = 0; i < rows.length; i++) {
                norm.steepest(directions, i * length, length, directions);
                sizes[i] /= Math.sqrt(step);
            }
            float[] moved = move(decisions, rows, x, directions, sizes);
            x = BoundaryBisection.run(decisions, problem, norm, rows, moved, theta);
            double[] ways = distances(norm, clean, moved, length);
            radii = Arrays.stream(ways).map(way -> radiusByWay * way).toArray();
        }
    }

    /** Returns the relative precision of the boundary. */
    double theta(Norm norm, int length) {
        double theta = gamma / (norm == Norm.LINF ? (double) length * length : length * Math.sqrt(length));
        return Math.max(FINEST, Math.min(COARSEST, theta));
    }

    /** Returns the number of probes of a step, counted from 1. */
    int probes(int step) {
        return (int) Math.min(probes * Math.sqrt(step), mostProbes);
    }

    /** Moves each point along its direction by the step size, which is halved until the step is a success. */
    private static float[] move(DecisionOracle decisions, int[] rows, float[] x, float[] directions, double[] sizes) {
        int length = x.length / rows.length;
        float[] moved = x.clone();
        int[] failed = IntStream.range(0, rows.length).toArray();
        for (int halving = 0; halving <= MOST_HALVINGS && failed.length > 0; halving++) {
            int[] tried = failed;
            float[] next = new float[tried.length * length];
            for (int k = 0; k < tried.length; k++) {
                double size = Math.scalb(sizes[tried[k]], -halving);
                for (int pixel = 0; pixel < length; pixel++) {
                    int from = tried[k] * length + pixel;
                    next[k * length + pixel] = (float) Math.max(0, Math.min(1, x[from] + size * directions[from]));
                }
            }
            boolean[] wanted = decisions.of(RowSelection.select(rows, tried), next);
            for (int k = 0; k < tried.length; k++) {
                if (wanted[k]) {
                    System.arraycopy(next, k * length, moved, tried[k] * length, length);
                }
            }
            failed = IntStream.range(0, tried.length)
                    .filter(k -> !wanted[k])
                    .map(k -> tried[k])
                    .toArray();
        }
        return moved;
    }

    private static double[] distances(Norm norm, float[] clean, float[] x, int length) {
        return IntStream.range(0, x.length / length)
                .mapToDouble(i -> norm.distance(clean, x, i * length, length))
                .toArray();
    }
}
