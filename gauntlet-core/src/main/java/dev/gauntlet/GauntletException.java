package dev.gauntlet;

import java.io.Serial;

/**
 * Something a user can mend: bad input, a missing file, an option outside its range.
 *
 * <p>The message is one line that says what was wrong, where, and what to do; it is shown as it is, without a stack
 * trace.
 */
public final class GauntletException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception with its one-line message.
     *
     * @param message what was wrong, where, and what to do
     */
    public GauntletException(String message) {
        super(message);
    }

    /**
     * Creates the exception with its one-line message and what led to it.
     *
     * @param message what was wrong, where, and what to do
     * @param cause what led to it
     */
    public GauntletException(String message, Throwable cause) {
        super(message, cause);
    }
}
