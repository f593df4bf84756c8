package dev.gauntlet.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The help of a command as a man page, in the language of roff. */
final class ManPage {
    private static final String EXAMPLES = "Example";

    private final StringBuilder text = new StringBuilder();
    private final CommandSpec command;

    private ManPage(CommandSpec command) {
        this.command = command;
    }

    /** Returns the pages of a command and of those below it, by the names of their files. */
    static Map<String, String> all(CommandSpec command) {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put(name(command) + ".1", new ManPage(command).written());
        shown(command).forEach(below -> pages.putAll(all(below)));
        return pages;
    }

    private static Stream<CommandSpec> shown(CommandSpec command) {
        return command.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(below -> !below.usageMessage().hidden());
    }

    private static String name(CommandSpec command) {
        return command.qualifiedName("-");
    }

    private String written() {
        String version = command.root().version()[0];
        text.append(".TH \"%s\" 1 \"\" \"%s\" \"Gauntlet\"\n"
                .formatted(name(command).toUpperCase(Locale.ROOT), escaped(version)));
        String[] description = command.usageMessage().description();
        section("NAME");
        line(name(command) + " - " + lowerCase(plain(description[0])));
        section("SYNOPSIS");
        synopsis();
        section("DESCRIPTION");
        paragraphs(description);
        commands();
        parameters();
        HelpLayout.groups(command)
                .forEach((topic, options) -> options(topic.title().toUpperCase(Locale.ROOT), options));
        footer();
        section("EXIT STATUS");
        command.usageMessage().exitCodeList().forEach((code, meaning) -> item(bold(code), meaning));
        if (command.parent() == null) {
            section("ENVIRONMENT");
            for (EnvironmentVariable variable : EnvironmentVariable.values()) {
                item(bold(variable.name()), variable.meaning());
            }
        }
        seeAlso();
        return text.toString();
    }

    private void synopsis() {
        String parameters = command.positionalParameters().stream()
                .filter(parameter -> !parameter.hidden())
                .map(parameter -> " " + optional(parameter))
                .collect(Collectors.joining());
        text.append(bold(command.qualifiedName()))
                .append(command.subcommands().isEmpty() ? "" : " \\fICOMMAND\\fR")
                .append(" [\\fIOPTIONS\\fR]")
                .append(parameters)
                .append('\n');
    }

    private static String optional(PositionalParamSpec parameter) {
        String label = "\\fI" + escaped(parameter.paramLabel()) + "\\fR";
        return parameter.required() ? label : "[" + label + "]";
    }

    private void commands() {
        if (command.subcommands().isEmpty()) {
            return;
        }
        section("COMMANDS");
        shown(command)
                .forEach(below ->
                        item(bold(below.name()), plain(below.usageMessage().description()[0])));
    }

    private void parameters() {
        List<PositionalParamSpec> parameters = command.positionalParameters().stream()
                .filter(parameter -> !parameter.hidden())
                .toList();
        if (!parameters.isEmpty()) {
            section("PARAMETERS");
            parameters.forEach(parameter ->
                    item("\\fI" + escaped(parameter.paramLabel()) + "\\fR", joined(parameter.description())));
        }
    }

    private void options(String title, List<OptionSpec> options) {
        section(title);
        for (OptionSpec option : options) {
            String names = Arrays.stream(option.names()).map(ManPage::bold).collect(Collectors.joining(", "));
            String value = option.arity().max() == 0 ? "" : "=\\fI" + escaped(option.paramLabel()) + "\\fR";
            item(names + value, joined(option.description()));
        }
    }

    private void footer() {
        String[] footer = command.usageMessage().footer();
        if (footer.length == 0) {
            return;
        }
        boolean isExample = footer[0].startsWith(EXAMPLES);
        section(isExample ? "EXAMPLES" : "NOTES");
        text.append(".nf\n");
        Arrays.stream(footer)
                .skip(isExample ? 1 : 0)
                .map(ManPage::plain)
                .map(String::strip)
                .forEach(this::line);
        text.append(".fi\n");
    }

    private void seeAlso() {
        String pages = Stream.concat(Stream.ofNullable(command.parent()), shown(command))
                .map(page -> bold(name(page)) + "(1)")
                .collect(Collectors.joining(", "));
        if (!pages.isEmpty()) {
            section("SEE ALSO");
            text.append(pages).append('\n');
        }
    }

    private void section(String title) {
        text.append(".SH \"").append(escaped(title)).append("\"\n");
    }

    private void item(String term, String meaning) {
        text.append(".TP\n").append(term).append('\n');
        line(meaning);
    }

    private void paragraphs(String... paragraphs) {
        for (String paragraph : paragraphs) {
            line(plain(paragraph));
            text.append(".PP\n");
        }
    }

    /** Writes a line of text, which roff must not take for a request. */
    private void line(String words) {
        String line = escaped(words);
        text.append(line.startsWith(".") || line.startsWith("'") ? "\\&" : "")
                .append(line)
                .append('\n');
    }

    private static String joined(String... description) {
        return Arrays.stream(description)
                .map(Ansi.OFF::string)
                .map(String::strip)
                .collect(Collectors.joining(" "));
    }

    /** Returns a text of a command without what picocli replaces, as it does by itself for options. */
    private static String plain(String text) {
        return Ansi.OFF.string(String.format(Locale.ROOT, text)).strip();
    }

    private static String lowerCase(String sentence) {
        return sentence.substring(0, 1).toLowerCase(Locale.ROOT)
                + sentence.substring(1).replaceAll("\\.$", "");
    }

    private static String bold(String words) {
        return "\\fB" + escaped(words) + "\\fR";
    }

    private static String escaped(String words) {
        return words.replace("\\", "\\e")
                .replace("-", "\\-")
                .replace("\"", "\\(dq")
                .replaceAll("\\s*\\R\\s*", " ");
    }
}
