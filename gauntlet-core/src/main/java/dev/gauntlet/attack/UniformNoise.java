package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Noise that is uniform in each pixel, scaled to a size of epsilon: a baseline that every real attack must beat.
 *
 * <p>As the additive uniform noise attacks of Foolbox with repeats; in L2 with the clipping-aware rescaling of Rauber and
 * Bethge, "Fast Differentiable Clipping-Aware Normalization and Rescaling", 2020,
 * <a href="https://arxiv.org/abs/2007.07677">arXiv:2007.07677</a>. In L-infinity the largest number drawn is scaled to
 * epsilon, and clipping to the box [0,1] is not made up for.
 *
 * <p>L-infinity and L2, untargeted and targeted. An example that is fooled by any noise is finished.
 *
 * <p>Cost: at most as many forward passes as repeats, and one forward pass in all.
 *
 * <p>Example: {@code UniformNoise.defaults().prepare(model, Problem.of(batch, Norm.LINF)).within(0.3)}.
 *
 * @param repeats how often noise is drawn, at least 1
 * @param clippingAware whether noise in L2 is scaled such that its size is epsilon after it is clipped, and not before
 */
public record UniformNoise(
        @Explained(value = "How often noise is drawn", min = 1)
        int repeats,

        @Explained("Whether noise in L2 is scaled so that its size is epsilon after clipping, not before")
        boolean clippingAware)
        implements FixedBudgetAttack<Classifier> {
    public UniformNoise {
        Require.atLeast(1, repeats, "Uniform noise", "repeat");
    }

    /**
     * Returns the method with the 100 repeats of Foolbox, clipping-aware in L2.
     *
     * @return the attack
     */
    public static UniformNoise defaults() {
        return new UniformNoise(100, true);
    }

    @Override
    public String name() {
        return "uniform-noise";
    }

    @Override
    public String title() {
        return "Uniform noise";
    }

    @Override
    public String meaning() {
        return "random baseline";
    }

    @Override
    public boolean isBaseline() {
        return true;
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
        return Passes.forwards(1 + (long) repeats * epsilons.size());
    }

    @Override
    public Search prepare(Classifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        return new RepeatedNoise(Norm.LINF, repeats, clippingAware).prepare(model, problem);
    }
}
