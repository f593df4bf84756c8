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
 * The basic iterative method: FGSM steps of a small fixed size from the clean example, each followed by a projection onto
 * the ball and the box [0,1], {@code x' = clip(x + alpha * sign(grad_x J(theta, x, y)))}.
 *
 * <p>Kurakin, Goodfellow and Bengio, "Adversarial examples in the physical world", ICLR 2017 workshop,
 * <a href="https://arxiv.org/abs/1607.02533">arXiv:1607.02533</a>, section 2.2. The number of steps follows from epsilon:
 * {@code min(epsilon / alpha + 4, 1.25 * epsilon / alpha)}, rounded up, just enough to reach the surface of the ball. For
 * another number of steps or another norm, use PGD without a random start: {@code pgd:random-start=false,steps=10}.
 *
 * <p>L-infinity, untargeted and targeted; the paper's iterative least-likely class method is the targeted form with that
 * class as the target. The search for an example ends at the first success.
 *
 * <p>Cost: one forward pass; per budget, one forward and backward pass per step (80 steps for epsilon 0.3, 10 for 8/255)
 * and one forward pass.
 *
 * <p>Example: {@code Bim.defaults().prepare(model, problem).within(0.3)}.
 *
 * @param stepSize the step size alpha in pixel units, in (0,1]
 * @param loss the loss to maximize
 */
public record Bim(
        @OptionMeaning(value = "The step size in pixel units, where black is 0 and white is 1", above = 0, max = 1)
        double stepSize,

        @OptionMeaning("The loss to maximize") Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    public Bim {
        Require.positiveShare(stepSize, "The step size of BIM, in pixel units,");
    }

    /**
     * Returns the configuration of the paper: steps of one of 255 grey levels.
     *
     * @return the attack
     */
    public static Bim defaults() {
        return new Bim(1 / 255.0, new CrossEntropy());
    }

    @Override
    public String name() {
        return "bim";
    }

    @Override
    public String title() {
        return "BIM";
    }

    @Override
    public String meaning() {
        return "basic iterative method";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return epsilons.stream()
                .map(epsilon -> Passes.gradients(steps(epsilon)).plus(Passes.forwards(1)))
                .reduce(Passes.forwards(1), Passes::plus);
    }

    @Override
    public void search(DifferentiableClassifier model, Problem problem, double epsilon, Findings findings) {
        int[] rows = findings.open();
        float[] start = problem.clean().select(rows).pixels();
        new Ascent(model, problem, loss, steps(epsilon), Ascent.steepest(problem))
                .climb(rows, start, stepSize, epsilon, findings);
    }

    /** Returns the number of steps according to the paper; at least 1. */
    private int steps(double epsilon) {
        double wayToEdge = epsilon / stepSize;
        // 8/255 may be a little more than eight times 1/255
        double rounding = 1e-6;
        return (int) Math.max(1, Math.ceil(Math.min(wayToEdge + 4, 1.25 * wayToEdge) - rounding));
    }
}
