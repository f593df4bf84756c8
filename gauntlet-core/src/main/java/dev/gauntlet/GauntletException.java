package dev.gauntlet;

import java.io.Serial;
import java.util.List;

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

    /** The settings that the message is about; an enumeration is written out by its names, so this is serializable. */
    @SuppressWarnings("serial") // List.of gives serializable lists
    private final List<Setting> settings;

    /**
     * Creates the exception with its one-line message.
     *
     * @param message what was wrong, where, and what to do
     * @param settings what the user has to change; a program that has options or keys for them names these
     */
    public GauntletException(String message, Setting... settings) {
        super(oneLine(message));
        this.settings = List.of(settings);
    }

    /**
     * Creates the exception with its one-line message and what led to it.
     *
     * @param message what was wrong, where, and what to do
     * @param cause what led to it
     * @param settings what the user has to set otherwise; if none is given, those of the cause
     */
    public GauntletException(String message, Throwable cause, Setting... settings) {
        super(oneLine(message), cause);
        this.settings =
                settings.length == 0 && cause instanceof GauntletException reason ? reason.settings : List.of(settings);
    }

    /**
     * Returns the settings that the message is about, in the order in which it speaks of them.
     *
     * @return the settings; empty if it is about none
     */
    public List<Setting> settings() {
        return settings;
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
