package dev.gauntlet.cli;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.report.RepeatCommand;
import dev.gauntlet.report.ReportJson;
import dev.gauntlet.request.Suite;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * A plan in a file, as the words of the command line that say the same: so a plan can say whatever the command line can,
 * and is checked by the same rules.
 */
final class PlanFile {
    static final String OPTION = "--plan";

    private static final String EVALUATE = "evaluate";
    private static final String CHECK = "check";
    private static final TomlMapper TOML = new TomlMapper();

    /** More than any plan needs. */
    private static final long MAXIMUM_BYTES = 1 << 20;

    private PlanFile() {}

    /** What a plan may say. */
    @SuppressWarnings("ImmutableEnumChecker") // the checks have no state
    private enum Key {
        MODEL_FILE("model.file", "", Kind.TEXT, text -> {}),
        MODEL_NETWORK("model.network", "--network", Kind.TEXT, text -> {}),
        MODEL_INPUT_MAX("model.input-max", "--input-max", Kind.NUMBER, PlanFile::positive),
        MODEL_MEAN("model.mean", "--mean", Kind.NUMBERS, OptionTypes::number),
        MODEL_STD("model.std", "--std", Kind.NUMBERS, OptionTypes::number),
        MODEL_LAYOUT("model.layout", "--layout", Kind.TEXT, OptionTypes::layout),
        MODEL_LOGITS("model.logits", "--logits", Kind.TEXT, text -> {}),
        MODEL_REQUEST("model.request", "--request", Kind.TEXT, text -> {}),
        MODEL_RESPONSE("model.response", "--response", Kind.TEXT, text -> {}),
        MODEL_HEADERS("model.headers", "--header", Kind.TEXTS, text -> {}),
        MODEL_TIMEOUT("model.timeout", "--timeout", Kind.NUMBER, PlanFile::positive),
        MODEL_RETRIES("model.retries", "--retries", Kind.WHOLE_NUMBER, atLeast(0)),
        MODEL_RATE("model.rate", "--rate", Kind.NUMBER, PlanFile::positive),
        MODEL_QUERY_BUDGET("model.query-budget", "--query-budget", Kind.WHOLE_NUMBER, PlanFile::positiveCount),
        MODEL_SEND("model.send", "--send", Kind.WHOLE_NUMBER, atLeast(1)),
        DATA_NAME("data.name", "--dataset", Kind.TEXT, DatasetOptions::requireKnown),
        DATA_PATH("data.path", "--data", Kind.TEXT, text -> {}),
        DATA_LABELS("data.labels", "--labels", Kind.TEXT, text -> {}),
        DATA_CLASSES("data.classes", "--classes", Kind.JOINED_TEXTS, text -> {}),
        DATA_LABEL_COLUMN("data.label-column", "--label-column", Kind.TEXT, PlanFile::column),
        DATA_STRICT("data.strict", "--strict", Kind.SWITCH, text -> {}),
        DATA_LAYOUT("data.layout", "--data-layout", Kind.TEXT, OptionTypes::layout),
        DATA_IMAGE_SHAPE("data.image-shape", "--image-shape", Kind.TEXT, OptionTypes::shape),
        DATA_RESIZE("data.resize", "--resize", Kind.WHOLE_NUMBER, atLeast(1)),
        DATA_CROP("data.crop", "--crop", Kind.WHOLE_NUMBER, atLeast(1)),
        DATA_CHANNELS("data.channels", "--channels", Kind.WHOLE_NUMBER, atLeast(1)),
        DATA_FOLDER("data.folder", "--data-dir", Kind.TEXT, text -> {}),
        SAMPLE_EXAMPLES("sample.examples", "--examples", Kind.WHOLE_NUMBER, atLeast(1)),
        SAMPLE_SEED("sample.seed", "--seed", Kind.WHOLE_NUMBER, OptionTypes::longInteger),
        THREAT_NORM("threat.norm", "--norm", Kind.TEXT, Norm::parse),
        THREAT_EPSILONS("threat.epsilons", "--epsilon", Kind.NUMBERS, PlanFile::radius),
        THREAT_TARGET("threat.target", "--target", Kind.TEXT, text -> {}),
        ATTACK_LIST("attack.list", "--attack", Kind.TEXTS, PlanFile::attack),
        ATTACK_SUITE("attack.suite", "--suite", Kind.TEXT, Suite::parse),
        ATTACK_BLACK_BOX("attack.black-box", "--black-box", Kind.SWITCH, text -> {}),
        LIMIT_TIME("limit.time", "--time-limit", Kind.TEXT, LimitOptions::duration),
        LIMIT_GRADIENTS("limit.gradients", "--gradient-limit", Kind.WHOLE_NUMBER, PlanFile::positiveCount),
        LIMIT_DECIDE("limit.decide", "--decide", Kind.TEXT, LimitOptions::question),
        RUN_SHARD_SIZE("run.shard-size", "--shard-size", Kind.WHOLE_NUMBER, atLeast(1)),
        RUN_WORKERS("run.workers", "--workers", Kind.WHOLE_NUMBER, atLeast(1)),
        GATE_DATASET("gate.dataset", "--dataset", Kind.TEXT, text -> {}),
        GATE_AT("gate.at", "--at", Kind.JOINED_TEXTS, LpBall::parse),
        GATE_MINIMUM("gate.min-robust-accuracy", "--min-robust-accuracy", Kind.NUMBERS, PlanFile::share),
        GATE_PER_CLASS("gate.per-class-min", "--per-class-min", Kind.NUMBER, PlanFile::share),
        GATE_BASELINE("gate.baseline", "--baseline", Kind.TEXT, text -> {}),
        GATE_MARGIN("gate.no-worse-than", "--no-worse-than", Kind.NUMBER, PlanFile::share),
        GATE_FORBID("gate.forbid", "--forbid", Kind.TEXT, CheckCommand::trust);

        private final String path;
        private final String option;
        private final Kind kind;
        private final Consumer<String> check;

        Key(String path, String option, Kind kind, Consumer<String> check) {
            this.path = path;
            this.option = option;
            this.kind = kind;
            this.check = check;
        }

        /** Returns the command that the key is for. */
        String command() {
            return path.startsWith("gate.") ? CHECK : EVALUATE;
        }

        static Key parse(String path) {
            return Choices.of("key", Arrays.asList(values()), (Key key) -> key.path)
                    .parse(path);
        }
    }

    /** What a value may be. */
    @SuppressWarnings("ImmutableEnumChecker") // the predicates have no state
    private enum Kind {
        TEXT("a text in quotes", false, JsonNode::isString),
        WHOLE_NUMBER("a whole number", false, JsonNode::isIntegralNumber),
        NUMBER("a number", false, JsonNode::isNumber),
        SWITCH("true or false", false, JsonNode::isBoolean),
        NUMBERS(
                "a list of numbers or of fractions in quotes, such as [0.1, \"8/255\"]",
                true,
                value -> value.isNumber() || value.isString()),
        JOINED_TEXTS("a list of texts in quotes, such as [\"linf:8/255\", \"linf:0\"]", true, JsonNode::isString),
        TEXTS("a list of texts in quotes, such as [\"fgsm\", \"pgd:steps=100\"]", true, JsonNode::isString);

        private final String description;
        private final boolean list;
        private final Predicate<JsonNode> fits;

        Kind(String description, boolean list, Predicate<JsonNode> fits) {
            this.description = description;
            this.list = list;
            this.fits = fits;
        }

        /** Returns the values as texts, if all of them are as they should be. */
        Optional<List<String>> texts(JsonNode value) {
            List<JsonNode> values =
                    list && value.isArray() ? value.valueStream().toList() : list ? List.of() : List.of(value);
            return !values.isEmpty() && values.stream().allMatch(fits)
                    ? Optional.of(values.stream().map(JsonNode::asString).toList())
                    : Optional.empty();
        }

        /** Returns the words of the command line that say the same. */
        List<String> words(String option, List<String> texts) {
            return switch (this) {
                case SWITCH -> Boolean.parseBoolean(texts.get(0)) ? List.of(option) : List.of();
                case TEXTS ->
                    texts.stream().flatMap(text -> Stream.of(option, text)).toList();
                default -> option.isEmpty() ? texts : List.of(option, String.join(",", texts));
            };
        }
    }

    /**
     * What a plan says, as words.
     *
     * @param arguments the words of the command line, with those of the plan instead of its option
     * @param plan the plan; empty if there is none
     * @param keys the options that the words of the plan consist of, each with the plan's own name for it
     */
    record Expansion(String[] arguments, Optional<Path> plan, Map<String, String> keys) {
        static final Expansion NONE = new Expansion(new String[0], Optional.empty(), Map.of());

        private static final Pattern OPTION_IN_TEXT = Pattern.compile("(?<!such as |instance |\\()(--[a-z-]*[a-z])");

        /** Names, in a message about options, what the plan says by the names that the plan has for it. */
        String inWordsOfThePlan(String message) {
            return plan.map(file -> OPTION_IN_TEXT
                            .matcher(message)
                            .replaceAll(found -> Matcher.quoteReplacement(Optional.ofNullable(keys.get(found.group(1)))
                                    .map(key -> "%s (in the plan %s)".formatted(key, file))
                                    .orElse(found.group(1)))))
                    .orElse(message);
        }
    }

    /**
     * Replaces a plan on the command line by what it says.
     *
     * @throws GauntletException if the file is no plan that can be run
     */
    static Expansion expand(CommandLine program, String... arguments) {
        int command = indexOfCommand(arguments);
        int option = command < 0 ? -1 : indexOfOption(arguments, command);
        boolean joined = option >= 0 && arguments[option].startsWith(OPTION + "=");
        if (option < 0 || (!joined && option + 1 == arguments.length)) {
            // if its value is missing the parser says so
            return new Expansion(arguments, Optional.empty(), Map.of());
        }
        Path file = OptionTypes.file(joined ? arguments[option].substring(OPTION.length() + 1) : arguments[option + 1]);
        List<String> others = new ArrayList<>(Arrays.asList(arguments).subList(command + 1, option));
        others.addAll(Arrays.asList(arguments).subList(option + (joined ? 1 : 2), arguments.length));
        boolean report = arguments[command].equals(EVALUATE)
                && (Files.isDirectory(file)
                        || String.valueOf(file.getFileName()).endsWith(".json"));
        Words words = report ? ofReport(file) : ofToml(file, arguments[command]);
        requireSaidOnce(
                file,
                words,
                others,
                Objects.requireNonNull(program.getSubcommands().get(arguments[command]), arguments[command]));
        List<String> all = new ArrayList<>(Arrays.asList(arguments).subList(0, command + 1));
        // the first word after the command is a model unless it is an option
        boolean hasModel = !others.isEmpty() && !others.get(0).startsWith("-");
        if (!hasModel) {
            words.model().ifPresent(all::add);
        }
        all.addAll(others);
        all.addAll(words.options());
        return new Expansion(all.toArray(String[]::new), Optional.of(file), words.keys());
    }

    /** Refuses an option that is on the command line and in the plan, also one that could be given several times. */
    private static void requireSaidOnce(Path file, Words words, List<String> others, CommandLine command) {
        words.keys().forEach((option, key) -> {
            OptionSpec known = Objects.requireNonNull(command.getCommandSpec().findOption(option), option);
            List<String> names = List.of(known.names());
            others.stream()
                    .filter(word -> names.stream().anyMatch(name -> isOption(word, name)))
                    .map(word -> word.split("=", 2)[0])
                    .findFirst()
                    .ifPresent(word -> {
                        throw new GauntletException(
                                key.equals(option)
                                        ? "The run of %s, which --plan repeats, has its own %s; leave out %s, or name everything yourself instead of --plan."
                                                .formatted(file, option, word)
                                        : "The plan %s already has %s; leave out %s, or remove %s from the plan."
                                                .formatted(file, key, word, key));
                    });
        });
    }

    private static boolean isOption(String word, String name) {
        return word.equals(name)
                || word.startsWith(name + "=")
                || (!name.startsWith("--") && !word.startsWith("--") && word.startsWith(name));
    }

    /** Returns where the first command is that takes a plan, -1 if none does. */
    private static int indexOfCommand(String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals(EVALUATE) || arguments[i].equals(CHECK)) {
                return i;
            }
        }
        return -1;
    }

    private static int indexOfOption(String[] arguments, int from) {
        for (int i = from + 1; i < arguments.length; i++) {
            if (arguments[i].equals(OPTION) || arguments[i].startsWith(OPTION + "=")) {
                return i;
            }
        }
        return -1;
    }

    private static Words ofReport(Path file) {
        List<String> words = RepeatCommand.words(ReportJson.read(file))
                .orElseThrow(() -> new GauntletException(
                        "The run of %s cannot be repeated from its report alone: it was on data of your own, on a model behind an address, or its model, data or attacks were given in Java. Repeat the command or the plan that made it."
                                .formatted(file)));
        if (!words.get(1).equals(EVALUATE)) {
            throw new GauntletException("The run of %s trained its model itself; repeat it with: %s"
                    .formatted(file, String.join(" ", words)));
        }
        List<String> options = words.subList(3, words.size());
        Map<String, String> keys = new LinkedHashMap<>();
        options.stream().filter(word -> word.startsWith("--")).forEach(word -> keys.put(word, word));
        return new Words(Optional.of(words.get(2)), options, keys);
    }

    private static Words ofToml(Path file, String command) {
        JsonNode plan;
        try {
            if (Files.size(file) > MAXIMUM_BYTES) {
                throw new GauntletException(
                        "The plan %s has more than %d bytes; that is none.".formatted(file, MAXIMUM_BYTES));
            }
            plan = TOML.readTree(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new GauntletException("There is no plan %s.".formatted(file), e);
        } catch (IOException e) {
            throw new GauntletException(
                    "The plan %s cannot be read: %s.".formatted(file, StorageException.reason(e)), e);
        } catch (JacksonException e) {
            throw new GauntletException(
                    "The plan %s is no TOML (line %d): %s"
                            .formatted(file, e.getLocation().getLineNr(), e.getOriginalMessage()),
                    e);
        }
        Optional<String> model = Optional.empty();
        List<String> options = new ArrayList<>();
        Map<String, String> keys = new LinkedHashMap<>();
        List<Map.Entry<String, JsonNode>> entries = entries(plan);
        for (Map.Entry<String, JsonNode> entry : entries) {
            Key key = key(file, entry.getKey());
            List<String> texts = key.kind
                    .texts(entry.getValue())
                    .orElseThrow(() -> new GauntletException("In the plan %s, %s is %s; it has to be %s."
                            .formatted(file, key.path, entry.getValue(), key.kind.description)));
            texts.forEach(text -> check(file, key, text));
            if (!key.command().equals(command)) {
                continue;
            }
            List<String> words = key.kind.words(key.option, texts);
            if (!key.option.isEmpty()) {
                keys.put(key.option, key.path);
            }
            if (key == Key.MODEL_FILE) {
                model = Optional.of(words.get(0));
            } else {
                options.addAll(words);
            }
        }
        if (entries.isEmpty()) {
            throw new GauntletException(
                    "The plan %s is empty; write what it is for, such as file = \"model.safetensors\" in a section [model]."
                            .formatted(file));
        }
        if (command.equals(CHECK) && keys.isEmpty()) {
            throw new GauntletException(
                    "The plan %s has no section [gate], which says what is required; write in it, for instance, at = [\"linf:8/255\"] and min-robust-accuracy = [0.4]."
                            .formatted(file));
        }
        return new Words(model, options, keys);
    }

    /** Refuses here, by the plan's own name for it, a value that the command line would refuse as that of an option. */
    private static void check(Path file, Key key, String text) {
        try {
            key.check.accept(text);
        } catch (GauntletException | TypeConversionException e) {
            throw new GauntletException(
                    "In the plan %s, %s: %s"
                            .formatted(file, key.path, UsageMessage.sentence(String.valueOf(e.getMessage()))),
                    e);
        }
    }

    private static Consumer<String> atLeast(int smallest) {
        return text -> requireAtLeast(smallest, OptionTypes.integer(text), text);
    }

    private static void positiveCount(String text) {
        requireAtLeast(1, OptionTypes.longInteger(text), text);
    }

    private static void requireAtLeast(int smallest, long number, String text) {
        if (number < smallest) {
            throw new GauntletException("It has to be at least %d, got %s.".formatted(smallest, text));
        }
    }

    private static void positive(String text) {
        if (!(OptionTypes.number(text) > 0)) {
            throw new GauntletException("It has to be above 0, got %s.".formatted(text));
        }
    }

    private static void radius(String text) {
        if (!(LpBall.parseEpsilon(text) >= 0)) {
            throw new GauntletException("A budget has to be at least 0, got %s.".formatted(text));
        }
    }

    private static void share(String text) {
        double share = OptionTypes.number(text);
        if (!(share >= 0 && share <= 1)) {
            throw new GauntletException(
                    "It has to be a share in [0,1], such as 0.4 for 40 %%, got %s.".formatted(text));
        }
    }

    private static void column(String text) {
        if (text.isBlank()) {
            throw new GauntletException(
                    "It has to be the name of a column, its number from 1 on, or last, got '%s'.".formatted(text));
        }
    }

    private static void attack(String text) {
        Attacks.parseAll(text, Norm.LINF);
    }

    private static Key key(Path file, String path) {
        try {
            return Key.parse(path);
        } catch (GauntletException e) {
            throw new GauntletException("In the plan %s: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** Returns the values of all sections by section and key. */
    private static List<Map.Entry<String, JsonNode>> entries(JsonNode plan) {
        Function<Map.Entry<String, JsonNode>, Stream<Map.Entry<String, JsonNode>>> values =
                section -> section.getValue().isObject()
                        ? section.getValue()
                                .propertyStream()
                                .map(entry -> Map.entry(
                                        (section.getKey() + "." + entry.getKey()).toLowerCase(Locale.ROOT),
                                        entry.getValue()))
                        : Stream.of(section);
        return plan.propertyStream().flatMap(values).toList();
    }

    /**
     * What a plan says.
     *
     * @param keys the names of the options with the plan's own names for them
     */
    private record Words(Optional<String> model, List<String> options, Map<String, String> keys) {}
}
