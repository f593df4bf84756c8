package dev.gauntlet.request;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.List;

/** What attacks may see of a model. */
public enum Access {
    /** Everything: outputs and gradients. */
    WHITE_BOX(DifferentiableClassifier.class) {
        @Override
        public List<Attack<?>> parse(String text, Norm norm) {
            return List.copyOf(Attacks.parseAll(text, norm));
        }
    },

    /** Outputs only. */
    BLACK_BOX(Classifier.class) {
        @Override
        public List<Attack<?>> parse(String text, Norm norm) {
            return List.of(Attacks.parseBlackBox(text));
        }
    };

    private final Class<? extends Classifier> model;

    Access(Class<? extends Classifier> model) {
        this.model = model;
    }

    /**
     * Reads an attack as a user writes it.
     *
     * @param text the text, such as {@code pgd:steps=100} or {@code autoattack}, which is four attacks
     * @param norm how distance is measured, on which the options of AutoAttack depend
     * @return the attacks in their order
     * @throws GauntletException if there is no such attack or option, a value is out of its range, or the attack needs
     *     more of a model than this
     */
    public abstract List<Attack<?>> parse(String text, Norm norm);

    /**
     * Tells whether an attack needs no more of a model than this.
     *
     * @param attack the attack
     * @return whether it can be used
     */
    public boolean allows(Attack<?> attack) {
        return attack.modelType().isAssignableFrom(model);
    }

    /**
     * Returns the attacks of this library that need no more of a model than this.
     *
     * @return the attacks with their default options
     */
    public List<Attack<?>> attacks() {
        return Attacks.all().stream()
                .filter(this::allows)
                .<Attack<?>>map(attack -> attack)
                .toList();
    }

    void requireAllowed(Attack<?> attack) {
        if (!allows(attack)) {
            throw new GauntletException("The attack %s needs a %s, but attacks here see only a %s."
                    .formatted(attack.name(), attack.modelType().getSimpleName(), model.getSimpleName()));
        }
    }
}
