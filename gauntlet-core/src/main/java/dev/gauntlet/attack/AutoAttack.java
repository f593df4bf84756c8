package dev.gauntlet.attack;

import dev.gauntlet.GauntletException;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.List;

/**
 * AutoAttack: four attacks without anything to tune, as one worst case.
 *
 * <p>Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free
 * Attacks", ICML 2020, <a href="https://arxiv.org/abs/2003.01690">arXiv:2003.01690</a>, the version {@code standard} of the
 * authors' code: APGD with the cross-entropy, APGD-T, FAB-T and Square with 5000 queries. In L1 APGD has 5 starts and APGD-T
 * 5 target classes, as of "Mind the box", <a href="https://arxiv.org/abs/2103.01208">arXiv:2103.01208</a>.
 *
 * <p>The name is for this very list and nothing less: a report bears it only if its attacks are these with these options.
 */
public final class AutoAttack {
    /** The name in records and on the command line. */
    public static final String NAME = "autoattack";

    private AutoAttack() {}

    /**
     * Returns the attacks in their order.
     *
     * <p>Cost for an example that withstands all, in L-infinity and L2, with 10 classes: about 7,850 forward passes and 1,910
     * backward passes.
     *
     * <p>Example: {@code Plan.whiteBox(Norm.LINF, AutoAttack.standard(Norm.LINF), 0.3)}.
     *
     * @param norm how distance is measured: L-infinity, L2 or L1
     * @return the attacks
     * @throws GauntletException if the norm is another one
     */
    public static List<Attack<? super DifferentiableClassifier>> standard(Norm norm) {
        if (norm == Norm.L0) {
            throw new GauntletException("AutoAttack is for L-infinity, L2 and L1, not for L0.");
        }
        boolean sparse = norm == Norm.L1;
        return List.of(
                new Apgd(100, sparse ? 5 : 1, 0.75, true, new CrossEntropy()),
                new ApgdTargeted(sparse ? 5 : 9, 100, 1, 0.75, true),
                new FabTargeted(9, 100, 1, 0.1, 1.05, 0.9, 0),
                new Square(5000, 0.8, 1, false));
    }

    /**
     * Tells whether some attacks are exactly these, in this order.
     *
     * @param attacks the attacks
     * @param norm how distance is measured
     * @return whether a result of them may be called AutoAttack's
     */
    public static boolean is(List<? extends Attack<?>> attacks, Norm norm) {
        return norm != Norm.L0 && attacks.equals(standard(norm));
    }
}
