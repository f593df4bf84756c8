package dev.gauntlet.report.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.request.DecisionGoal;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.Suite;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;
import tools.jackson.databind.type.LogicalType;

/** Binds trees of TOML and JSON to {@link PlanDocument}, and says of a wrong value which key has it. */
public final class PlanBinding {
    private static final String WHOLE_NUMBER = "a whole number";

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h)");

    private static final Choices<Layout> LAYOUTS = Choices.of("layout", List.of(Layout.values()), PlanBinding::id);

    private static final Choices<Trust> FORBIDDABLE =
            Choices.of("trust to forbid", List.of(Trust.LIMITED, Trust.SUSPECT, Trust.INVALID), Trust::toString);

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(module())
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY, MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(
                    MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES,
                    MapperFeature.INFER_RECORD_GETTERS_FROM_COMPONENTS_ONLY)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT, DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .withCoercionConfig(
                    LogicalType.Textual,
                    config -> config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            .build();

    private PlanBinding() {}

    /**
     * Writes a plan as a tree.
     *
     * @param plan the plan
     * @return its sections with their keys
     */
    public static JsonNode tree(PlanDocument plan) {
        return MAPPER.valueToTree(plan);
    }

    /**
     * Reads a plan from values by their keys, as a build tool has them.
     *
     * @param values numbers, texts, booleans and lists of them, by keys such as {@code sample.seed}
     * @return the plan
     * @throws GauntletException as {@link #read(JsonNode)} does
     */
    public static PlanDocument of(Map<String, ?> values) {
        Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
        values.forEach((key, value) -> {
            int dot = key.indexOf('.');
            sections.computeIfAbsent(key.substring(0, dot), section -> new LinkedHashMap<>())
                    .put(key.substring(dot + 1), value);
        });
        return read(MAPPER.valueToTree(sections));
    }

    /**
     * Reads a plan from a tree.
     *
     * @param tree the sections with their keys
     * @return the plan
     * @throws GauntletException if a key is unknown, or a value is of another type or out of range; the message begins with
     *     the key
     */
    public static PlanDocument read(JsonNode tree) {
        try {
            return bound(tree);
        } catch (InvalidKey e) {
            throw e.reason();
        }
    }

    /** Reads a plan from a tree, and says which key is wrong. */
    static PlanDocument bound(JsonNode tree) throws InvalidKey {
        PlanDocument plan;
        try {
            plan = MAPPER.treeToValue(tree, PlanDocument.class);
        } catch (JacksonException e) {
            String key = String.join(".", path(e));
            throw new InvalidKey(key, explained(key, tree, e));
        }
        Map<String, Object> said = PlanKey.said(plan);
        for (PlanKey key : PlanKey.all()) {
            if (said.containsKey(key.path())) {
                try {
                    requireInRange(key, said.get(key.path()));
                } catch (GauntletException e) {
                    throw new InvalidKey(key.path(), e);
                }
            }
        }
        return plan;
    }

    /**
     * Reads a duration as a plan and the command line write it.
     *
     * @param text a whole number of milliseconds, seconds, minutes or hours, such as {@code 90s}
     * @return the duration
     * @throws GauntletException if the text is something else
     */
    public static Duration duration(String text) {
        Matcher written = DURATION.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!written.matches()) {
            throw new GauntletException(
                    "'%s' is not a time; write a whole number of seconds, minutes or hours, such as 90s, 30m or 2h."
                            .formatted(text));
        }
        long count = Long.parseLong(written.group(1));
        return switch (written.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
        };
    }

    /**
     * Reads what is to be settled as a plan and the command line write it.
     *
     * @param text an epsilon and an accuracy, such as {@code 8/255=0.4}
     * @return the goal
     * @throws GauntletException if the text is something else, or a number is out of range
     */
    public static DecisionGoal decision(String text) {
        String[] parts = text.split("=", -1);
        if (parts.length != 2) {
            throw new GauntletException(
                    "'%s' is not a question; write epsilon and accuracy, such as 8/255=0.4.".formatted(text));
        }
        return new DecisionGoal(LpBall.parseEpsilon(parts[0].strip()), LpBall.parseEpsilon(parts[1].strip()));
    }

    /**
     * Reads the order of the numbers of an image.
     *
     * @param text {@code nchw} or {@code nhwc}
     * @return the layout
     * @throws GauntletException if there is none of this name
     */
    public static Layout layout(String text) {
        return LAYOUTS.parse(text);
    }

    /**
     * Reads the trust at which a gate fails.
     *
     * @param text {@code limited}, {@code suspect} or {@code invalid}
     * @return the trust
     * @throws GauntletException if there is none of this name
     */
    public static Trust forbidden(String text) {
        return FORBIDDABLE.parse(text);
    }

    /**
     * Reads the name of a data set.
     *
     * @param text the name
     * @return the data set
     * @throws GauntletException if there is none of this name, with how to name the user's own data
     */
    public static NamedDataset dataset(String text) {
        try {
            return NamedDataset.parse(text);
        } catch (GauntletException e) {
            throw new GauntletException(
                    e.getMessage()
                            + " To use other examples, such as the files of CIFAR-10 or a folder of images, give their path.",
                    e,
                    Setting.DATA);
        }
    }

    private static String id(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static SimpleModule module() {
        SimpleModule module = new SimpleModule("plan");
        text(module, Norm.class, Norm::parse, Norm::id);
        text(module, Suite.class, Suite::parse, Suite::id);
        text(module, Layout.class, PlanBinding::layout, PlanBinding::id);
        text(module, ImageShape.class, ImageShape::parse, ImageShape::toString);
        text(module, NamedDataset.class, PlanBinding::dataset, NamedDataset::id);
        text(
                module,
                DiagnosticsBudget.Effort.class,
                DiagnosticsBudget.Effort::parse,
                DiagnosticsBudget.Effort::toString);
        text(module, Certificates.Moment.class, Certificates.Moment::parse, Certificates.Moment::toString);
        text(module, Trust.class, PlanBinding::forbidden, Trust::toString);
        text(module, Duration.class, PlanBinding::duration, PlanBinding::written);
        text(
                module,
                LpBall.class,
                LpBall::parse,
                ball -> "%s:%s".formatted(ball.norm().id(), ball.epsilon()));
        text(
                module,
                DecisionGoal.class,
                PlanBinding::decision,
                goal -> "%s=%s".formatted(goal.epsilon(), goal.accuracy()));
        // in lists, where fractions are common
        module.addDeserializer(Double.class, new NumberOrFraction());
        return module;
    }

    private static String written(Duration time) {
        long millis = time.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    private static <T> void text(
            SimpleModule module, Class<T> type, Function<String, T> read, Function<T, String> write) {
        module.addDeserializer(type, new FromText<>(type, read));
        module.addSerializer(type, new ToText<>(type, write));
    }

    private static List<String> path(JacksonException e) {
        return e.getPath().stream()
                .map(JacksonException.Reference::getPropertyName)
                .filter(Objects::nonNull)
                .toList();
    }

    private static GauntletException explained(String key, JsonNode tree, JacksonException e) {
        List<String> path = path(e);
        if (e instanceof UnrecognizedPropertyException) {
            return unknown(key, e);
        }
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof GauntletException known) {
                return new GauntletException(
                        "%s: %s".formatted(key, known.getMessage()),
                        e,
                        known.settings().toArray(Setting[]::new));
            }
        }
        JsonNode value = tree;
        for (String step : path) {
            value = value.path(step);
        }
        Optional<PlanKey> known = PlanKey.all().stream()
                .filter(candidate -> candidate.path().equals(key))
                .findFirst();
        if (known.isEmpty()) {
            // a section that is a value, or a value that is a section
            return path.size() == 1 && !isSection(key)
                    ? unknown(key, e)
                    : new GauntletException("%s is %s; it has to be a section.".formatted(key, value), e);
        }
        String what = description(known.get().component().getGenericType());
        return new GauntletException(
                value.isIntegralNumber() && what.equals(WHOLE_NUMBER)
                        ? "%s: '%s' is not a whole number, or is too large.".formatted(key, value)
                        : "%s is %s; it has to be %s.".formatted(key, value, what),
                e);
    }

    private static boolean isSection(String name) {
        return PlanKey.all().stream().anyMatch(key -> key.path().startsWith(name + "."));
    }

    private static GauntletException unknown(String key, JacksonException e) {
        try {
            Choices.of("key", PlanKey.all(), PlanKey::path).parse(key);
        } catch (GauntletException known) {
            return new GauntletException(String.valueOf(known.getMessage()), e);
        }
        return new GauntletException("%s cannot be read.".formatted(key), e);
    }

    private static String description(Type type) {
        String name = type.getTypeName();
        if (name.contains("OptionalInt") || name.contains("OptionalLong")) {
            return WHOLE_NUMBER;
        }
        if (name.contains("OptionalDouble")) {
            return "a number";
        }
        Type content = ((ParameterizedType) type).getActualTypeArguments()[0];
        if (content == Boolean.class) {
            return "true or false";
        }
        if (!(content instanceof ParameterizedType collection)) {
            return "a text in quotes";
        }
        if (collection.getRawType() == Map.class) {
            return "a section of texts";
        }
        return collection.getActualTypeArguments()[0] == Double.class
                ? "a list of numbers or of fractions in quotes, such as [0.1, \"8/255\"]"
                : "a list of texts in quotes, such as [\"fgsm\", \"pgd:steps=100\"]";
    }

    private static void requireInRange(PlanKey key, Object value) {
        if (value instanceof List<?> list) {
            if (list.isEmpty()) {
                throw new GauntletException("%s is []; it has to be %s."
                        .formatted(key.path(), description(key.component().getGenericType())));
            }
            list.forEach(element -> requireInRange(key, element));
        }
        Range range = key.component().getAnnotation(Range.class);
        if (range == null || !(value instanceof Number number)) {
            return;
        }
        double given = number.doubleValue();
        boolean isInRange = (range.above() ? given > range.from() : given >= range.from()) && given <= range.to();
        if (!isInRange) {
            throw new GauntletException(
                    "%s: It has to be %s, got %s.".formatted(key.path(), words(range), text(given)));
        }
    }

    private static String words(Range range) {
        if (range.from() == 0 && range.to() == 1) {
            return "a share in [0,1], such as 0.4 for 40 %";
        }
        return (range.above() ? "above " : "at least ")
                + text(range.from())
                + (range.to() < Double.POSITIVE_INFINITY ? " and at most " + text(range.to()) : "");
    }

    private static String text(double number) {
        String text = Double.toString(number);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    /** Reads a value from a text. */
    private static final class FromText<T> extends StdDeserializer<T> {
        private final transient Function<String, T> read;

        FromText(Class<T> type, Function<String, T> read) {
            super(type);
            this.read = read;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) {
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                return context.reportInputMismatch(this, "not a text");
            }
            return read.apply(parser.getString());
        }
    }

    /** Writes a value as a text. */
    private static final class ToText<T> extends StdSerializer<T> {
        private final transient Function<T, String> write;

        ToText(Class<T> type, Function<T, String> write) {
            super(type);
            this.write = write;
        }

        @Override
        public void serialize(T value, JsonGenerator generator, SerializationContext context) {
            generator.writeString(write.apply(value));
        }
    }

    /** Reads a number, or a text such as 8/255. */
    private static final class NumberOrFraction extends StdDeserializer<Double> {
        NumberOrFraction() {
            super(Double.class);
        }

        @Override
        public Double deserialize(JsonParser parser, DeserializationContext context) {
            if (parser.hasToken(JsonToken.VALUE_STRING)) {
                return LpBall.parseEpsilon(parser.getString());
            }
            if (!parser.currentToken().isNumeric()) {
                return context.reportInputMismatch(this, "neither a number nor a text");
            }
            return parser.getDoubleValue();
        }
    }
}
