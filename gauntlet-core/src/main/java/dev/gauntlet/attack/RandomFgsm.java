package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Ascent;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.Require;
import dev.gauntlet.attack.kit.StartingPoints;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * R+FGSM: a small random step, followed by the fast gradient sign method with the rest of epsilon,
 * {@code x' = x + alpha * sign(normal noise)}, {@code x'' = x' + (epsilon - alpha) * sign(grad_x J(theta, x', y))}.
 *
 * <p>Tramèr, Kurakin, Papernot, Goodfellow, Boneh and McDaniel, "Ensemble Adversarial Training: Attacks and Defenses", ICLR
 * 2018, <a href="https://arxiv.org/abs/1705.07204">arXiv:1705.07204</a>. The random step leaves the neighbourhood of the
 * example, where the gradients of a model trained with the FGSM are often misleading. The FGSM with a random start of Wong,
 * Rice and Kolter, which draws the start from the whole ball, is {@code pgd:steps=1,relative-step=1.25}.
 *
 * <p>L-infinity, untargeted and targeted. The search for an example ends if the random step is a success.
 *
 * <p>Cost: one forward pass; per budget, one forward and backward pass and one forward pass.
 *
 * <p>Example: {@code new RandomFgsm(1 / 6.0, new CrossEntropy()).prepare(model, problem).within(0.3)}.
 *
 * @param relativeStart the size of the random step, alpha, as a share of epsilon, in (0,1)
 * @param loss the loss to maximize
 */
public record RandomFgsm(
        @OptionMeaning(value = "The size of the random step as a share of epsilon", above = 0, below = 1)
        double relativeStart,

        @OptionMeaning("The loss to maximize") Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    public RandomFgsm {
        Require.properShare(relativeStart, "The random step of R+FGSM, a share of epsilon,");
    }

    /**
     * Returns the common configuration with a random step of half of epsilon; the authors' code for MNIST uses a sixth
     * (0.05 of 0.3).
     *
     * @return the attack
     */
    public static RandomFgsm defaults() {
        return new RandomFgsm(0.5, new CrossEntropy());
    }

    @Override
    public String name() {
        return "r-fgsm";
    }

    @Override
    public String title() {
        return "R+FGSM";
    }

    @Override
    public String meaning() {
        return "fast gradient sign method after a random step";
    }

    @Override
    public boolean isBaseline() {
        return true;
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.forwards(1)
                .plus(Passes.gradients(1).plus(Passes.forwards(1)).times(epsilons.size()));
    }

    @Override
    public void search(DifferentiableClassifier model, Problem problem, double epsilon, Findings findings) {
        int[] rows = findings.open();
        double alpha = relativeStart * epsilon;
        new Ascent(model, problem, loss, 1, Ascent.steepest(problem))
                .climb(rows, StartingPoints.signs(problem, rows, alpha), epsilon - alpha, epsilon, findings);
    }
}
