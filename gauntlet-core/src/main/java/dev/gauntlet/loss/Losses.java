package dev.gauntlet.loss;

import dev.gauntlet.Choices;
import java.util.List;

/** The losses that users choose by name. */
public final class Losses {
    /** The losses by name, in the order in which messages list them. */
    public static final Choices<Loss> CHOICES = Choices.of(
            "loss",
            List.of(
                    new CrossEntropy(),
                    new Float32CrossEntropy(Float32CrossEntropy.Registers.AVX2),
                    new Float32CrossEntropy(Float32CrossEntropy.Registers.AVX512),
                    new Margin(),
                    new Dlr()),
            Loss::name);

    private Losses() {}
}
