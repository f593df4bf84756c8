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
 * Uniform noise in each pixel, scaled to a size of epsilon: a baseline that every real attack must beat.
 *
 * <p>Like the repeated additive uniform noise attacks of Foolbox, in L2 with the clipping-aware rescaling of Rauber and
 * Bethge, "Fast Differentiable Clipping-Aware Normalization and Rescaling", 2020,
 * <a href="https://arxiv.org/abs/2007.07677">arXiv:2007.07677</a>. In L-infinity the largest number drawn is scaled to
 * epsilon, without compensation for clipping to the box [0,1].
 *
 * <p>L-infinity and L2, untargeted and targeted. The search for an example ends at the first success.
 *
 * <p>Cost: at most one forward pass per repeat, and one forward pass in total.
 *
 * <p>Example: {@code UniformNoise.defaults().prepare(model, Problem.of(batch, Norm.LINF)).within(0.3)}.
 *
 * @param repeats the largest number of draws, at least 1
 * @param clippingAware whether the size of the noise in L2 is epsilon after clipping, and not before
 */
public record UniformNoise(
        @OptionMeaning(value = "The largest number of draws of noise", min = 1)
        int repeats,

        @OptionMeaning("Whether the size of the noise in L2 is epsilon after clipping, not before")
        boolean clippingAware)
        implements FixedBudgetAttack<Classifier> {
    public UniformNoise {
        Require.atLeast(1, repeats, "Uniform noise", "repeat");
    }

    /**
     * Returns the configuration with the 100 repeats of Foolbox, clipping-aware in L2.
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
    public void search(Classifier model, Problem problem, double epsilon, Findings findings) {
        new RepeatedNoise(Norm.LINF, repeats, clippingAware).search(model, problem, epsilon, findings);
    }
}
