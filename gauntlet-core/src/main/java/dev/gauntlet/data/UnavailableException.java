package dev.gauntlet.data;

import java.io.Serial;

/**
 * A data set is not available: neither on this machine nor over the network.
 *
 * <p>It is checked, so that every caller decides between an error and another data set; a damaged file is a {@link
 * dev.gauntlet.GauntletException} instead. The message is a clause that gives the reason.
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

    /** Returns the reason, as a clause to be put into a sentence. */
    String reason() {
        return String.valueOf(getMessage());
    }
}
