package dev.gauntlet.cli;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.report.RepeatCommand;
import dev.gauntlet.report.ReportJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
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
    private enum Key {
        MODEL_FILE("model.file", "", Kind.TEXT),
        MODEL_NETWORK("model.network", "--network", Kind.TEXT),
        MODEL_INPUT_MAX("model.input-max", "--input-max", Kind.NUMBER),
        MODEL_MEAN("model.mean", "--mean", Kind.NUMBERS),
        MODEL_STD("model.std", "--std", Kind.NUMBERS),
        MODEL_LAYOUT("model.layout", "--layout", Kind.TEXT),
        MODEL_LOGITS("model.logits", "--logits", Kind.TEXT),
        MODEL_REQUEST("model.request", "--request", Kind.TEXT),
        MODEL_RESPONSE("model.response", "--response", Kind.TEXT),
        MODEL_HEADERS("model.headers", "--header", Kind.TEXTS),
        MODEL_TIMEOUT("model.timeout", "--timeout", Kind.NUMBER),
        MODEL_RETRIES("model.retries", "--retries", Kind.WHOLE_NUMBER),
        MODEL_RATE("model.rate", "--rate", Kind.NUMBER),
        MODEL_QUERY_BUDGET("model.query-budget", "--query-budget", Kind.WHOLE_NUMBER),
        MODEL_SEND("model.send", "--send", Kind.WHOLE_NUMBER),
        DATA_NAME("data.name", "--dataset", Kind.TEXT),
        DATA_PATH("data.path", "--data", Kind.TEXT),
        DATA_LABELS("data.labels", "--labels", Kind.TEXT),
        DATA_CLASSES("data.classes", "--classes", Kind.JOINED_TEXTS),
        DATA_LABEL_COLUMN("data.label-column", "--label-column", Kind.TEXT),
        DATA_STRICT("data.strict", "--strict", Kind.SWITCH),
        DATA_LAYOUT("data.layout", "--data-layout", Kind.TEXT),
        DATA_RESIZE("data.resize", "--resize", Kind.WHOLE_NUMBER),
        DATA_CROP("data.crop", "--crop", Kind.WHOLE_NUMBER),
        DATA_CHANNELS("data.channels", "--channels", Kind.WHOLE_NUMBER),
        DATA_FOLDER("data.folder", "--data-dir", Kind.TEXT),
        SAMPLE_EXAMPLES("sample.examples", "--examples", Kind.WHOLE_NUMBER),
        SAMPLE_SEED("sample.seed", "--seed", Kind.WHOLE_NUMBER),
        THREAT_NORM("threat.norm", "--norm", Kind.TEXT),
        THREAT_EPSILONS("threat.epsilons", "--epsilon", Kind.NUMBERS),
        THREAT_TARGET("threat.target", "--target", Kind.TEXT),
        ATTACK_LIST("attack.list", "--attack", Kind.TEXTS),
        ATTACK_SUITE("attack.suite", "--suite", Kind.TEXT),
        ATTACK_BLACK_BOX("attack.black-box", "--black-box", Kind.SWITCH),
        LIMIT_TIME("limit.time", "--time-limit", Kind.TEXT),
        LIMIT_GRADIENTS("limit.gradients", "--gradient-limit", Kind.WHOLE_NUMBER),
        LIMIT_DECIDE("limit.decide", "--decide", Kind.TEXT),
        RUN_SHARD_SIZE("run.shard-size", "--shard-size", Kind.WHOLE_NUMBER),
        RUN_WORKERS("run.workers", "--workers", Kind.WHOLE_NUMBER),
        GATE_DATASET("gate.dataset", "--dataset", Kind.TEXT),
        GATE_AT("gate.at", "--at", Kind.JOINED_TEXTS),
        GATE_MINIMUM("gate.min-robust-accuracy", "--min-robust-accuracy", Kind.NUMBERS),
        GATE_PER_CLASS("gate.per-class-min", "--per-class-min", Kind.NUMBER),
        GATE_BASELINE("gate.baseline", "--baseline", Kind.TEXT),
        GATE_MARGIN("gate.no-worse-than", "--no-worse-than", Kind.NUMBER),
        GATE_FORBID("gate.forbid", "--forbid", Kind.TEXT);

        private final String path;
        private final String option;
        private final Kind kind;

        Key(String path, String option, Kind kind) {
            this.path = path;
            this.option = option;
            this.kind = kind;
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
    private enum Kind {
        TEXT("a text in quotes") {
            @Override
            Optional<List<String>> words(String option, JsonNode value) {
                return value.isString() ? Optional.of(with(option, value.asString())) : Optional.empty();
            }
        },
        WHOLE_NUMBER("a whole number") {
            @Override
            Optional<List<String>> words(String option, JsonNode value) {
                return value.isIntegralNumber() ? Optional.of(with(option, value.asString())) : Optional.empty();
            }
        },
        NUMBER("a number") {
            @Override
            Optional<List<String>> words(String option, JsonNode value) {
                return value.isNumber() ? Optional.of(with(option, value.asString())) : Optional.empty();
            }
        },
        SWITCH("true or false") {
            @Override
            Optional<List<String>> words(String option, JsonNode value) {
                return value.isBoolean()
                        ? Optional.of(value.asBoolean() ? List.of(option) : List.of())
                        : Optional.empty();
            }
        },
        NUMBERS("a list of numbers or of fractions in quotes, such as [0.1, \"8/255\"]") {
            @Override
            Optional<List<String>> words(String option, JsonNode value) {
                return joined(option, listed(value, number -> number.isNumber() || number.isString()));
            }
        },
        JOINED_TEXTS("a list of texts in quotes, such as [\"linf:8/255\", \"linf:0\"]") {
            @Override
            Optional<List<String>> words(String option, JsonNode value) {
                return joined(option, listed(value, JsonNode::isString));
            }
        },
        TEXTS("a list of texts in quotes, such as [\"fgsm\", \"pgd:steps=100\"]") {
            @Override
            Optional<List<String>> words(String option, JsonNode value) {
                return listed(value, JsonNode::isString)
                        .map(texts -> texts.stream()
                                .flatMap(text -> Stream.of(option, text))
                                .toList());
            }
        };

        private final String description;

        Kind(String description) {
            this.description = description;
        }

        abstract Optional<List<String>> words(String option, JsonNode value);

        /** Returns the values of a list that is not empty, if all of them are as they should be. */
        private static Optional<List<String>> listed(JsonNode list, Predicate<JsonNode> fits) {
            return list.isArray() && !list.isEmpty() && list.valueStream().allMatch(fits)
                    ? Optional.of(list.valueStream().map(JsonNode::asString).toList())
                    : Optional.empty();
        }

        private static Optional<List<String>> joined(String option, Optional<List<String>> values) {
            return values.map(all -> with(option, String.join(",", all)));
        }

        private static List<String> with(String option, String value) {
            return option.isEmpty() ? List.of(value) : List.of(option, value);
        }
    }

    /**
     * Replaces a plan on the command line by what it says.
     *
     * @throws GauntletException if the file is no plan that can be run
     */
    static String[] expand(String... arguments) {
        int command = indexOfCommand(arguments);
        int option = command < 0 ? -1 : indexOfOption(arguments, command);
        if (option < 0) {
            return arguments;
        }
        boolean joined = arguments[option].startsWith(OPTION + "=");
        if (!joined && option + 1 == arguments.length) {
            // the parser says what is missing
            return arguments;
        }
        Path file = path(joined ? arguments[option].substring(OPTION.length() + 1) : arguments[option + 1]);
        List<String> others = new ArrayList<>(Arrays.asList(arguments).subList(command + 1, option));
        others.addAll(Arrays.asList(arguments).subList(option + (joined ? 1 : 2), arguments.length));
        boolean report =
                file.getFileName() != null && file.getFileName().toString().endsWith(".json");
        Words words = report && arguments[command].equals(EVALUATE) ? ofReport(file) : ofToml(file, arguments[command]);
        List<String> all = new ArrayList<>(Arrays.asList(arguments).subList(0, command + 1));
        // the first word after the command is a model unless it is an option
        boolean hasModel = !others.isEmpty() && !others.get(0).startsWith("-");
        if (!hasModel) {
            words.model().ifPresent(all::add);
        }
        all.addAll(others);
        all.addAll(words.options());
        return all.toArray(String[]::new);
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

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new GauntletException("'%s' cannot be a file (%s).".formatted(text, e.getReason()), e);
        }
    }

    private static Words ofReport(Path file) {
        List<String> words = RepeatCommand.words(ReportJson.read(file))
                .orElseThrow(() -> new GauntletException(
                        "The run of %s cannot be repeated from the command line: its model, data or attacks were given in Java."
                                .formatted(file)));
        if (!words.get(1).equals(EVALUATE)) {
            throw new GauntletException("The run of %s trained its model itself; repeat it with: %s"
                    .formatted(file, String.join(" ", words)));
        }
        return new Words(Optional.of(words.get(2)), words.subList(3, words.size()));
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
            throw new GauntletException("The plan %s cannot be read: %s.".formatted(file, e), e);
        } catch (JacksonException e) {
            throw new GauntletException(
                    "The plan %s is no TOML (line %d): %s"
                            .formatted(file, e.getLocation().getLineNr(), e.getOriginalMessage()),
                    e);
        }
        Optional<String> model = Optional.empty();
        List<String> options = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : entries(plan)) {
            Key key = key(file, entry.getKey());
            List<String> words = key.kind
                    .words(key.option, entry.getValue())
                    .orElseThrow(() -> new GauntletException("In the plan %s, %s is %s; it has to be %s."
                            .formatted(file, key.path, entry.getValue(), key.kind.description)));
            if (!key.command().equals(command)) {
                continue;
            }
            if (key == Key.MODEL_FILE) {
                model = Optional.of(words.get(0));
            } else {
                options.addAll(words);
            }
        }
        return new Words(model, options);
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

    private record Words(Optional<String> model, List<String> options) {}
}
