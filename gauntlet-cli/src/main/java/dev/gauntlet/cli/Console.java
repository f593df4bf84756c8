package dev.gauntlet.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What a command says: a summary on standard output, progress on standard error if that is a terminal. */
final class Console {
    /** Set by the launcher, which can ask whether standard error is a terminal; Java cannot. */
    private static final boolean TERMINAL = Boolean.getBoolean("gauntlet.terminal");

    /** Set by the launcher, too; progressbar would ask JLine, which takes the signal of Ctrl-C away from the process. */
    private static final int COLUMNS = Integer.getInteger("gauntlet.columns", 80);

    private static final int NARROWEST = 20;

    private static final int MILLISECONDS_BETWEEN_UPDATES = 100;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    private volatile Progress current = Progress.NONE;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print nothing but errors.")
    private boolean quiet;

    @Option(names = "--json", description = "Print the result as JSON and nothing else.")
    private boolean json;

    /** Prints a line for people. */
    void say(String format, Object... arguments) {
        if (!quiet && !json) {
            out().println(String.format(Locale.ROOT, format, arguments));
            out().flush();
        }
    }

    /** Prints what people must not miss, on standard error, even when the rest is JSON. */
    void warn(String message) {
        if (!quiet) {
            spec.commandLine().getErr().println("WARNING: " + message);
            spec.commandLine().getErr().flush();
        }
    }

    /** Prints the result for machines, if they are addressed. */
    void result(Object value) {
        if (json) {
            out().println(Json.write(value));
            out().flush();
        }
    }

    /** Opens a progress bar, which shows nothing where nobody looks. */
    Progress progress(String task, String unit, long total) {
        if (quiet || json || !TERMINAL) {
            return Progress.NONE;
        }
        current = new Progress(bar(task, unit, total));
        return current;
    }

    /** Clears the progress bar and prints the last line of a process that is ending. */
    void interrupted(String message) {
        current.close();
        spec.commandLine().getErr().println("gauntlet: " + message);
        spec.commandLine().getErr().flush();
    }

    /** Returns the environment variables that count. */
    Map<String, String> environment() {
        return Gauntlet.environment(spec);
    }

    private static ProgressBar bar(String task, String unit, long total) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setUnit(unit, 1)
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(MILLISECONDS_BETWEEN_UPDATES)
                .setConsumer(new Line())
                .clearDisplayOnFinish()
                .build();
    }

    /** The bar's line on the terminal, which the next line of text replaces. */
    private static final class Line extends ConsoleProgressBarConsumer {
        Line() {
            // the last column stays free, as some terminals break the line there
            super(System.err, Math.max(NARROWEST, COLUMNS - 1));
        }

        @Override
        public void close() {
            // the one that is overridden would leave an empty line
            System.err.flush();
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
