package dev.gauntlet.explore;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;

/**
 * A file of the page.
 *
 * @param type its media type
 * @param content its bytes
 */
record StaticFile(String type, byte[] content) {
    private static final String SCRIPT = "text/javascript; charset=utf-8";

    /** Nothing else is ever served from the class path. */
    private static final Map<String, String> TYPES = Map.of(
            "index.html", "text/html; charset=utf-8",
            "style.css", "text/css; charset=utf-8",
            "icon.svg", "image/svg+xml",
            "app.js", SCRIPT,
            "server.js", SCRIPT,
            "images.js", SCRIPT,
            "drawing.js", SCRIPT,
            "charts.js", SCRIPT,
            "report.js", SCRIPT);

    /** Finds a file by its path behind the token. */
    static Optional<StaticFile> find(String path) throws IOException {
        String name = path.isEmpty() ? "index.html" : path;
        String type = TYPES.get(name);
        if (type == null) {
            return Optional.empty();
        }
        try (InputStream in = StaticFile.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("the file %s of the page is missing".formatted(name));
            }
            return Optional.of(new StaticFile(type, in.readAllBytes()));
        }
    }
}
