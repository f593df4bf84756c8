package dev.gauntlet.attack;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.Set;

/**
 * Projected gradient descent: from a random point in the ball many steps of steepest ascent of the loss, each followed by
 * a projection onto the ball and the box [0,1].
 *
 * <p>Madry, Makelov, Schmidt, Tsipras and Vladu, "Towards Deep Learning Models Resistant to Adversarial Attacks", ICLR
 * 2018, <a href="https://arxiv.org/abs/1706.06083">arXiv:1706.06083</a>, section 2.1.
 *
 * <p>L-infinity and L2, untargeted and targeted. An example that is fooled at any step is finished; restarts go on with
 * the others.
 *
 * <p>Cost: per restart as many forward and backward passes as steps, and one forward pass; one forward pass in all.
 *
 * <p>Example: {@code new Pgd(100, 0.025, true, 5, new Margin()).prepare(model, problem).within(0.3)}.
 *
 * @param steps the number of steps, at least 1
 * @param relativeStep the size of a step as a share of epsilon, above 0
 * @param randomStart whether a descent starts at a point drawn uniformly from the ball, and not at the clean example
 * @param restarts the number of descents, at least 1; without a random start all would be the same, so only 1
 * @param loss what is increased
 */
public record Pgd(int steps, double relativeStep, boolean randomStart, int restarts, Loss loss)
        implements FixedBudgetAttack<DifferentiableClassifier> {
    public Pgd {
        if (steps < 1) {
            throw new GauntletException("PGD needs at least 1 step, got " + steps + ".");
        }
        if (!(relativeStep > 0 && Double.isFinite(relativeStep))) {
            throw new GauntletException(
                    "The relative step of PGD is a share of epsilon above 0, got " + relativeStep + ".");
        }
        if (restarts < 1) {
            throw new GauntletException("PGD needs at least 1 restart, got " + restarts + ".");
        }
        if (restarts > 1 && !randomStart) {
            throw new GauntletException(
                    "Without a random start all %d restarts of PGD would be the same; use restarts=1 or random-start=true."
                            .formatted(restarts));
        }
    }

    /**
     * Returns the method as the paper uses it on MNIST: 40 steps of a thirtieth of epsilon (0.01 for 0.3).
     *
     * @return the attack
     */
    public static Pgd defaults() {
        return new Pgd(40, 1 / 30.0, true, 1, new CrossEntropy());
    }

    @Override
    public String name() {
        return "pgd";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.LINF, Norm.L2);
    }

    @Override
    public Search prepare(DifferentiableClassifier model, Problem problem) {
        requireFit(problem.norm(), problem.criterion());
        Findings unharmed = Findings.of(model, problem);
        return epsilon -> {
            Findings findings = unharmed.copy();
            for (int restart = 0; restart < restarts; restart++) {
                descend(model, problem, epsilon, restart, findings);
            }
            return findings.result();
        };
    }

    private void descend(
            DifferentiableClassifier model, Problem problem, double epsilon, int restart, Findings findings) {
        Norm norm = problem.norm();
        int length = problem.clean().shape().size();
        int[] rows = findings.open();
        Batch clean = problem.clean().select(rows);
        float[] x = randomStart ? Starts.uniform(problem, rows, epsilon, restart) : clean.pixels();
        for (int step = 0; step < steps && rows.length > 0; step++) {
            Gradient gradient = model.gradient(clean.withPixels(x), problem.objective(loss, clean));
            float[] ascent = gradient.pixels();
            int[] standing = findings.keep(rows, x, gradient.logits());
            if (standing.length < rows.length) {
                rows = Rows.select(rows, standing);
                clean = clean.select(standing);
                x = Rows.select(x, standing, length);
                ascent = Rows.select(ascent, standing, length);
            }
            x = step(norm, clean, x, ascent, epsilon);
        }
        if (rows.length > 0) {
            findings.keep(rows, x, model.logits(clean.withPixels(x)));
        }
    }

    /** Computes {@code project(x + step * steepest(gradient))}. */
    private float[] step(Norm norm, Batch clean, float[] x, float[] gradient, double epsilon) {
        int length = clean.shape().size();
        float size = (float) (relativeStep * epsilon);
        float[] next = new float[x.length];
        for (int row = 0; row < clean.size(); row++) {
            norm.steepest(gradient, row * length, length, next);
        }
        for (int i = 0; i < next.length; i++) {
            next[i] = x[i] + size * next[i];
        }
        for (int row = 0; row < clean.size(); row++) {
            norm.project(clean.pixels(), next, row * length, length, epsilon);
        }
        return next;
    }
}
