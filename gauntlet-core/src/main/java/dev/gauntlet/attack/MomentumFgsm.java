package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * MI-FGSM, the momentum iterative fast gradient sign method: from the clean example steps of equal size, which add up to
 * epsilon, along a sum of all gradients so far,
 * {@code g' = decay * g + grad_x J(theta, x, y) / |grad_x J(theta, x, y)|_1}, {@code x' = x + epsilon / steps * sign(g')}.
 *
 * <p>Dong, Liao, Pang, Su, Zhu, Hu and Li, "Boosting Adversarial Attacks with Momentum", CVPR 2018,
 * <a href="https://arxiv.org/abs/1710.06081">arXiv:1710.06081</a>, algorithm 1; in L2 its MI-FGM, whose steps go along
 * {@code g' / |g'|_2}. The momentum is meant for examples that fool other models too, more than for the
 * model at hand.
 *
 * <p>L-infinity and L2, untargeted and targeted. An example that is fooled at any step is finished.
 *
 * <p>Cost: one forward pass, and per budget as many forward and backward passes as steps, and one forward pass.
 *
 * <p>Example: {@code new MomentumFgsm(20, 1.0, new CrossEntropy()).prepare(model, problem).within(0.1)}.
 *
 * @param steps the number of steps, at least 1
 * @param decay how much of the sum is kept from step to step, in [0,1]; with 0 every step follows its own gradient alone,
 *     with 1 all gradients count alike
 * @param loss what is increased
 */
public record MomentumFgsm(
        @Explained(value = "The number of steps", min = 1) int steps,

        @Explained(value = "How much of the sum of gradients is kept from step to step", min = 0, max = 1)
        double decay,

        @Explained("The loss that is increased") Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    public MomentumFgsm {
        Require.atLeast(1, steps, "MI-FGSM", "step");
        Require.share(decay, "The decay of MI-FGSM");
    }

    /**
     * Returns the method of the paper: 10 steps with decay 1.
     *
     * @return the attack
     */
    public static MomentumFgsm defaults() {
        return new MomentumFgsm(10, 1, new CrossEntropy());
    }

    @Override
    public String name() {
        return "mi-fgsm";
    }

    @Override
    public String title() {
        return "MI-FGSM";
    }

    @Override
    public String meaning() {
        return "momentum iterative fast gradient sign method";
    }

    /** A single step is no search, however often it is started. */
    @Override
    public boolean isBaseline() {
        return steps == 1;
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(1)
                .plus(Passes.gradients(steps).plus(Passes.forwards(1)).times(epsilons.size()));
    }

    @Override
    public Search prepare(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Findings unharmed = Findings.of(model, problem);
        return epsilon -> {
            Findings findings = unharmed.copy();
            int[] rows = findings.open();
            float[] start = problem.clean().select(rows).pixels();
            new Ascent(model, problem, loss, steps, momentum(problem))
                    .climb(rows, start, epsilon / steps, epsilon, findings);
            return findings.result();
        };
    }

    /** Returns the direction of one search, which remembers the momentum of every example. */
    private Ascent.Direction momentum(Problem problem) {
        Norm norm = problem.norm();
        int length = problem.clean().shape().size();
        float[] momentum = new float[problem.clean().pixels().length];
        return (row, x, gradient, offset, direction) -> {
            int own = row * length;
            double size = Norm.L1.size(gradient, offset, length);
            for (int i = 0; i < length; i++) {
                double share = size == 0 ? 0 : gradient[offset + i] / size;
                momentum[own + i] = (float) (decay * momentum[own + i] + share);
            }
            System.arraycopy(momentum, own, direction, offset, length);
            norm.steepest(direction, offset, length, direction);
        };
    }
}
