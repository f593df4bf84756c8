package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Ascent;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * MI-FGSM, the momentum iterative fast gradient sign method: steps of equal size from the clean example, which add up to
 * epsilon, along the accumulated gradient,
 * {@code g' = decay * g + grad_x J(theta, x, y) / |grad_x J(theta, x, y)|_1}, {@code x' = x + epsilon / steps * sign(g')}.
 *
 * <p>Dong, Liao, Pang, Su, Zhu, Hu and Li, "Boosting Adversarial Attacks with Momentum", CVPR 2018,
 * <a href="https://arxiv.org/abs/1710.06081">arXiv:1710.06081</a>, algorithm 1; in L2 its MI-FGM, whose steps follow
 * {@code g' / |g'|_2}. The momentum is intended to improve the transfer of examples to other models.
 *
 * <p>L-infinity and L2, untargeted and targeted. The search for an example ends at the first success.
 *
 * <p>Cost: one forward pass; per budget, one forward and backward pass per step and one forward pass.
 *
 * <p>Example: {@code new MomentumFgsm(20, 1.0, new CrossEntropy()).prepare(model, problem).within(0.1)}.
 *
 * @param steps the number of steps, at least 1
 * @param decay the decay factor of the accumulated gradient, in [0,1]; with 0 every step uses its own gradient only, with
 *     1 all gradients have equal weight
 * @param loss the loss to maximize
 */
public record MomentumFgsm(
        @OptionMeaning(value = "The number of steps", min = 1)
        int steps,

        @OptionMeaning(value = "The decay factor of the accumulated gradient", min = 0, max = 1)
        double decay,

        @OptionMeaning("The loss to maximize") Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    public MomentumFgsm {
        Require.atLeast(1, steps, "MI-FGSM", "step");
        Require.share(decay, "The decay of MI-FGSM");
    }

    /**
     * Returns the configuration of the paper: 10 steps with decay 1.
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

    /** A single step is a baseline, even with restarts. */
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
    public void search(DifferentiableClassifier model, Problem problem, double epsilon, Findings findings) {
        int[] rows = findings.open();
        float[] start = problem.clean().select(rows).pixels();
        new Ascent(model, problem, loss, steps, momentum(problem))
                .climb(rows, start, epsilon / steps, epsilon, findings);
    }

    /** Returns the direction of one search, with the momentum of every example. */
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
