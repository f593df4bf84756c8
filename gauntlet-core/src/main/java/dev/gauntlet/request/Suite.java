package dev.gauntlet.request;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Apgd;
import dev.gauntlet.attack.ApgdTargeted;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.attack.CarliniWagner;
import dev.gauntlet.attack.Ddn;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Fmn;
import dev.gauntlet.attack.HopSkipJump;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.Square;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Attacks and a sample size for users who do not want to choose them one by one.
 *
 * <p>There is a list for L-infinity, L2 and L1, none for L0. Success is any wrong answer: APGD-T and FAB-T have no targeted variant.
 *
 * <p>Example: {@code Plan.whiteBox(Norm.LINF, Suite.QUICK.attacks(Norm.LINF), 8 / 255.0)}.
 */
public enum Suite {
    /** FGSM and short runs of APGD and APGD-T on 200 examples: a first look, too weak to praise a model by. */
    QUICK(OptionalInt.of(200)) {
        @Override
        List<Attack<? super DifferentiableClassifier>> list(Norm norm) {
            return List.of(
                    Fgsm.defaults(),
                    new Apgd(20, 1, 0.75, true, new CrossEntropy()),
                    new ApgdTargeted(3, 20, 1, 0.75, true));
        }
    },

    /** AutoAttack as published on 1000 examples: what the field compares models by. */
    STANDARD(OptionalInt.of(1000)) {
        @Override
        List<Attack<? super DifferentiableClassifier>> list(Norm norm) {
            return AutoAttack.standard(norm);
        }
    },

    /**
     * AutoAttack, APGD-T with 5 runs for each class, Square with 20,000 queries, PGD with 10 starts of 100 steps, and every attack
     * of the norm among FMN, DDN, Carlini-Wagner and HopSkipJump, on all examples: for models on which the budget of AutoAttack
     * may not suffice.
     */
    THOROUGH(OptionalInt.empty()) {
        @Override
        List<Attack<? super DifferentiableClassifier>> list(Norm norm) {
            List<Attack<? super DifferentiableClassifier>> attacks = new ArrayList<>(AutoAttack.standard(norm));
            attacks.add(new ApgdTargeted(9, 100, 5, 0.75, true));
            attacks.add(new Square(20_000, 0.8, 1, true));
            attacks.add(new Pgd(100, 0.025, true, 10, 0.99, new CrossEntropy()));
            List<Attack<? super DifferentiableClassifier>> nearest = List.of(
                    Fmn.defaults(),
                    Ddn.defaults(),
                    // 9 searches of 10,000 steps, as in the paper, would outweigh all the rest
                    new CarliniWagner(9, 1000, 0.01, 0.001, true),
                    HopSkipJump.defaults());
            nearest.stream().filter(attack -> attack.norms().contains(norm)).forEach(attacks::add);
            return List.copyOf(attacks);
        }
    };

    private static final Choices<Suite> BY_NAME = Choices.of("suite", List.of(values()), Suite::id);

    @SuppressWarnings("ImmutableEnumChecker") // is immutable
    private final OptionalInt examples;

    Suite(OptionalInt examples) {
        this.examples = examples;
    }

    abstract List<Attack<? super DifferentiableClassifier>> list(Norm norm);

    /**
     * Returns the name that users write.
     *
     * @return the name, such as {@code quick}
     */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns how many examples are drawn unless the user says otherwise.
     *
     * @return the number; absent for all
     */
    public OptionalInt examples() {
        return examples;
    }

    /**
     * Returns the attacks in their order, as one worst case.
     *
     * @param norm how distance is measured: L-infinity, L2 or L1
     * @return the attacks
     * @throws GauntletException if the norm is L0
     */
    public List<Attack<? super DifferentiableClassifier>> attacks(Norm norm) {
        if (norm == Norm.L0) {
            throw new GauntletException(
                    "The suite %s is for L-infinity, L2 and L1, not for L0; name the attacks yourself, such as fmn."
                            .formatted(id()));
        }
        return list(norm);
    }

    /**
     * Finds a suite by its name.
     *
     * @param name the name as a user wrote it, such as {@code standard}
     * @return the suite
     * @throws GauntletException if there is none, the message suggesting the nearest name
     */
    public static Suite parse(String name) {
        return BY_NAME.parse(name.strip());
    }
}
