package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The boundary attack: a random walk over successes that come ever closer to the clean example; it uses only predicted
 * classes.
 *
 * <p>Brendel, Rauber and Bethge, "Decision-Based Adversarial Attacks: Reliable Attacks Against Black-Box Machine Learning
 * Models", ICLR 2018, <a href="https://arxiv.org/abs/1712.04248">arXiv:1712.04248</a>, algorithm 1, with the step sizes of
 * the authors' code in Foolbox 3. Each candidate is a random step at the same distance from the clean example, followed by
 * a step towards it; both sizes are shares of that distance. Every tenth step also tries the random step
 * alone. If more than half of the last 100 of these succeed, both sizes grow; if less than a fifth succeed, both shrink. If
 * more than a quarter of the last 30 candidates succeed, the step towards the example grows; if less than a tenth succeed,
 * it shrinks. The search for an example ends when that step is smaller than 1e-7.
 *
 * <p>L2 only, untargeted and targeted. Differences from Foolbox: each example has its own random steps and step sizes;
 * starts also include noise that is not uniform, because many models assign uniform noise to a single class; the start for
 * a target is noise, too, and not an image of that class, so some targets are not reached. The attack fails on an example
 * without a start.
 *
 * <p>Cost: 1.1 forward passes per step, about 20 in total and one per noise image. The examples of a problem are queried
 * together.
 *
 * <p>Example: {@code BoundaryAttack.defaults().nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param steps the largest number of steps, at least 1
 * @param orthogonalStep the initial size of the random step, as a share of the distance; above 0
 * @param sourceStep the initial size of the step towards the clean example, as a share of the distance; above 0 and
 *     below 1
 * @param adaptation the factor by which step sizes grow and shrink, above 1
 * @param draws the largest number of noise images to try as a start, at least 1
 */
public record BoundaryAttack(
        @OptionMeaning(value = "The largest number of steps", min = 1)
        int steps,

        @OptionMeaning(value = "The initial size of the random step, as a share of the distance", above = 0)
        double orthogonalStep,

        @OptionMeaning(
                value = "The initial size of the step towards the clean example, as a share of the distance",
                above = 0,
                below = 1)
        double sourceStep,

        @OptionMeaning(value = "The factor by which step sizes grow and shrink", above = 1)
        double adaptation,

        @OptionMeaning(value = "The largest number of noise images to try as a start", min = 1)
        int draws)
        implements MinimalNormAttack<Classifier> {
    /** The number of steps between trials of the random step alone. */
    private static final int TRIAL_INTERVAL = 10;

    /** The approximate number of passes that find a start and the boundary. */
    private static final int FEW_STARTS = 30;

    public BoundaryAttack {
        Require.atLeast(1, steps, "The boundary attack", "step");
        Require.above(0, orthogonalStep, "The orthogonal step of the boundary attack, a share of the distance,");
        Require.properShare(sourceStep, "The source step of the boundary attack, a share of the distance,");
        Require.above(1, adaptation, "The adaptation of the boundary attack");
        Require.atLeast(1, draws, "The boundary attack", "noise image");
    }

    /**
     * Returns the configuration with the defaults of Foolbox: 25,000 steps, initial sizes of 0.01, an adaptation of 1.5; up
     * to 1000 noise images.
     *
     * @return the attack
     */
    public static BoundaryAttack defaults() {
        return new BoundaryAttack(25_000, 0.01, 0.01, 1.5, 1000);
    }

    @Override
    public String name() {
        return "boundary";
    }

    @Override
    public String title() {
        return "Boundary attack";
    }

    @Override
    public String meaning() {
        return "random walk along the boundary";
    }

    @Override
    public boolean isDecisionBased() {
        return true;
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.L2);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(FEW_STARTS + steps + steps / TRIAL_INTERVAL);
    }

    @Override
    public void search(Classifier model, Problem problem, Findings findings) {
        DecisionOracle decisions = new DecisionOracle(model, problem, findings);
        DecisionStarts starts = DecisionStarts.find(decisions, problem, findings.open(), draws);
        walk(decisions, walkers(problem, starts), problem.clean().shape().size());
    }

    private BoundaryAttackState[] walkers(Problem problem, DecisionStarts starts) {
        int length = problem.clean().shape().size();
        BoundaryAttackState[] walkers = new BoundaryAttackState[starts.rows().length];
        for (int i = 0; i < walkers.length; i++) {
            int row = starts.rows()[i];
            walkers[i] = new BoundaryAttackState(
                    row,
                    Arrays.copyOfRange(problem.clean().pixels(), row * length, (row + 1) * length),
                    Arrays.copyOfRange(starts.pixels(), i * length, (i + 1) * length),
                    problem.randomness(row).with("walk").generator(),
                    orthogonalStep,
                    sourceStep);
        }
        return walkers;
    }

    private void walk(DecisionOracle decisions, BoundaryAttackState[] all, int length) {
        BoundaryAttackState[] walkers = all;
        for (int step = 1; step <= steps && walkers.length > 0; step++) {
            boolean trial = step % TRIAL_INTERVAL == 0;
            int[] rows =
                    Arrays.stream(walkers).mapToInt(BoundaryAttackState::row).toArray();
            float[] sideways = new float[rows.length * length];
            float[] candidates = new float[rows.length * length];
            for (int i = 0; i < walkers.length; i++) {
                walkers[i].propose(sideways, candidates, i * length);
            }
            boolean[] wanted = decisions.of(rows, candidates);
            for (int i = 0; i < walkers.length; i++) {
                if (wanted[i]) {
                    walkers[i].approach(candidates, i * length);
                }
            }
            if (trial) {
                boolean[] wantedSideways = decisions.of(rows, sideways);
                for (int i = 0; i < walkers.length; i++) {
                    walkers[i].adapt(wantedSideways[i], wanted[i], adaptation);
                }
                walkers = Arrays.stream(walkers)
                        .filter(walker -> !walker.isFinished())
                        .toArray(BoundaryAttackState[]::new);
            }
        }
    }
}
