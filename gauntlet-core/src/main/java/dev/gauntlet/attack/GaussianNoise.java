package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Gaussian noise, scaled to a size of epsilon: a baseline that every real attack must beat.
 *
 * <p>As the additive Gaussian noise attacks of Foolbox with repeats; with the clipping-aware rescaling of Rauber and Bethge,
 * "Fast Differentiable Clipping-Aware Normalization and Rescaling", 2020,
 * <a href="https://arxiv.org/abs/2007.07677">arXiv:2007.07677</a>. Without it, noise is clipped to the box [0,1] and then is
 * smaller than epsilon, on black or white images much smaller.
 *
 * <p>L2, untargeted and targeted. An example that is fooled by any noise is finished.
 *
 * <p>Cost: at most as many forward passes as repeats, and one forward pass in all.
 *
 * <p>Example: {@code GaussianNoise.defaults().prepare(model, Problem.of(batch, Norm.L2)).within(2)}.
 *
 * @param repeats how often noise is drawn, at least 1
 * @param clippingAware whether the noise is scaled such that its size is epsilon after it is clipped, and not before
 */
public record GaussianNoise(
        @Explained(value = "How often noise is drawn", min = 1)
        int repeats,

        @Explained("Whether the noise is scaled so that its size is epsilon after clipping, not before")
        boolean clippingAware)
        implements FixedBudgetAttack<Classifier> {
    public GaussianNoise {
        Require.atLeast(1, repeats, "Gaussian noise", "repeat");
    }

    /**
     * Returns the method with the 100 repeats of Foolbox, clipping-aware.
     *
     * @return the attack
     */
    public static GaussianNoise defaults() {
        return new GaussianNoise(100, true);
    }

    @Override
    public String name() {
        return "gaussian-noise";
    }

    @Override
    public String title() {
        return "Gaussian noise";
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
        return EnumSet.of(Norm.L2);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(1 + (long) repeats * epsilons.size());
    }

    @Override
    public Search prepare(Classifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        return new RepeatedNoise(Norm.L2, repeats, clippingAware).prepare(model, problem);
    }
}
