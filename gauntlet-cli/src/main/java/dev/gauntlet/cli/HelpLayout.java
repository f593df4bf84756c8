package dev.gauntlet.cli;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Shows the options of a command in groups, each with its heading. */
final class HelpLayout {
    private HelpLayout() {}

    static void apply(CommandLine program) {
        program.getSubcommands().values().forEach(command -> {
            apply(command);
            Map<String, CommandLine.IHelpSectionRenderer> sections = command.getHelpSectionMap();
            sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING, help -> "");
            sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpLayout::options);
            command.setHelpSectionMap(sections);
        });
    }

    /** Returns the options of a command that the help shows, by heading. */
    static Map<Heading.Topic, List<OptionSpec>> groups(CommandSpec command) {
        Map<Heading.Topic, List<OptionSpec>> groups = new EnumMap<>(Heading.Topic.class);
        command.options().stream()
                .filter(option -> !option.hidden())
                .forEach(option -> groups.computeIfAbsent(topic(option), topic -> new ArrayList<>())
                        .add(option));
        return groups;
    }

    private static String options(Help help) {
        StringBuilder text = new StringBuilder();
        groups(help.commandSpec()).forEach((topic, options) -> {
            // one layout for each group, with columns as wide as all options need
            Help.Layout layout = help.createDefaultLayout();
            layout.addOptions(options, help.createDefaultParamLabelRenderer());
            text.append("%n%s:%n".formatted(topic.title())).append(layout);
        });
        return text.toString();
    }

    private static Heading.Topic topic(OptionSpec option) {
        if (option.userObject() instanceof Field field) {
            Heading own = field.getAnnotation(Heading.class);
            Heading ofClass = field.getDeclaringClass().getAnnotation(Heading.class);
            return own != null ? own.value() : ofClass != null ? ofClass.value() : Heading.Topic.GENERAL;
        }
        return Heading.Topic.GENERAL;
    }
}
