package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.OptionMeaning;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The fast gradient sign method: one step of size epsilon along the sign of the loss gradient,
 * {@code x' = clamp(x + epsilon * sign(grad_x J(theta, x, y)), 0, 1)}.
 *
 * <p>Goodfellow, Shlens and Szegedy, "Explaining and Harnessing Adversarial Examples", ICLR 2015,
 * <a href="https://arxiv.org/abs/1412.6572">arXiv:1412.6572</a>, section 4. In the other norms it is the fast gradient
 * method: one step of size epsilon in the direction of steepest ascent.
 *
 * <p>L-infinity, L2 and L1, untargeted and targeted. A pixel whose gradient is exactly 0 does not move.
 *
 * <p>Cost: one forward and one backward pass for all budgets, and one forward pass per budget.
 *
 * <p>Example: {@code Fgsm.defaults().prepare(model, Problem.of(batch, Norm.LINF)).within(0.1)}.
 *
 * @param loss the loss to maximize
 */
public record Fgsm(@OptionMeaning("The loss to maximize") Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    /**
     * Returns the configuration of the paper: the cross-entropy with the true label.
     *
     * @return the attack
     */
    public static Fgsm defaults() {
        return new Fgsm(new CrossEntropy());
    }

    @Override
    public String name() {
        return "fgsm";
    }

    @Override
    public String title() {
        return "FGSM";
    }

    @Override
    public String meaning() {
        return "fast gradient sign method";
    }

    @Override
    public boolean isBaseline() {
        return true;
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2, Norm.L1);
    }

    @Override
    public Passes passes(Norm norm, List<Double> epsilons, int classes) {
        return Passes.gradients(1).plus(Passes.forwards(1).times(epsilons.size()));
    }

    @Override
    public Findings begin(DifferentiableClassifier model, Problem problem) {
        return Findings.of(model.gradient(problem.clean(), problem.objective(loss, problem.clean())), problem);
    }

    @Override
    public void search(DifferentiableClassifier model, Problem problem, double epsilon, Findings findings) {
        int[] rows = findings.open();
        Batch clean = problem.clean().select(rows);
        int length = clean.shape().size();
        float[] gradient = RowSelection.select(findings.cleanGradient().pixels(), rows, length);
        float[] x = new float[gradient.length];
        for (int i = 0; i < rows.length; i++) {
            problem.norm().steepest(gradient, i * length, length, x);
        }
        float step = (float) epsilon;
        for (int i = 0; i < x.length; i++) {
            x[i] = clean.pixels()[i] + step * x[i];
        }
        for (int i = 0; i < rows.length; i++) {
            problem.norm().project(clean.pixels(), x, i * length, length, epsilon);
        }
        findings.keep(rows, x, model.logits(clean.withPixels(x)));
    }
}
