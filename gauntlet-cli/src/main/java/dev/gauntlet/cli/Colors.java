package dev.gauntlet.cli;

import dev.gauntlet.gate.Verdict;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.ColorScheme;

/**
 * The colors of what is printed: only on terminals, and none where the user wants none.
 *
 * @param out whether standard output shows colors
 * @param err whether standard error does
 */
record Colors(boolean out, boolean err) {
    static Colors of(Screen screen, Map<String, String> environment) {
        // https://no-color.org: any value but the empty one
        boolean wanted = environment
                        .getOrDefault(EnvironmentVariable.NO_COLOR.name(), "")
                        .isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
        return new Colors(wanted && screen.isOutputTerminal(), wanted && screen.kind() == Screen.Kind.TERMINAL);
    }

    ColorScheme ofHelp() {
        return Help.defaultColorScheme(out ? Ansi.ON : Ansi.OFF);
    }

    String verdict(Verdict verdict) {
        return colored(
                verdict.toString(),
                switch (verdict) {
                    case PASS -> "bold,green";
                    case FAIL -> "bold,red";
                    case INCONCLUSIVE -> "bold,yellow";
                },
                out);
    }

    String error(String text) {
        return colored(text, "bold,red", err);
    }

    String warning(String text) {
        return colored(text, "bold,yellow", err);
    }

    private static String colored(String text, String style, boolean on) {
        return on ? Ansi.ON.string("@|%s %s|@".formatted(style, text)) : text;
    }
}
