package dev.gauntlet.cli;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists and explains the attacks. */
@Command(
        name = "attacks",
        description = "Lists the attacks with their norms, the access that they need, and their options.",
        footer = "Example: gauntlet attacks pgd")
final class AttacksCommand implements Callable<Integer> {
    private static final int WIDTH = 80;

    /** Leaves room for the longest name. */
    private static final int NAME_WIDTH = 16;

    private static final String INDENT = " ".repeat(NAME_WIDTH);

    @Parameters(paramLabel = "NAME", arity = "0..1", description = "The attack to explain. Default: list all.")
    private @Nullable String name;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        if (name == null) {
            Attacks.all().forEach(this::list);
            console.say("%-" + NAME_WIDTH + "s%s", AutoAttack.NAME, Attacks.description(AutoAttack.NAME));
            console.say(
                    "%slinf, l2, l1; consists of %s%n",
                    INDENT,
                    AutoAttack.standard(Norm.LINF).stream().map(Attack::name).collect(Collectors.joining(", ")));
            console.say("'gauntlet attacks NAME' explains the options of an attack. Usage:");
            console.say("gauntlet evaluate MODEL --attack NAME:OPTION=VALUE,OPTION=VALUE");
            console.result(Attacks.all().stream().map(Description::of).toList());
        } else if (name.strip().equalsIgnoreCase(AutoAttack.NAME)) {
            explainAutoAttack();
            console.result(
                    AutoAttack.standard(Norm.LINF).stream().map(Description::of).toList());
        } else {
            Attack<?> attack = Attacks.parse(name);
            explain(attack);
            console.result(Description.of(attack));
        }
        return ExitCode.PASS.code();
    }

    private void list(Attack<?> attack) {
        Description description = Description.of(attack);
        console.say("%-" + (NAME_WIDTH - 1) + "s %s", attack.name(), description.title());
        console.say(
                "%s%s; %s; needs %s",
                INDENT,
                String.join(", ", description.norms()),
                description.targeted() ? "also targeted" : "untargeted only",
                description.needs());
        if (!description.options().isEmpty()) {
            console.say(
                    "%s",
                    wrapped(
                            INDENT,
                            description.options().stream()
                                    .map(option -> option.name() + "=" + option.value())
                                    .toList()));
        }
        console.say("");
    }

    private void explainAutoAttack() {
        console.say("%s: %s%n", AutoAttack.NAME, Attacks.description(AutoAttack.NAME));
        console.say("Norms           linf, l2, l1");
        console.say("Targeted        no");
        console.say("Needs           gradients");
        console.say("Options         none; it runs these attacks with these options, in this order");
        for (Norm norm : List.of(Norm.LINF, Norm.L1)) {
            console.say("%n%s", norm == Norm.LINF ? "In linf and l2" : "In l1");
            AutoAttack.standard(norm).forEach(attack -> console.say("  %s", Attacks.written(attack)));
        }
        console.say("%nExample: gauntlet evaluate MODEL --attack %s --examples 1000", AutoAttack.NAME);
    }

    private void explain(Attack<?> attack) {
        Description description = Description.of(attack);
        console.say("%s: %s%n", attack.name(), description.title());
        console.say("Norms           %s", String.join(", ", description.norms()));
        console.say("Targeted        %s", description.targeted() ? "yes, with --target" : "no");
        console.say("Needs           %s", description.needs());
        console.say(
                "Searches for    %s",
                description.minimalNorm() ? "the nearest success" : "a success within each epsilon");
        String title = "Options";
        for (Description.Option option : description.options()) {
            console.say("%-" + NAME_WIDTH + "s%s=%s", title, option.name(), option.value());
            String explanation = option.explanation();
            if (!explanation.isEmpty()) {
                console.say("%s", wrapped(INDENT + "  ", List.of(explanation.split(" ", -1))));
            }
            title = "";
        }
        console.say("%nExample: gauntlet evaluate MODEL --attack %s%s", written(description), norm(description));
    }

    private static String written(Description description) {
        return description.options().isEmpty()
                ? description.name()
                : "%s:%s=%s"
                        .formatted(
                                description.name(),
                                description.options().get(0).name(),
                                description.options().get(0).value());
    }

    private static String norm(Description description) {
        return description.norms().contains(Norm.LINF.id())
                ? ""
                : " --norm " + description.norms().get(0);
    }

    private static String wrapped(String indent, List<String> words) {
        StringBuilder text = new StringBuilder();
        String separator = indent;
        int column = 0;
        for (String word : words) {
            if (column + separator.length() + word.length() > WIDTH) {
                separator = System.lineSeparator() + indent;
                column = 0;
            }
            text.append(separator).append(word);
            column += separator.length() + word.length();
            separator = " ";
        }
        return text.toString();
    }

    /** The JSON output for an attack. */
    private record Description(
            String name,
            String title,
            List<String> norms,
            boolean targeted,
            String needs,
            boolean minimalNorm,
            List<Option> options) {
        static Description of(Attack<?> attack) {
            Map<String, String> values = Attacks.values(attack);
            Map<String, String> meanings = Attacks.meanings(attack);
            boolean blackBox =
                    Attacks.blackBox().stream().anyMatch(other -> other.name().equals(attack.name()));
            return new Description(
                    attack.name(),
                    Attacks.description(attack.name()),
                    attack.norms().stream().sorted().map(Norm::id).toList(),
                    attack.isTargetable(),
                    blackBox ? "logits" : "gradients",
                    attack instanceof MinimalNormAttack,
                    attack.options().entrySet().stream()
                            .map(option -> new Option(
                                    option.getKey(),
                                    option.getValue(),
                                    meanings.getOrDefault(option.getKey(), ""),
                                    values.getOrDefault(option.getKey(), "")))
                            .toList());
        }

        record Option(String name, String value, String meaning, String values) {
            /** Returns the meaning and the values; an attack of others may tell only one of them, or nothing. */
            String explanation() {
                return Stream.of(meaning, values)
                        .filter(text -> !text.isEmpty())
                        .collect(Collectors.joining(": "));
            }
        }
    }
}
