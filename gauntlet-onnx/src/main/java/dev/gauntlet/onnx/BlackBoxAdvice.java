package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import java.nio.file.Path;
import java.util.List;

/** Advises how to attack a file without a gradient, after checking that it works for this file. */
final class BlackBoxAdvice {
    private BlackBoxAdvice() {}

    /**
     * Returns the advice for a file that returns logits, as the end of a sentence.
     *
     * <p>Cost: ONNX Runtime loads the file.
     */
    static String forLogits(Path file) {
        return advice(file, "square");
    }

    /** Returns the advice for a file that returns only the predicted class. */
    static String forDecisions(Path file) {
        return advice(file, "hop-skip-jump");
    }

    private static String advice(Path file, String attack) {
        try (RuntimeSession session = RuntimeSession.open(file, List.of())) {
            return "attack it as a black box, for example with %s.".formatted(attack);
        } catch (GauntletException e) {
            return "black-box attacks are impossible, too, so export it with standard operators. %s"
                    .formatted(e.getMessage());
        }
    }
}
