package dev.gauntlet.report.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where the keys of a text in TOML are written. The parser that reads the values does not tell.
 *
 * <p>Only the places of sections and of keys in them are known; a key in an inline table has the place of the table.
 */
public final class TomlPositions {
    private static final String[] LONG_QUOTES = {"\"\"\"", "'''"};

    private final Map<List<String>, Position> places = new HashMap<>();
    private final String text;
    private int next;

    private TomlPositions(String text) {
        this.text = text;
    }

    /**
     * A place in a text.
     *
     * @param line the line, from 1
     * @param column the column, from 1
     */
    public record Position(int line, int column) {
        @Override
        public String toString() {
            return "line %d, column %d".formatted(line, column);
        }
    }

    /**
     * Finds the keys of a text.
     *
     * @param text a text that is valid TOML; the places in any other are unspecified
     * @return their places
     */
    static TomlPositions of(String text) {
        TomlPositions positions = new TomlPositions(text);
        positions.scan();
        return positions;
    }

    /**
     * Returns the place of a key; if it is not known, that of its section.
     *
     * @param key the key with its sections; upper and lower case are the same
     * @return where it is written first; empty if the text has neither
     */
    public Optional<Position> of(List<String> key) {
        List<String> lower =
                key.stream().map(part -> part.toLowerCase(Locale.ROOT)).toList();
        for (int length = lower.size(); length > 0; length--) {
            Position found = places.get(lower.subList(0, length));
            if (found != null) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }

    private void scan() {
        List<String> section = List.of();
        while (skipBlank()) {
            int begin = next;
            if (text.charAt(next) == '[') {
                while (next < text.length() && text.charAt(next) == '[') {
                    next++;
                }
                section = key("]");
                place(section, begin);
                skipTo("\n");
            } else {
                List<String> path = new ArrayList<>(section);
                path.addAll(key("="));
                place(path, begin);
                next++;
                skipValue();
            }
        }
    }

    private void place(List<String> path, int begin) {
        int line = (int) text.substring(0, begin).chars().filter(c -> c == '\n').count() + 1;
        int column = begin - text.lastIndexOf('\n', begin - 1);
        // a section is also where its parents are first written
        for (int length = 1; length <= path.size(); length++) {
            places.putIfAbsent(List.copyOf(path.subList(0, length)), new Position(line, column));
        }
    }

    /** Moves to the next statement, and tells whether there is one. */
    private boolean skipBlank() {
        while (next < text.length()) {
            char c = text.charAt(next);
            if (c == '#') {
                skipTo("\n");
            } else if (Character.isWhitespace(c)) {
                next++;
            } else {
                return true;
            }
        }
        return false;
    }

    /** Reads a key up to the character that ends it. */
    private List<String> key(String end) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        while (next < text.length() && !text.startsWith(end, next)) {
            char c = text.charAt(next);
            if (c == '"' || c == '\'') {
                int begin = next + 1;
                skipQuoted();
                part.append(text, begin, Math.max(begin, next - 1));
            } else {
                if (c == '.') {
                    parts.add(part.toString().toLowerCase(Locale.ROOT));
                    part.setLength(0);
                } else if (!Character.isWhitespace(c)) {
                    part.append(c);
                }
                next++;
            }
        }
        parts.add(part.toString().toLowerCase(Locale.ROOT));
        return parts;
    }

    /** Moves behind a value, which may take several lines. */
    private void skipValue() {
        int depth = 0;
        while (next < text.length()) {
            char c = text.charAt(next);
            if (c == '"' || c == '\'') {
                skipQuoted();
                continue;
            }
            if (c == '#') {
                skipTo("\n");
                continue;
            }
            if (c == '[' || c == '{') {
                depth++;
            } else if (c == ']' || c == '}') {
                depth--;
            } else if (c == '\n' && depth <= 0) {
                return;
            }
            next++;
        }
    }

    private void skipQuoted() {
        for (String quotes : LONG_QUOTES) {
            if (text.startsWith(quotes, next)) {
                next += quotes.length();
                skipTo(quotes);
                next = Math.min(text.length(), next + quotes.length());
                return;
            }
        }
        char quote = text.charAt(next);
        next++;
        skipTo(String.valueOf(quote));
        next = Math.min(text.length(), next + 1);
    }

    /** Moves to the next occurrence that no backslash of a text in double quotes escapes. */
    private void skipTo(String end) {
        boolean escapes = end.startsWith("\"");
        while (next < text.length() && !text.startsWith(end, next)) {
            next += escapes && text.charAt(next) == '\\' ? 2 : 1;
        }
        next = Math.min(next, text.length());
    }
}
