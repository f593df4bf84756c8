package dev.gauntlet;

import java.io.Serial;

/**
 * An error that the user can fix: bad input, a missing file, an option outside its range.
 *
 * <p>The message is one line that says what was wrong, where, and what to do; it is shown unchanged, without a stack
 * trace. Line breaks and other control characters, which may come from a file's content, are escaped. Over-long
 * messages are truncated in the middle.
 */
public sealed class GauntletException extends RuntimeException permits StorageException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** Longer messages quote the content of a file; its beginning is enough. */
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
     * Creates the exception with its one-line message and its cause.
     *
     * @param message what was wrong, where, and what to do
     * @param cause the cause
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
