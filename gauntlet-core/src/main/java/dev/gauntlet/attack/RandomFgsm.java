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
 * R+FGSM: a small step in a random direction, and then the fast gradient sign method with what is left of epsilon,
 * {@code x' = x + alpha * sign(normal noise)}, {@code x'' = x' + (epsilon - alpha) * sign(grad_x J(theta, x', y))}.
 *
 * <p>Tramèr, Kurakin, Papernot, Goodfellow, Boneh and McDaniel, "Ensemble Adversarial Training: Attacks and Defenses", ICLR
 * 2018, <a href="https://arxiv.org/abs/1705.07204">arXiv:1705.07204</a>. The random step leaves the neighbourhood of the
 * example, where the gradients of a model trained with the FGSM often lead nowhere. The FGSM with a random start of Wong,
 * Rice and Kolter, which draws the start from the whole ball, is {@code pgd:steps=1,relative-step=1.25}.
 *
 * <p>L-infinity, untargeted and targeted. An example that the random step fools is finished.
 *
 * <p>Cost: one forward pass, and per budget one forward and backward pass and one forward pass.
 *
 * <p>Example: {@code new RandomFgsm(1 / 6.0, new CrossEntropy()).prepare(model, problem).within(0.3)}.
 *
 * @param relativeStart the size of the random step, alpha, as a share of epsilon, in (0,1)
 * @param loss what is increased
 */
public record RandomFgsm(
        @Explained(value = "The size of the random step as a share of epsilon", above = 0, below = 1)
        double relativeStart,

        @Explained("The loss that is increased") Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    public RandomFgsm {
        Require.properShare(relativeStart, "The random step of R+FGSM, a share of epsilon,");
    }

    /**
     * Returns the method with a random step of half of epsilon, as most use it; the authors' code for MNIST has a sixth
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
    public Search prepare(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Ascent ascent = new Ascent(model, problem, loss, 1, Ascent.steepest(problem));
        Findings unharmed = Findings.of(model, problem);
        return epsilon -> {
            Findings findings = unharmed.copy();
            int[] rows = findings.open();
            double alpha = relativeStart * epsilon;
            ascent.climb(rows, StartingPoints.signs(problem, rows, alpha), epsilon - alpha, epsilon, findings);
            return findings.result();
        };
    }
}
