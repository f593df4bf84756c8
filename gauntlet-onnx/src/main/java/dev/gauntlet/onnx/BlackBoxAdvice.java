package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import java.nio.file.Path;
import java.util.List;

/** Says what a user can do with a file that has no gradient here: only what was found to work for that very file. */
final class BlackBoxAdvice {
    private BlackBoxAdvice() {}

    /**
     * Gives the advice for a file that gives logits, as the end of a sentence.
     *
     * <p>Cost: ONNX Runtime loads the file.
     */
    static String forLogits(Path file) {
        return advice(file, "square");
    }

    /** Gives the advice for a file that gives only the predicted class. */
    static String forDecisions(Path file) {
        return advice(file, "hop-skip-jump");
    }

    private static String advice(Path file, String attack) {
        try (RuntimeSession session = RuntimeSession.open(file, List.of())) {
            return "attack it with --black-box --attack %s.".formatted(attack);
        } catch (GauntletException e) {
            return "a black-box attack is impossible, too, so export it with standard operators. %s"
                    .formatted(e.getMessage());
        }
    }
}
