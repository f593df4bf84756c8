package dev.gauntlet;

import java.io.Serial;

/**
 * Something a user can mend: bad input, a missing file, an option outside its range.
 *
 * <p>The message is one line that says what was wrong, where, and what to do; it is shown as it is, without a stack
 * trace. Line breaks and other control characters, which may come from a file's content, are escaped.
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
        super(oneLine(message));
    }

    /**
     * Creates the exception with its one-line message and what led to it.
     *
     * @param message what was wrong, where, and what to do
     * @param cause what led to it
     */
    public GauntletException(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    private static String oneLine(String message) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            boolean breaksLine = Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
            line.append(breaksLine ? "\\u%04x".formatted((int) c) : String.valueOf(c));
        }
        return line.toString();
    }
}
