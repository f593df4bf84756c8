package dev.gauntlet;

import java.io.Serial;

/**
 * Something a user can mend: bad input, a missing file, an option outside its range.
 *
 * <p>The message is one line that says what was wrong, where, and what to do; it is shown as it is, without a stack
 * trace. Line breaks and other control characters, which may come from a file's content, are escaped,
 * and the middle of an endless message is left out.
 */
public sealed class GauntletException extends RuntimeException permits StorageException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** Longer messages quote a file's content, of which the beginning is enough. */
    private static final int LONGEST_MESSAGE = 800;

    private static final int KEPT_AT_END = 200;

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

    private static String oneLine(String original) {
        String message = original.length() <= LONGEST_MESSAGE
                ? original
                : original.substring(0, LONGEST_MESSAGE - KEPT_AT_END)
                        + " ... "
                        + original.substring(original.length() - KEPT_AT_END);
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            boolean breaksLine = Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
            line.append(breaksLine ? "\\u%04x".formatted((int) c) : String.valueOf(c));
        }
        return line.toString();
    }
}
