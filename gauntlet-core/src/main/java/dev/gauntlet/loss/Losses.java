package dev.gauntlet.loss;

import dev.gauntlet.Choices;
import java.util.List;

/** The losses that a user can choose by name. */
public final class Losses {
    /** The losses by their names. */
    public static final Choices<Loss> CHOICES =
            Choices.of("loss", List.of(new CrossEntropy(), new Float32CrossEntropy()), Loss::name);

    private Losses() {}
}
