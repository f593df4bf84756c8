package dev.gauntlet.explore;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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
            "parts.js", SCRIPT,
            "report.js", SCRIPT);

    /** Finds a file by its path behind the token. */
    static Optional<StaticFile> find(String path) throws IOException {
        String name = path.isEmpty() ? "index.html" : path;
        String type = TYPES.get(name);
        if (type == null) {
            return Optional.empty();
        }
        return Optional.of(new StaticFile(type, read(name)));
    }

    /** Reads a file of the page, or one of which exported pages are made. */
    static byte[] read(String name) throws IOException {
        try (InputStream in = StaticFile.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("the file %s of the page is missing".formatted(name));
            }
            return in.readAllBytes();
        }
    }

    /** Reads a file as text. */
    static String text(String name) throws IOException {
        return new String(read(name), StandardCharsets.UTF_8);
    }
}
