package dev.gauntlet.cli;

import java.util.ArrayList;
import java.util.List;

/** What a terminal shows of a text: a carriage return goes back to the beginning of the line, and what comes then is written over it. */
final class TerminalLines {
    private TerminalLines() {}

    static List<String> of(String text) {
        List<String> lines = new ArrayList<>();
        for (String written : text.split("\n", -1)) {
            StringBuilder line = new StringBuilder();
            for (String part : written.split("\r", -1)) {
                line.replace(0, Math.min(line.length(), part.length()), part);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
