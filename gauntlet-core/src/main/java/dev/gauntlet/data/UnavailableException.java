package dev.gauntlet.data;

import java.io.Serial;

/**
 * A data set is nowhere to be had: neither here nor over the network.
 *
 * <p>Checked, so that every caller decides between an error and another data set; a damaged file is something else, a
 * {@link dev.gauntlet.GauntletException}. The message is a clause that says why.
 */
final class UnavailableException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    UnavailableException(String reason) {
        super(reason);
    }

    UnavailableException(String reason, Throwable cause) {
        super(reason, cause);
    }

    /** Why, as a clause to be put into a sentence. */
    String reason() {
        return String.valueOf(getMessage());
    }
}
