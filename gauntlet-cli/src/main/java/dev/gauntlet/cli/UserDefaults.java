package dev.gauntlet.cli;

import dev.gauntlet.Choices;
import dev.gauntlet.FilePath;
import dev.gauntlet.GauntletException;
import dev.gauntlet.report.plan.TomlText;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import tools.jackson.databind.JsonNode;

/**
 * The user's defaults of options: a file in TOML whose keys are the names of options, for all commands that have them or in the
 * section of a command. They are added to the arguments as if they had been typed, so a record has them like any other option.
 *
 * <p>With {@code --plan} they have no effect, because a plan and the record of a run mean the same for everybody; nor have they
 * any for {@code check}, because a gate does.
 */
final class UserDefaults {
    private static final String KIND = "file of defaults";

    private static final Path FILE = Path.of("gauntlet", "defaults.toml");

    private static final Set<String> NO_DEFAULTS = Set.of("plan", "help", "version", "stacktrace");

    /** A gate means the same for everybody. */
    private static final String WITHOUT_DEFAULTS = "check";

    /** If one of these is given, the defaults of the others mean something else than the user intends. */
    private static final List<Set<String>> TOGETHER =
            List.of(Set.of("attack", "suite"), Set.of("norm", "epsilon"), Set.of("data", "dataset"));

    /** How the files of one data set are read, which says nothing of another. */
    private static final Set<String> OF_DATA =
            Set.of("labels", "classes", "label-column", "data-layout", "image-shape");

    private final TomlText text;
    private final CommandLine program;

    private UserDefaults(TomlText text, CommandLine program) {
        this.text = text;
        this.program = program;
    }

    /**
     * Adds the user's defaults to the arguments.
     *
     * @param arguments what the user typed
     * @param program what parses it
     * @param environment where the file is looked for
     * @return both; what was typed if there are no defaults, or if it is not valid
     * @throws GauntletException if the file is not valid; the message names line and column
     */
    static String[] added(String[] arguments, CommandLine program, Map<String, String> environment) {
        Optional<Path> file = file(environment);
        if (file.isEmpty()) {
            return arguments;
        }
        ParseResult typed;
        try {
            typed = program.parseArgs(arguments);
        } catch (ParameterException e) {
            // reported when the command is executed
            return arguments;
        }
        ParseResult last = typed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        if (typed.isUsageHelpRequested()
                || last.isUsageHelpRequested()
                || typed.isVersionHelpRequested()
                || last.hasMatchedOption(Plans.OPTION)) {
            return arguments;
        }
        UserDefaults defaults = new UserDefaults(TomlText.read(file.get(), KIND), program);
        defaults.requireKnown();
        List<String> path = path(last.commandSpec());
        if (path.equals(List.of(WITHOUT_DEFAULTS))) {
            return arguments;
        }
        Map<String, List<String>> wanted = defaults.wanted(last);
        List<String> tokens = wanted.values().stream().flatMap(List::stream).toList();
        if (tokens.isEmpty()) {
            return arguments;
        }
        if (!last.hasMatchedOption("--quiet")) {
            PrintWriter err = program.getErr();
            err.println("Defaults from %s: %s".formatted(file.get(), String.join(" ", tokens)));
            err.flush();
        }
        // what was read from a file with @ must not be read again
        List<String> all = new ArrayList<>(typed.expandedArgs());
        program.setExpandAtFiles(false);
        all.addAll(all.indexOf(path.get(path.size() - 1)) + 1, tokens);
        return all.toArray(String[]::new);
    }

    private static Optional<Path> file(Map<String, String> environment) {
        String named = environment.get(EnvironmentVariable.GAUNTLET_DEFAULTS.name());
        if (named != null) {
            return named.isEmpty() ? Optional.empty() : Optional.of(FilePath.of(named));
        }
        return Stream.of(
                        folder(environment, "XDG_CONFIG_HOME", ""),
                        folder(environment, "HOME", ".config"),
                        folder(environment, "APPDATA", ""))
                .flatMap(Optional::stream)
                .findFirst()
                .map(folder -> folder.resolve(FILE))
                .filter(Files::exists);
    }

    private static Optional<Path> folder(Map<String, String> environment, String variable, String below) {
        return Optional.ofNullable(environment.get(variable))
                .filter(value -> !value.isEmpty())
                .map(value -> FilePath.of(value).resolve(below));
    }

    /** Refuses unknown commands and options. */
    private void requireKnown() {
        require(Gauntlet.commandLine(Map.of()).getCommandSpec(), text.tree(), List.of());
    }

    private void require(CommandSpec command, JsonNode section, List<String> path) {
        section.properties().forEach(entry -> {
            List<String> key = new ArrayList<>(path);
            key.add(entry.getKey());
            if (entry.getValue().isObject()) {
                if (key.equals(List.of(WITHOUT_DEFAULTS))) {
                    throw new GauntletException(
                            "In the %s %s: There are no defaults for '%s', because a gate means the same for everybody; write a plan."
                                    .formatted(KIND, text.at(key), WITHOUT_DEFAULTS));
                }
                CommandLine below = command.subcommands().get(entry.getKey());
                if (below == null) {
                    throw unknown(
                            "command", entry.getKey(), command.subcommands().keySet(), key);
                }
                require(below.getCommandSpec(), entry.getValue(), key);
                return;
            }
            Set<String> options = (path.isEmpty() ? everyCommand(command) : Stream.of(command))
                    .flatMap(each -> each.options().stream())
                    .map(UserDefaults::name)
                    .filter(name -> !NO_DEFAULTS.contains(name))
                    .collect(Collectors.toSet());
            if (!options.contains(entry.getKey())) {
                throw unknown("option", entry.getKey(), options, key);
            }
        });
    }

    private static Stream<CommandSpec> everyCommand(CommandSpec command) {
        return Stream.concat(
                Stream.of(command),
                command.subcommands().values().stream()
                        .map(CommandLine::getCommandSpec)
                        .filter(below -> !path(below).equals(List.of(WITHOUT_DEFAULTS)))
                        .flatMap(UserDefaults::everyCommand));
    }

    private GauntletException unknown(String what, String name, Collection<String> known, List<String> key) {
        return new GauntletException("In the %s %s: Unknown %s '%s'%s"
                .formatted(
                        KIND,
                        text.at(key),
                        what,
                        name,
                        Choices.of(what, known, Function.identity())
                                .nearest(name)
                                .map("; did you mean %s?"::formatted)
                                .orElse(".")));
    }

    /** Returns the arguments for each default of the command, without those that the user typed. */
    private Map<String, List<String>> wanted(ParseResult typed) {
        CommandSpec command = typed.commandSpec();
        Map<String, List<String>> wanted = new LinkedHashMap<>();
        List<String> path = path(command);
        for (int length = 0; length <= path.size(); length++) {
            List<String> section = path.subList(0, length);
            JsonNode values = text.tree();
            for (String name : section) {
                values = values.path(name);
            }
            Map<String, List<String>> here = new LinkedHashMap<>();
            values.properties().forEach(entry -> {
                OptionSpec option = command.findOption("--" + entry.getKey());
                if (option != null && !entry.getValue().isObject() && !isTyped(entry.getKey(), typed)) {
                    here.put(entry.getKey(), tokens(option, entry.getValue(), section));
                }
            });
            // what is said for one command counts more than what is said for all, as what is typed does
            here.keySet().forEach(name -> wanted.keySet().removeIf(other -> replaces(name, other)));
            wanted.putAll(here);
        }
        return wanted;
    }

    private static boolean isTyped(String name, ParseResult typed) {
        return typed.matchedOptions().stream().anyMatch(option -> replaces(name(option), name));
    }

    /** Tells whether a default of an option has no place beside another option that counts more. */
    private static boolean replaces(String given, String other) {
        return given.equals(other)
                || TOGETHER.stream().anyMatch(set -> set.contains(given) && set.contains(other))
                || ((given.equals("data") || given.equals("dataset")) && OF_DATA.contains(other));
    }

    private List<String> tokens(OptionSpec option, JsonNode value, List<String> section) {
        String name = "--" + name(option);
        boolean flag = option.arity().max() == 0;
        if (flag
                ? !value.isBoolean()
                : !isScalar(value) && !(value.isArray() && value.valueStream().allMatch(UserDefaults::isScalar))) {
            List<String> key = new ArrayList<>(section);
            key.add(name(option));
            throw new GauntletException("In the %s %s: '%s' has to be %s."
                    .formatted(
                            KIND,
                            text.at(key),
                            name(option),
                            flag ? "true or false" : "a text, a number, or a list of texts or numbers"));
        }
        List<String> values =
                value.isArray() ? value.valueStream().map(JsonNode::asString).toList() : List.of(value.asString());
        List<String> tokens;
        if (flag) {
            tokens = value.asBoolean() ? List.of(name) : List.of();
        } else if (option.isMultiValue() && option.splitRegex().isEmpty()) {
            tokens = values.stream().map(each -> name + "=" + each).toList();
        } else {
            tokens = List.of(name + "=" + String.join(",", values));
        }
        requireValid(option, tokens, section);
        return tokens;
    }

    private static boolean isScalar(JsonNode value) {
        return value.isValueNode();
    }

    private void requireValid(OptionSpec option, List<String> tokens, List<String> section) {
        List<String> arguments = new ArrayList<>(path(option.command()));
        arguments.addAll(tokens);
        try {
            program.parseArgs(arguments.toArray(String[]::new));
        } catch (MissingParameterException e) {
            // the user types what the command requires
            return;
        } catch (ParameterException e) {
            List<String> key = new ArrayList<>(section);
            key.add(name(option));
            throw new GauntletException("In the %s %s: %s".formatted(KIND, text.at(key), UsageMessage.of(e)), e);
        }
    }

    private static String name(OptionSpec option) {
        return option.longestName().replaceFirst("^-+", "");
    }

    private static List<String> path(CommandSpec command) {
        List<String> path = new ArrayList<>();
        for (CommandSpec each = command; each.parent() != null; each = each.parent()) {
            path.add(0, each.name());
        }
        return path;
    }
}
