package dev.gauntlet.attack;

import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
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
 * <p>Cost: one forward and one backward pass, for any number of budgets, and one forward pass per budget.
 *
 * <p>Example: {@code Fgsm.defaults().prepare(model, Problem.of(batch, Norm.LINF)).within(0.1)}.
 *
 * @param loss what is increased
 */
public record Fgsm(@Explained("The loss that is increased") Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    /**
     * Returns the method of the paper: the cross-entropy with the true label.
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
    public Search prepare(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Norm norm = problem.norm();
        Batch clean = problem.clean();
        int length = clean.shape().size();
        Gradient gradient = model.gradient(clean, problem.objective(loss, clean));
        Findings unharmed = Findings.of(gradient.logits(), problem);
        float[] direction = new float[clean.pixels().length];
        for (int row = 0; row < clean.size(); row++) {
            norm.steepest(gradient.pixels(), row * length, length, direction);
        }
        return epsilon -> {
            Findings findings = unharmed.copy();
            float step = (float) epsilon;
            float[] x = clean.pixels().clone();
            for (int i = 0; i < x.length; i++) {
                x[i] += step * direction[i];
            }
            for (int row = 0; row < clean.size(); row++) {
                norm.project(clean.pixels(), x, row * length, length, epsilon);
            }
            int[] rows = findings.open();
            if (rows.length > 0) {
                Batch adversarial = clean.withPixels(x).select(rows);
                findings.keep(rows, adversarial.pixels(), model.logits(adversarial));
            }
            return findings.result();
        };
    }
}
