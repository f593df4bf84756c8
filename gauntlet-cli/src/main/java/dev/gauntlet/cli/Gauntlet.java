package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.RobustnessReport;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The program {@code gauntlet}: the entry point of the command line. */
@Command(
        name = "gauntlet",
        description = "Attacks image classifiers and says how robust they are.",
        subcommands = {DemoCommand.class, TrainCommand.class, EvaluateCommand.class, ReportCommand.class},
        versionProvider = Gauntlet.Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        usageHelpAutoWidth = true,
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        parameterListHeading = "%nParameters:%n",
        descriptionHeading = "%n",
        footer = {
            "",
            "Exit codes: 0 all went well, 2 wrong options or input, 4 could not run, 130 interrupted.",
            "'gauntlet COMMAND --help' explains a command; start with 'gauntlet demo'."
        })
public final class Gauntlet implements Runnable {
    @Option(
            names = "--stacktrace",
            description = "Show where in the program an error arose.",
            hidden = true,
            scope = ScopeType.INHERIT)
    private boolean stacktrace;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    /**
     * Runs a command and ends the process with its exit code.
     *
     * @param arguments the command with its options
     */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** Builds the parser; used by tests, too. */
    static CommandLine commandLine() {
        Gauntlet gauntlet = new Gauntlet();
        CommandLine commandLine = new CommandLine(gauntlet);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setExecutionExceptionHandler((exception, command, parsed) -> gauntlet.report(exception, command));
        commandLine.setParameterExceptionHandler(
                (exception, arguments) -> gauntlet.reportUsage(exception, exception.getCommandLine()));
        return commandLine;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command? There are demo, train, evaluate and report.");
    }

    private int report(Exception exception, CommandLine command) {
        if (stacktrace) {
            exception.printStackTrace(command.getErr());
        }
        if (exception instanceof GauntletException) {
            print(command.getErr(), firstLine(exception.getMessage()));
            return ExitCode.BAD_INPUT.code();
        }
        String hint = stacktrace ? "" : " This is a fault of Gauntlet; --stacktrace shows where.";
        print(
                command.getErr(),
                "Could not run: %s: %s.%s"
                        .formatted(exception.getClass().getSimpleName(), firstLine(exception.getMessage()), hint));
        return ExitCode.COULD_NOT_RUN.code();
    }

    private int reportUsage(ParameterException exception, CommandLine command) {
        print(
                command.getErr(),
                "%s See '%s --help'."
                        .formatted(
                                sentence(firstLine(exception.getMessage())),
                                command.getCommandSpec().qualifiedName()));
        return ExitCode.BAD_INPUT.code();
    }

    private static void print(PrintWriter err, String message) {
        err.println("gauntlet: " + message);
        err.flush();
    }

    private static String sentence(String text) {
        return text.endsWith(".") || text.endsWith("?") ? text : text + ".";
    }

    private static String firstLine(@Nullable String message) {
        return String.valueOf(message).lines().findFirst().orElse("no reason given");
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "gauntlet " + RobustnessReport.Provenance.current().version()
            };
        }
    }
}
