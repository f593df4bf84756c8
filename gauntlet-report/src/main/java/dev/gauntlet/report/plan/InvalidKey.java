package dev.gauntlet.report.plan;

import dev.gauntlet.GauntletException;
import java.io.Serial;

/** A key of a plan is unknown, or its value is wrong. */
final class InvalidKey extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String key;
    private final GauntletException reason;

    InvalidKey(String key, GauntletException reason) {
        super(reason.getMessage(), reason);
        this.key = key;
        this.reason = reason;
    }

    /** Returns the key with its section. */
    String key() {
        return key;
    }

    /** Returns what is wrong; the message begins with the key. */
    GauntletException reason() {
        return reason;
    }
}
