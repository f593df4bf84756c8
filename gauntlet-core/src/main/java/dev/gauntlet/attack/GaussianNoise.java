package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Gaussian noise, scaled to a size of epsilon: a baseline that every real attack must beat.
 *
 * <p>Like the repeated additive Gaussian noise attacks of Foolbox, with the clipping-aware rescaling of Rauber and Bethge,
 * "Fast Differentiable Clipping-Aware Normalization and Rescaling", 2020,
 * <a href="https://arxiv.org/abs/2007.07677">arXiv:2007.07677</a>. Without it, clipping to the box [0,1] makes the noise
 * smaller than epsilon, much smaller on black or white images.
 *
 * <p>L2, untargeted and targeted. The search for an example ends at the first success.
 *
 * <p>Cost: at most one forward pass per repeat, and one forward pass in total.
 *
 * <p>Example: {@code GaussianNoise.defaults().prepare(model, Problem.of(batch, Norm.L2)).within(2)}.
 *
 * @param repeats the largest number of draws, at least 1
 * @param clippingAware whether the size of the noise is epsilon after clipping, and not before
 */
public record GaussianNoise(
        @OptionMeaning(value = "The largest number of draws of noise", min = 1)
        int repeats,

        @OptionMeaning("Whether the size of the noise is epsilon after clipping, not before")
        boolean clippingAware)
        implements FixedBudgetAttack<Classifier> {
    public GaussianNoise {
        Require.atLeast(1, repeats, "Gaussian noise", "repeat");
    }

    /**
     * Returns the configuration with the 100 repeats of Foolbox, clipping-aware.
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
    public void search(Classifier model, Problem problem, double epsilon, Findings findings) {
        new RepeatedNoise(Norm.L2, repeats, clippingAware).search(model, problem, epsilon, findings);
    }
}
