package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The boundary attack: a random walk from success to success, each nearer to the clean example than the one before; it
 * asks for nothing but the predicted class.
 *
 * <p>Brendel, Rauber and Bethge, "Decision-Based Adversarial Attacks: Reliable Attacks Against Black-Box Machine Learning
 * Models", ICLR 2018, <a href="https://arxiv.org/abs/1712.04248">arXiv:1712.04248</a>, algorithm 1, with the step sizes of
 * the authors' code in Foolbox 3. Each candidate is a random step at the same distance from the clean example, followed by
 * a step towards it; both sizes are shares of that distance. Every tenth step the random step is tried alone too. When
 * more than half of the last 100 of these succeed, both sizes grow, and when less than a fifth do, both shrink; when of the
 * last 30 candidates more than a quarter succeed, the step towards the example grows, and when less than a tenth do, it
 * shrinks. An example for which that step has become smaller than 1e-7 is finished.
 *
 * <p>L2 only, untargeted and targeted. Differences from Foolbox: random steps and step sizes are each example's own; noise
 * that is not all alike is tried as a start, because many models take uniform noise for one and the same class; towards a
 * target the start is noise too, and not an image of that class, so that there are targets that are not reached. An
 * example for which no start is found is a failure.
 *
 * <p>Cost: 1.1 forward passes per step, some 20 in all and one per noise image tried. The examples of a problem are asked
 * about together.
 *
 * <p>Example: {@code BoundaryAttack.defaults().nearest(model, Problem.of(batch, Norm.L2))}.
 *
 * @param steps the largest number of steps, at least 1
 * @param orthogonalStep the size of the random step at first, as a share of the distance; above 0
 * @param sourceStep the size of the step towards the clean example at first, as a share of the distance; above 0 and
 *     below 1
 * @param adaptation the factor by which step sizes grow and shrink, above 1
 * @param draws how many noise images are tried as a start, at least 1
 */
public record BoundaryAttack(
        @Explained(value = "The largest number of steps", min = 1)
        int steps,

        @Explained(value = "The size of the first random step, as a share of the distance", above = 0)
        double orthogonalStep,

        @Explained(
                value = "The size of the first step towards the clean example, as a share of the distance",
                above = 0,
                below = 1)
        double sourceStep,

        @Explained(value = "The factor by which step sizes grow and shrink", above = 1)
        double adaptation,

        @Explained(value = "How many noise images are tried as a start", min = 1)
        int draws)
        implements MinimalNormAttack<Classifier> {
    /** The random step is tried alone whenever so many steps are done. */
    private static final int TRIAL_INTERVAL = 10;

    /** About how many passes find a start and the boundary. */
    private static final int FEW_STARTS = 30;

    public BoundaryAttack {
        Require.atLeast(1, steps, "The boundary attack", "step");
        Require.above(0, orthogonalStep, "The orthogonal step of the boundary attack, a share of the distance,");
        Require.properShare(sourceStep, "The source step of the boundary attack, a share of the distance,");
        Require.above(1, adaptation, "The adaptation of the boundary attack");
        Require.atLeast(1, draws, "The boundary attack", "noise image");
    }

    /**
     * Returns the method with the defaults of Foolbox: 25,000 steps, both sizes 0.01 at first, an adaptation of 1.5; up to
     * 1000 noise images are tried.
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
    public AttackResult nearest(Classifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Findings findings = Findings.of(model, problem);
        DecisionOracle decisions = new DecisionOracle(model, problem, findings);
        DecisionStarts starts = DecisionStarts.find(decisions, problem, findings.open(), draws);
        walk(decisions, walkers(problem, starts), problem.clean().shape().size());
        return findings.result();
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
