package dev.gauntlet.cli;

import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import dev.gauntlet.evaluate.RobustnessReport;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program {@code gauntlet}: the entry point of the command line. */
@Command(
        name = "gauntlet",
        description = "Attacks image classifiers and says how robust they are.",
        versionProvider = Gauntlet.Version.class,
        scope = ScopeType.INHERIT,
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        usageHelpAutoWidth = true,
        abbreviateSynopsis = true,
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        parameterListHeading = "%nParameters:%n",
        descriptionHeading = "%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:success; 'check': the model passes",
            "1:'check': the model fails",
            "2:wrong options or input; the message says what to change",
            "3:'check': inconclusive",
            "4:could not run, although the input is valid",
            "130:interrupted"
        },
        footerHeading = "%n",
        footer = "'gauntlet COMMAND --help' explains a command; start with 'gauntlet demo'.")
public final class Gauntlet implements Runnable {
    private static final List<Class<?>> COMMANDS = List.of(
            DemoCommand.class,
            TrainCommand.class,
            DefendCommand.class,
            InspectCommand.class,
            EvaluateCommand.class,
            CertifyCommand.class,
            AttacksCommand.class,
            ExploreCommand.class,
            ReportCommand.class,
            CheckCommand.class,
            CompareCommand.class,
            PlanCommand.class,
            GenerateCompletionCommand.class,
            GenerateManPagesCommand.class);

    private static final Set<String> VERSION_NAMES = Set.of("-V", "--version");

    private final Map<String, String> environment;
    private final Screen screen;
    private final Colors colors;
    private final Stopwatch stopwatch;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            order = Integer.MAX_VALUE,
            description = "Show this help and do nothing else.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version and do nothing else.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean version;

    @Option(
            names = "--stacktrace",
            description = "Show the stack trace of an error.",
            hidden = true,
            scope = ScopeType.INHERIT)
    private boolean stacktrace;

    @Spec
    private CommandSpec spec;

    /** What the plan of the command says. */
    private Set<String> planKeys = Set.of();

    private Gauntlet(Map<String, String> environment, Screen screen, Stopwatch stopwatch) {
        this.environment = Map.copyOf(environment);
        this.screen = screen;
        this.colors = Colors.of(screen, environment);
        this.stopwatch = stopwatch;
    }

    /**
     * Runs a command and ends the process with its exit code.
     *
     * @param arguments the command with its options
     */
    public static void main(String[] arguments) {
        Charset charset = Charset.defaultCharset();
        System.exit(run(
                System.getenv(),
                Screen.ofProcess(),
                Stopwatch.ofProcess(),
                new PrintWriter(System.out, true, charset),
                new PrintWriter(System.err, true, charset),
                arguments));
    }

    /**
     * Runs a command in this process, without showing any progress.
     *
     * @param environment the environment variables, of which those of {@link
     *     dev.gauntlet.data.DatasetLoader#of(Map)} matter
     * @param out where results are printed
     * @param err where errors and warnings are printed
     * @param arguments the command with its options
     * @return the exit code: 0 if all went well, 2 if the options or the input are wrong, 4 if something else failed
     */
    public static int run(Map<String, String> environment, PrintWriter out, PrintWriter err, String... arguments) {
        return run(environment, Screen.NONE, new Stopwatch(), out, err, arguments);
    }

    /** Runs a command in this process and shows its progress. */
    static int run(
            Map<String, String> environment,
            Screen screen,
            Stopwatch stopwatch,
            PrintWriter out,
            PrintWriter err,
            String... arguments) {
        CommandLine program = commandLine(environment, screen, stopwatch, wanted(arguments))
                .setOut(out)
                .setErr(err);
        try {
            requireFiles(arguments);
            return program.execute(UserDefaults.added(arguments, program, environment));
        } catch (GauntletException e) {
            print(program, firstLine(e.getMessage()));
            return ExitCode.BAD_INPUT.code();
        }
    }

    /** Refuses a directory of arguments, on which picocli would fail; whatever else cannot be read is not a file of arguments. */
    private static void requireFiles(String... arguments) {
        for (String argument : arguments) {
            if (argument.startsWith("@")
                    && !argument.startsWith("@@")
                    && Files.isDirectory(FilePath.of(argument.substring(1)))) {
                throw new GauntletException(
                        "%s is a directory and not a file with arguments.".formatted(argument.substring(1)));
            }
        }
    }

    /** Builds the parser of a program that shows no progress. */
    static CommandLine commandLine(Map<String, String> environment) {
        return commandLine(environment, Screen.NONE, new Stopwatch(), COMMANDS);
    }

    /** Returns the command that the arguments begin with, because it takes long to put all of them together; otherwise all. */
    private static List<Class<?>> wanted(String... arguments) {
        if (arguments.length == 0) {
            return COMMANDS;
        }
        if (arguments.length == 1 && VERSION_NAMES.contains(arguments[0])) {
            return List.of();
        }
        return COMMANDS.stream()
                .filter(command -> command.getAnnotation(Command.class).name().equals(arguments[0]))
                .findFirst()
                .<List<Class<?>>>map(List::of)
                .orElse(COMMANDS);
    }

    private static CommandLine commandLine(
            Map<String, String> environment, Screen screen, Stopwatch stopwatch, List<Class<?>> commands) {
        Gauntlet gauntlet = new Gauntlet(environment, screen, stopwatch);
        CommandLine commandLine = new CommandLine(gauntlet);
        commands.forEach(commandLine::addSubcommand);
        commandLine.setColorScheme(gauntlet.colors.ofHelp());
        OptionTypes.register(commandLine);
        HelpLayout.apply(commandLine);
        commandLine.setExecutionStrategy(parsed -> {
            try (ProgressView view = Console.view(parsed)) {
                return new RunLast().execute(parsed);
            } catch (Error e) {
                // picocli itself handles exceptions only
                return gauntlet.report(e, commandLine);
            }
        });
        commandLine.setExecutionExceptionHandler((exception, command, parsed) -> gauntlet.report(exception, command));
        commandLine.setParameterExceptionHandler((exception, arguments) -> reportUsage(exception));
        return commandLine;
    }

    /** Returns the environment variables that the command at hand obeys. */
    static Map<String, String> environment(CommandSpec command) {
        return of(command).environment;
    }

    /** Takes notice of what the plan of the command at hand says. */
    static void plan(CommandSpec command, Set<String> keys) {
        of(command).planKeys = Set.copyOf(keys);
    }

    private static Gauntlet of(CommandSpec command) {
        return (Gauntlet) command.root().userObject();
    }

    /** Returns what measures how long the command at hand has been running. */
    static Stopwatch stopwatch(CommandSpec command) {
        return of(command).stopwatch;
    }

    /** Returns the colors of what the command at hand prints. */
    static Colors colors(CommandSpec command) {
        return of(command).colors;
    }

    /** Returns where the command at hand shows its progress. */
    static Screen screen(CommandSpec command) {
        return of(command).screen;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Missing command; the commands are %s."
                        .formatted(spec.subcommands().entrySet().stream()
                                .filter(command -> !command.getValue()
                                        .getCommandSpec()
                                        .usageMessage()
                                        .hidden())
                                .map(Map.Entry::getKey)
                                .collect(Collectors.joining(", "))));
    }

    private int report(Throwable failure, CommandLine command) {
        if (Interruption.isProcessEnding()) {
            // the line about the interruption is the last one
            return ExitCode.COULD_NOT_RUN.code();
        }
        if (stacktrace) {
            failure.printStackTrace(command.getErr());
        }
        print(command, explain(failure));
        // a missing native library or another error of the virtual machine does not come from the input; an attack or
        // engine on the class path that cannot be loaded does
        boolean virtualMachine = Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
                .takeWhile(cause -> !(cause instanceof ServiceConfigurationError))
                .anyMatch(Error.class::isInstance);
        boolean input =
                failure instanceof GauntletException && !(failure instanceof StorageException) && !virtualMachine;
        return (input ? ExitCode.BAD_INPUT : ExitCode.COULD_NOT_RUN).code();
    }

    private String explain(Throwable failure) {
        if (failure instanceof GauntletException e) {
            return firstLine(OptionNames.explained(e, planKeys));
        }
        if (failure instanceof OutOfMemoryError) {
            return "Out of memory (%s); give it more, as in GAUNTLET_JAVA_OPTIONS=-Xmx4g."
                    .formatted(firstLine(failure.getMessage()));
        }
        String hint = stacktrace ? "" : " This is a fault of Gauntlet; --stacktrace shows where.";
        return "Could not run: %s: %s.%s"
                .formatted(failure.getClass().getSimpleName(), firstLine(failure.getMessage()), hint);
    }

    private static int reportUsage(ParameterException exception) {
        CommandLine command = exception.getCommandLine();
        print(
                command,
                "%s See '%s --help'."
                        .formatted(
                                UsageMessage.of(exception),
                                command.getCommandSpec().qualifiedName()));
        return ExitCode.BAD_INPUT.code();
    }

    private static void print(CommandLine command, String message) {
        PrintWriter err = command.getErr();
        err.println(colors(command.getCommandSpec()).error("gauntlet:") + " " + message);
        err.flush();
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
