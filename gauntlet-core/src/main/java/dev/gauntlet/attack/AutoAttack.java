package dev.gauntlet.attack;

import dev.gauntlet.GauntletException;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Dlr;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.ExpectationOverTransformations;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.Optional;

/**
 * AutoAttack: four parameter-free attacks as one worst case.
 *
 * <p>Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free
 * Attacks", ICML 2020, <a href="https://arxiv.org/abs/2003.01690">arXiv:2003.01690</a>, the version {@code standard} of the
 * authors' code: APGD with the cross-entropy, APGD-T, FAB-T and Square with 5000 queries. In L1 APGD has 5 starts and APGD-T
 * 5 target classes, as in "Mind the box", <a href="https://arxiv.org/abs/2103.01208">arXiv:2103.01208</a>.
 *
 * <p>A report is named AutoAttack only if it used exactly these attacks with these options.
 */
public final class AutoAttack {
    /** The name in records and on the command line. */
    public static final String NAME = "autoattack";

    /** The name of the version for randomized defences, in records. */
    public static final String RAND_NAME = "autoattack-rand";

    static final String TITLE = "AutoAttack";

    static final String RAND_TITLE = "AutoAttack rand";

    private static final int DRAWS = 20;

    private AutoAttack() {}

    /**
     * Returns the attacks in their order.
     *
     * <p>Cost for a robust example in L-infinity and L2 with 10 classes: about 7,850 forward passes and 1,910
     * backward passes.
     *
     * <p>Example: {@code Plan.whiteBox(Norm.LINF, AutoAttack.standard(Norm.LINF), 0.3)}.
     *
     * @param norm how distance is measured: L-infinity, L2 or L1
     * @return the attacks
     * @throws GauntletException if the norm is another one
     */
    public static List<Attack<? super DifferentiableClassifier>> standard(Norm norm) {
        requireNorm(norm);
        boolean sparse = norm == Norm.L1;
        return List.of(
                new Apgd(100, sparse ? 5 : 1, 0.75, true, new CrossEntropy()),
                new ApgdTargeted(sparse ? 5 : 9, 100, 1, 0.75, true),
                new FabTargeted(9, 100, 1, 0.1, 1.05, 0.9, 0),
                new Square(5000, 0.8, 1, false));
    }

    /**
     * Returns the attacks of the version {@code rand} for randomized defences, in their order: APGD with the cross-entropy and
     * with the difference of logits ratio. The model must be an {@link ExpectationOverTransformations} with 20 draws.
     *
     * <p>Cost for a robust example: 202 forward and backward passes, each for 20 draws.
     *
     * @param norm how distance is measured: L-infinity, L2 or L1
     * @return the attacks
     * @throws GauntletException if the norm is another one
     */
    public static List<Attack<? super DifferentiableClassifier>> rand(Norm norm) {
        requireNorm(norm);
        return List.of(new Apgd(100, 1, 0.75, true, new CrossEntropy()), new Apgd(100, 1, 0.75, true, new Dlr()));
    }

    /**
     * Returns the version of AutoAttack that an evaluation corresponds to.
     *
     * @param attacks the attacks that ran, in their order
     * @param norm the norm
     * @param model the attacked model
     * @return the name of the version, if the attacks and their options match exactly
     */
    public static Optional<String> nameOf(List<? extends Attack<?>> attacks, Norm norm, Classifier model) {
        if (norm == Norm.L0) {
            return Optional.empty();
        }
        if (attacks.equals(standard(norm))) {
            return Optional.of(NAME);
        }
        boolean isMean = model instanceof ExpectationOverTransformations mean && mean.count() == DRAWS;
        return isMean && attacks.equals(rand(norm)) ? Optional.of(RAND_NAME) : Optional.empty();
    }

    private static void requireNorm(Norm norm) {
        if (norm == Norm.L0) {
            throw new GauntletException("AutoAttack supports L-infinity, L2 and L1, but not L0.");
        }
    }
}
