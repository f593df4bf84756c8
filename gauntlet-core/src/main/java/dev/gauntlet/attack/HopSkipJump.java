package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The HopSkipJump attack: goes along the decision boundary to where it is nearest, by steps in the direction that many
 * random probes around each point suggest; it asks for nothing but the predicted class.
 *
 * <p>Chen, Jordan and Wainwright, "HopSkipJumpAttack: A Query-Efficient Decision-Based Attack", IEEE S&amp;P 2020, <a
 * href="https://arxiv.org/abs/1904.02144">arXiv:1904.02144</a>, algorithm 2. With d the number of inputs, the boundary is
 * found to the share theta of the way, which is gamma / d^1.5 in L2 and gamma / d^2 in L-infinity, but not above 1e-3 (for
 * d below 100, where it would be coarse) nor below 1e-6 (where floats end); the probes of step t are sqrt(d) * theta in L2
 * and d * theta in L-infinity times as far away as the point was from the clean example before it was taken back to the
 * boundary, at first 0.1; the step is the distance / sqrt(t), halved until it is a success.
 *
 * <p>L-infinity and L2, untargeted and targeted. Differences from the authors' code: noise that is not all alike is tried
 * as a start, because many models take uniform noise for one and the same class; towards a target the start is noise too,
 * and not an image of that class, so that there are targets that are not reached; the nearest success of all is the
 * result, and not the last. An example for which no start is found is a failure.
 *
 * <p>Cost: in step t as many forward passes as {@code probes * sqrt(t)}, and some 20 to search the boundary; some 30 in
 * all and one per noise image tried. With the defaults about 25,000. The examples of a problem are asked about together.
 *
 * <p>Example: {@code HopSkipJump.defaults().nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param steps the number of steps, at least 1
 * @param probes how many probes the first step takes, at least 1
 * @param mostProbes how many probes a step takes at most, at least as many as the first
 * @param gamma scales how exactly the boundary is found and how near the probes are, above 0
 * @param draws how many noise images are tried as a start, at least 1
 */
public record HopSkipJump(
        @Explained(value = "The number of steps", min = 1) int steps,

        @Explained(value = "How many probes the first step takes", min = 1)
        int probes,

        @Explained(value = "How many probes a step takes at most, no fewer than the first", min = 1)
        int mostProbes,

        @Explained(value = "Scales how exactly the boundary is found and how near the probes are", above = 0)
        double gamma,

        @Explained(value = "How many noise images are tried as a start", min = 1)
        int draws)
        implements MinimalNormAttack<Classifier> {
    private static final double COARSEST = 1e-3;
    private static final double FINEST = 1e-6;
    /** About how many passes find the boundary once, and the first one. */
    private static final int SEARCH = 20;

    private static final int FEW_STARTS = 30;
    private static final double FIRST_RADIUS = 0.1;

    /** A step that has been halved so often is lost in the rounding of the pixels. */
    private static final int MOST_HALVINGS = 24;

    public HopSkipJump {
        Require.atLeast(1, steps, "HopSkipJump", "step");
        Require.atLeast(1, probes, "HopSkipJump", "probe");
        Require.atLeast(1, draws, "HopSkipJump", "noise image");
        Require.that(
                mostProbes >= probes,
                "HopSkipJump begins with %d probes, so at most %d are too few.".formatted(probes, mostProbes));
        Require.above(0, gamma, "The gamma of HopSkipJump");
    }

    /**
     * Returns the method with the paper's 100 probes at first and 10,000 at most, a gamma of 1, and as many steps as cost
     * the paper's 25,000 queries: 50; up to 1000 noise images are tried.
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
    public AttackResult nearest(Classifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Findings findings = Findings.of(model, problem);
        DecisionOracle decisions = new DecisionOracle(model, problem, findings);
        DecisionStarts starts = DecisionStarts.find(decisions, problem, findings.open(), draws);
        if (starts.rows().length > 0) {
            walk(decisions, problem, starts);
        }
        return findings.result();
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

    /** Returns to what share of the way the boundary is found. */
    double theta(Norm norm, int length) {
        double theta = gamma / (norm == Norm.LINF ? (double) length * length : length * Math.sqrt(length));
        return Math.max(FINEST, Math.min(COARSEST, theta));
    }

    /** Returns how many probes a step takes, counted from 1. */
    int probes(int step) {
        return (int) Math.min(probes * Math.sqrt(step), mostProbes);
    }

    /** Goes from each point as far in its direction as the size says, or half of that as often as it must be halved. */
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
