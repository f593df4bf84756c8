package dev.gauntlet.site;

import java.io.Serial;
import java.util.List;

/** What is wrong with the documentation, one line for each problem. */
public final class SiteException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    SiteException(List<String> problems) {
        super(String.join("\n", problems));
    }
}
