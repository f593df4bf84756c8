package dev.gauntlet.cli;

import dev.gauntlet.Choices;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Describes an error in a command's options in one sentence. */
final class UsageMessage {
    private UsageMessage() {}

    static String of(ParameterException exception) {
        if (exception instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            return unmatched(unmatched, unmatched.getUnmatched().get(0));
        }
        String message =
                String.valueOf(exception.getMessage()).lines().findFirst().orElse("The options are invalid");
        return sentence(message);
    }

    private static String unmatched(UnmatchedArgumentException exception, String argument) {
        CommandSpec command = exception.getCommandLine().getCommandSpec();
        if (exception.isUnknownOption()) {
            // what follows an equals sign is the option's value
            String name = argument.split("=", 2)[0];
            List<String> options = command.options().stream()
                    .filter(option -> !option.hidden())
                    .map(OptionSpec::longestName)
                    .toList();
            return "Unknown option '%s'%s".formatted(name, suggestion(options, name));
        }
        if (!command.subcommands().isEmpty()) {
            List<String> commands = command.subcommands().entrySet().stream()
                    .filter(known ->
                            !known.getValue().getCommandSpec().usageMessage().hidden())
                    .map(Map.Entry::getKey)
                    .toList();
            return "Unknown command '%s'%s Commands: %s."
                    .formatted(argument, suggestion(commands, argument), String.join(", ", commands));
        }
        return "Unexpected argument '%s'.".formatted(argument);
    }

    private static String suggestion(Collection<String> names, String typed) {
        return Choices.of("name", names, Function.identity())
                .nearest(typed)
                .map("; did you mean %s?"::formatted)
                .orElse(".");
    }

    static String sentence(String text) {
        String capitalised = text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
        return capitalised.endsWith(".") || capitalised.endsWith("?") ? capitalised : capitalised + ".";
    }
}
