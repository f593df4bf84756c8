package dev.gauntlet.cli;

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

/** What a command says: a summary on standard output, warnings and progress on standard error. */
@Heading(Heading.Topic.OUTPUT)
final class Console {
    @Spec(Target.MIXEE)
    private CommandSpec spec;

    private volatile ProgressView view = ProgressView.NONE;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print nothing but errors.")
    private boolean quiet;

    @Option(names = "--json", description = "Print the result as JSON on standard output and nothing else there.")
    private boolean json;

    /** Prints a line for people. */
    void say(String format, Object... arguments) {
        if (!quiet && !json) {
            print(out(), String.format(Locale.ROOT, format, arguments));
        }
    }

    /** Prints what people must not miss, on standard error, even when the rest is JSON. */
    void warn(String message) {
        if (!quiet) {
            err("WARNING: " + message);
        }
    }

    /** Prints the result for machines, if they are addressed. */
    void result(Object value) {
        if (json) {
            print(out(), Json.write(value));
        }
    }

    /** Begins to show what a command is doing, until the view is closed. */
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

    /** Begins something that takes a while. */
    ProgressView.Task task(String what) {
        return view.begin(what);
    }

    /** Returns how long the command has been running, the start of the program included. */
    Duration elapsed() {
        return Gauntlet.stopwatch(spec).elapsed();
    }

    /** Prints a line among the progress, where progress is shown. */
    void note(String line) {
        if (!quiet && Gauntlet.screen(spec).kind() != Screen.Kind.NONE) {
            err(line);
        }
    }

    /** Ends the progress and prints the last line of a process that is ending. */
    void interrupted(String message) {
        view.close();
        err("gauntlet: " + message);
    }

    /** Takes notice of what a plan says, so that errors name its keys. */
    void plan(Set<String> keys) {
        Gauntlet.plan(spec, keys);
    }

    /** Returns the environment variables that count. */
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
