package dev.gauntlet.cli;

import dev.gauntlet.gate.Verdict;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The output of a command: a summary on standard output, warnings and progress on standard error. */
@Heading(Heading.Topic.OUTPUT)
final class Console {
    @Spec(Target.MIXEE)
    private CommandSpec spec;

    private volatile ProgressView view = ProgressView.NONE;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print only errors.")
    private boolean quiet;

    @Option(names = "--json", description = "Print only the result on standard output, as JSON.")
    private boolean json;

    /** Prints a line for people. */
    void say(String format, Object... arguments) {
        if (!quiet && !json) {
            print(out(), String.format(Locale.ROOT, format, arguments));
        }
    }

    /** Prints a warning on standard error, even with JSON output. */
    void warn(String message) {
        if (!quiet) {
            err(Gauntlet.colors(spec).warning("WARNING:") + " " + message);
        }
    }

    /** Prints the result as JSON, if requested. */
    void result(Object value) {
        if (json) {
            print(out(), Json.write(value));
        }
    }

    /** Prints the verdict of a gate. */
    void verdict(Verdict verdict) {
        say("%nVerdict: %s", Gauntlet.colors(spec).verdict(verdict));
    }

    /** Starts to show the progress, until the view is closed. */
    static ProgressView view(ParseResult parsed) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        return last.commandSpec().mixins().values().stream()
                .map(CommandSpec::userObject)
                .filter(Console.class::isInstance)
                .map(console -> ((Console) console).open())
                .findFirst()
                .orElse(ProgressView.NONE);
    }

    private ProgressView open() {
        view = new ProgressView(
                        spec.commandLine().getErr(), quiet ? Screen.NONE : Gauntlet.screen(spec), System::nanoTime)
                .ticking();
        view.begin(spec.qualifiedName());
        return view;
    }

    /** Starts a task whose progress is shown. */
    ProgressView.Task task(String what) {
        return view.begin(what);
    }

    /** Returns the running time of the command, including the start of the program. */
    Duration elapsed() {
        return Gauntlet.stopwatch(spec).elapsed();
    }

    /** Prints a line with the progress, if progress is shown. */
    void note(String line) {
        if (!quiet && Gauntlet.screen(spec).kind() != Screen.Kind.NONE) {
            err(line);
        }
    }

    /** Stops showing progress, for a command that runs until it is ended. */
    void endProgress() {
        view.close();
    }

    /** Ends the progress and prints the last line of an ending process. */
    void interrupted(String message) {
        view.close();
        err("gauntlet: " + message);
    }

    /** Records the keys of a plan, so that errors name them. */
    void plan(Set<String> keys) {
        Gauntlet.plan(spec, keys);
    }

    /** Returns the relevant environment variables. */
    Map<String, String> environment() {
        return Gauntlet.environment(spec);
    }

    private void err(String line) {
        print(spec.commandLine().getErr(), line);
    }

    private void print(PrintWriter writer, String line) {
        view.print(() -> {
            writer.println(line);
            writer.flush();
        });
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
