package dev.gauntlet.certify;

import dev.gauntlet.GauntletException;
import java.util.Optional;

/**
 * What is known about one example and one ball.
 *
 * @param id the number of the example
 * @param standing what was proved
 * @param lowerBound a proved lower bound of the margin of the true class within the ball; negative infinity if
 *     none is known
 * @param inFloat32 whether the example is also certified for the model as computed with 32-bit floats, in any order of
 *     summation
 * @param counterexample an image within the ball that the model misclassifies, if one was found
 * @param domains into how many parts the ball was divided; 1 if it was not
 */
public record Certificate(
        int id,
        Standing standing,
        double lowerBound,
        boolean inFloat32,
        Optional<float[]> counterexample,
        long domains) {
    /** What was proved. */
    public enum Standing {
        /** The clean image is misclassified. */
        MISTAKE,
        /** An image within the ball is misclassified. */
        BROKEN,
        /** No image within the ball is misclassified. */
        CERTIFIED,
        /** Neither was proved. */
        UNDECIDED
    }

    public Certificate {
        if (Double.isNaN(lowerBound)) {
            throw new GauntletException("The lower bound of example %d is not a number.".formatted(id));
        }
        if (standing == Standing.CERTIFIED && !(lowerBound > 0)) {
            throw new GauntletException(
                    "Example %d is certified, but its margin may fall to %s.".formatted(id, lowerBound));
        }
        if (inFloat32 && standing != Standing.CERTIFIED) {
            throw new GauntletException("Example %d is certified in 32-bit arithmetic alone.".formatted(id));
        }
        if (counterexample.isPresent() != (standing == Standing.BROKEN)) {
            throw new GauntletException(
                    "Example %d has the standing %s, which does not fit its counterexample.".formatted(id, standing));
        }
        if (domains < 0) {
            throw new GauntletException("Example %d has %d domains.".formatted(id, domains));
        }
    }

    /**
     * Returns the certificate of an example that the model misclassifies without any change.
     *
     * @param id the number of the example
     * @return the certificate
     */
    public static Certificate mistake(int id) {
        return new Certificate(id, Standing.MISTAKE, Double.NEGATIVE_INFINITY, false, Optional.empty(), 0);
    }
}
