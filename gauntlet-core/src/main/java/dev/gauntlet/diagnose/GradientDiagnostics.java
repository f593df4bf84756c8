package dev.gauntlet.diagnose;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.ExpectationOverTransformations;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.StraightThrough;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Probes whether the gradients of a model are useful to an attack, and whether the attacks of a plan find what is known to be
 * there.
 *
 * <p>Each probe runs small attacks on a few examples.
 *
 * @param model the model
 * @param correct some examples that it classifies correctly, with the budget in focus
 * @param epsilon that budget, above 0
 * @param attacks the attacks of the plan
 */
public record GradientDiagnostics(
        DifferentiableClassifier model,
        Problem correct,
        double epsilon,
        List<Attack<? super DifferentiableClassifier>> attacks) {
    /** The largest number of examples to use. */
    public static final int EXAMPLES = 50;

    /** Small enough for a piecewise linear network to be linear, large enough for the precision of floats. */
    private static final float TINY_STEP = 1e-3f;

    /** The relative rounding error of a sum of logits in floats. */
    private static final double ROUNDING = 1e-5;

    private static final int POINTS = 10;
    private static final double EXPLODED = 10_000;
    private static final int DRAWS = 8;

    private static final Pgd SHORT = new Pgd(10, 0.25, false, 1, Pgd.defaults().sparsity(), new CrossEntropy());
    private static final Pgd FAR = new Pgd(40, 0.1, true, 1, Pgd.defaults().sparsity(), new CrossEntropy());

    /** What is probed, the cheap ones first. */
    public enum Probe {
        /** A tiny step along the gradient; two forward passes and one backward pass per example. */
        TINY_STEP(WarningSign.WRONG_GRADIENT),
        /** The loss along the gradient; eleven forward passes and one backward pass. */
        ALONG_THE_GRADIENT(WarningSign.FLAT_LOSS, WarningSign.EXPLODING_LOSS),
        /** A single step against ten. */
        SINGLE_STEP(WarningSign.SINGLE_STEP_WINS),
        /** Forty steps with an unlimited budget. */
        UNLIMITED(WarningSign.ROBUST_TO_ANYTHING),
        /** Ten steps on the mean over noise against ten on the model itself. */
        TRANSFER(WarningSign.TRANSFER_WINS),
        /** The plan's own attacks on examples in which an adversarial one was planted. */
        PLANTED(WarningSign.PLANTED_MISSED);

        @SuppressWarnings("ImmutableEnumChecker") // is immutable
        private final List<WarningSign> signs;

        Probe(WarningSign... signs) {
            this.signs = List.of(signs);
        }

        /**
         * Returns the signs that the probe measures.
         *
         * @return the signs
         */
        public List<WarningSign> signs() {
            return signs;
        }

        /**
         * Estimates the passes through the model.
         *
         * @param attacks the attacks of the plan
         * @param norm the norm
         * @param correct the number of examples
         * @param epsilon the budget
         * @param classes the number of classes of the model
         * @return the passes
         */
        public Passes passes(List<? extends Attack<?>> attacks, Norm norm, int correct, double epsilon, int classes) {
            Function<Attack<?>, Passes> cost = attack ->
                    attack.norms().contains(norm) ? attack.passes(norm, List.of(epsilon), classes) : Passes.NONE;
            return switch (this) {
                case TINY_STEP -> Passes.gradients(1).plus(Passes.forwards(1)).times(correct);
                case ALONG_THE_GRADIENT ->
                    Passes.gradients(1).plus(Passes.forwards(POINTS)).times(correct);
                case SINGLE_STEP ->
                    cost.apply(Fgsm.defaults())
                            .plus(cost.apply(SHORT))
                            .plus(JUDGED)
                            .plus(JUDGED)
                            .times(correct);
                case UNLIMITED -> cost.apply(FAR).plus(JUDGED).times(correct).plus(JUDGED);
                case TRANSFER ->
                    cost.apply(SHORT)
                            .times(1L + DRAWS)
                            .plus(JUDGED)
                            .plus(JUDGED)
                            .times(correct);
                case PLANTED ->
                    attacks.stream()
                            .map(attack -> cost.apply(attack).plus(JUDGED))
                            .reduce(Passes.forwards(PlantedExampleCheck.POINTS), Passes::plus)
                            .times(Math.min(PlantedExampleCheck.EXAMPLES, correct));
            };
        }
    }

    /** What it takes to recompute the success of an attack. */
    private static final Passes JUDGED = Passes.forwards(1);

    /**
     * Runs a probe.
     *
     * @param probe the probe
     * @return one diagnostic for each of its signs
     */
    public List<Diagnostic> run(Probe probe) {
        return switch (probe) {
            case TINY_STEP -> List.of(wrongGradient());
            case ALONG_THE_GRADIENT -> alongTheGradient();
            case SINGLE_STEP -> List.of(singleStep());
            case UNLIMITED -> List.of(anything());
            case TRANSFER -> List.of(transfer());
            case PLANTED -> List.of(planted());
        };
    }

    private Norm norm() {
        return correct.norm();
    }

    private int length() {
        return correct.clean().shape().size();
    }

    private Diagnostic wrongGradient() {
        int asked = Math.min(correct.size(), EXAMPLES);
        if (asked == 0) {
            return nothingCorrect(WarningSign.WRONG_GRADIENT);
        }
        Batch clean = correct.clean();
        int length = length();
        IntFunction<Loss> objective = correct.objective(new Margin(), clean);
        Gradient gradient = model.gradient(clean, objective);
        float[] direction = new float[gradient.pixels().length];
        float[] moved = clean.pixels().clone();
        for (int row = 0; row < asked; row++) {
            Norm.LINF.steepest(gradient.pixels(), row * length, length, direction);
            for (int i = row * length; i < (row + 1) * length; i++) {
                moved[i] = Math.max(0, Math.min(1, moved[i] + TINY_STEP * direction[i]));
            }
        }
        Logits here = gradient.logits();
        Logits there = model.logits(clean.withPixels(moved));
        int classes = here.classes();
        double[] errors = new double[asked];
        for (int row = 0; row < asked; row++) {
            double slope = 0;
            for (int i = row * length; i < (row + 1) * length; i++) {
                slope += (double) gradient.pixels()[i] * (moved[i] - clean.pixels()[i]);
            }
            double change = objective.apply(row).value(there.values(), row * classes, classes, clean.labels()[row])
                    - gradient.losses()[row];
            double size = Math.max(Math.abs(slope), Math.abs(change));
            errors[row] = size <= ROUNDING * largest(here, row) ? 0 : Math.abs(slope - change) / size;
        }
        Arrays.sort(errors);
        double median = errors[(asked - 1) / 2];
        return Diagnostic.measured(
                WarningSign.WRONG_GRADIENT,
                median > WarningSign.WRONG_GRADIENT.threshold(),
                median,
                WarningSign.WRONG_GRADIENT.threshold(),
                say(
                        "The change of the loss after a step of %s along the gradient deviates from the gradient's prediction by %.2g of it (median of %d images).",
                        Float.toString(TINY_STEP), median, asked));
    }

    private static double largest(Logits logits, int row) {
        double largest = 0;
        for (int k = 0; k < logits.classes(); k++) {
            largest = Math.max(largest, Math.abs(logits.values()[row * logits.classes() + k]));
        }
        return largest;
    }

    /** Follows the loss along the first gradient, up to the whole budget. */
    private List<Diagnostic> alongTheGradient() {
        if (correct.size() == 0) {
            return List.of(nothingCorrect(WarningSign.FLAT_LOSS), nothingCorrect(WarningSign.EXPLODING_LOSS));
        }
        Batch clean = correct.clean();
        IntFunction<Loss> objective = correct.objective(new CrossEntropy(), clean);
        Gradient gradient = model.gradient(clean, objective);
        // the steepest step in L1 changes one pixel, which may already be at its limit
        Norm straight = norm() == Norm.LINF ? Norm.LINF : Norm.L2;
        float[] direction = new float[gradient.pixels().length];
        for (int row = 0; row < clean.size(); row++) {
            straight.steepest(gradient.pixels(), row * length(), length(), direction);
        }
        boolean[] flat = new boolean[clean.size()];
        Arrays.fill(flat, true);
        boolean[] exploded = new boolean[clean.size()];
        for (int point = 1; point <= POINTS; point++) {
            double radius = epsilon * point / POINTS;
            float[] moved = clean.pixels().clone();
            for (int i = 0; i < moved.length; i++) {
                moved[i] += (float) radius * direction[i];
            }
            for (int row = 0; row < clean.size(); row++) {
                norm().project(clean.pixels(), moved, row * length(), length(), radius);
            }
            Logits logits = model.logits(clean.withPixels(moved));
            for (int row = 0; row < clean.size(); row++) {
                double loss = objective
                        .apply(row)
                        .value(logits.values(), row * logits.classes(), logits.classes(), clean.labels()[row]);
                flat[row] &= loss == gradient.losses()[row];
                exploded[row] |= Math.abs(loss) > EXPLODED;
            }
        }
        return List.of(
                share(WarningSign.FLAT_LOSS, flat, "For %d of %d images, the loss is constant along the gradient."),
                share(
                        WarningSign.EXPLODING_LOSS,
                        exploded,
                        "For %d of %d images, the loss exceeds 10,000 along the gradient."));
    }

    private static Diagnostic share(WarningSign indicator, boolean[] seen, String finding) {
        int count =
                (int) IntStream.range(0, seen.length).filter(row -> seen[row]).count();
        double share = (double) count / seen.length;
        return Diagnostic.measured(
                indicator,
                share > indicator.threshold(),
                share,
                indicator.threshold(),
                say(finding, count, seen.length));
    }

    private Diagnostic singleStep() {
        return duel(
                WarningSign.SINGLE_STEP_WINS,
                () -> AttackTrial.of(Fgsm.defaults(), model, correct, epsilon),
                "a single step",
                "ten steps");
    }

    /** Attacks the mean over noise and transfers the results to the model. */
    private Diagnostic transfer() {
        return duel(
                WarningSign.TRANSFER_WINS,
                () -> {
                    var smoothed = new ExpectationOverTransformations(
                            key -> new StraightThrough(batch -> noisy(batch, key), model),
                            DRAWS,
                            correct.randomness().with("smoothing"));
                    return AttackTrial.of(SHORT, smoothed, model, correct, epsilon);
                },
                "ten steps on the mean over noise",
                "the same steps on the model itself");
    }

    private Batch noisy(Batch batch, RandomKey key) {
        float[] noise = new float[batch.pixels().length];
        for (int row = 0; row < batch.size(); row++) {
            norm().sample(key.with(batch.ids()[row]).generator(), noise, row * length(), length(), epsilon / 2);
        }
        for (int i = 0; i < noise.length; i++) {
            noise[i] = Math.max(0, Math.min(1, batch.pixels()[i] + noise[i]));
        }
        return batch.withPixels(noise);
    }

    private Diagnostic duel(WarningSign indicator, Supplier<AttackTrial> suspicious, String what, String usual) {
        if (!SHORT.norms().contains(norm())) {
            return noStep(indicator);
        }
        if (correct.size() == 0) {
            return nothingCorrect(indicator);
        }
        AttackTrial trial = suspicious.get();
        AttackTrial expected = AttackTrial.of(SHORT, model, correct, epsilon);
        double chance = trial.chanceAgainst(expected);
        return Diagnostic.measured(
                indicator,
                chance < indicator.threshold(),
                1 - chance,
                1 - indicator.threshold(),
                say(
                        "Of %d images at epsilon %s, %s succeeded on %d and %s on %d; only the first succeeded on %d, only the second on %d.",
                        trial.size(),
                        Double.toString(epsilon),
                        what,
                        trial.count(),
                        usual,
                        expected.count(),
                        trial.countBeyond(expected),
                        expected.countBeyond(trial)));
    }

    private Diagnostic anything() {
        WarningSign indicator = WarningSign.ROBUST_TO_ANYTHING;
        if (!FAR.norms().contains(norm())) {
            return noStep(indicator);
        }
        if (correct.size() == 0) {
            return nothingCorrect(indicator);
        }
        AttackTrial trial = AttackTrial.of(FAR, model, correct, norm().largest(length()));
        double chance =
                1.0 / model.logits(correct.clean().select(new int[] {0})).classes();
        int standing = trial.size() - trial.count();
        return Diagnostic.measured(
                indicator,
                AttackTrial.surely(standing, trial.size()) > chance,
                (double) standing / trial.size(),
                chance,
                say(
                        "With an unlimited budget, %d of %d images are still robust after 40 steps; guessing is right for %.0f %%.",
                        standing, trial.size(), 100 * chance));
    }

    private Diagnostic planted() {
        return PlantedExampleCheck.in(model, correct, epsilon).found(attacks);
    }

    private static Diagnostic nothingCorrect(WarningSign indicator) {
        return Diagnostic.notMeasured(indicator, "No image was classified correctly.");
    }

    private Diagnostic noStep(WarningSign indicator) {
        return Diagnostic.notMeasured(indicator, "The probe has no gradient step for %s.".formatted(norm().title()));
    }

    private static String say(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
