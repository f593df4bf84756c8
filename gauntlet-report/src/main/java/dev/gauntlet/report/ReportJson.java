package dev.gauntlet.report;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.annotation.Nulls;
import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.plan.PlanBinding;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.EvaluationRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.io.NumberOutput;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * The record of a run as JSON: the truth from which every other format is rendered.
 *
 * <p>The properties are the components of {@link RobustnessReport}, in that order. Pixels are the base64 of 32-bit
 * floats, least significant byte first, so that they come back exactly. The same report always gives the same bytes;
 * what differs between two runs of the same plan is in {@code timing} only.
 *
 * <p>Example: {@code ReportJson.read(Path.of("runs/demo/report.json")).results()}.
 */
public final class ReportJson {
    /** A report with a gallery of large photographs stays far below this. */
    private static final long MAXIMUM_BYTES = 256L << 20;

    private static final int MAXIMUM_STRING_LENGTH = 64 << 20;
    private static final int MAXIMUM_NESTING_DEPTH = 32;
    private static final int MAXIMUM_PROBLEM_LENGTH = 200;

    /** The JDK's own Double.toString gives other digits before version 19 than after. */
    private static final boolean FAST_DOUBLE_WRITER = true;

    /** The first schema version that can still be read. */
    private static final int OLDEST_VERSION = 10;

    /** What Jackson adds to its messages about its own switches and sources. */
    private static final Pattern ADVICE_TO_PROGRAMMERS =
            Pattern.compile("( \\(but |; `|: enable `| \\(start marker |, problem: ).*");

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxDocumentLength(MAXIMUM_BYTES)
                            .maxStringLength(MAXIMUM_STRING_LENGTH)
                            .maxNestingDepth(MAXIMUM_NESTING_DEPTH)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .configure(StreamWriteFeature.USE_FAST_DOUBLE_WRITER, FAST_DOUBLE_WRITER)
                    .build())
            .addModule(new SimpleModule("gauntlet")
                    .addSerializer(float[].class, new PixelsToText())
                    .addDeserializer(float[].class, new TextToPixels())
                    .addSerializer(int[].class, new IntegersOnOneLine())
                    .addSerializer(long[].class, new LongsOnOneLine())
                    .addSerializer(double[].class, new NumbersOnOneLine())
                    .addSerializer(EvaluationRequest.class, new RequestToPlan())
                    .addDeserializer(EvaluationRequest.class, new PlanToRequest())
                    .setMixInAnnotation(Outcomes.class, OutcomesAsColumns.class))
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(MapperFeature.INFER_RECORD_GETTERS_FROM_COMPONENTS_ONLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS, SerializationFeature.INDENT_OUTPUT)
            .enable(
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .changeDefaultNullHandling(handling -> handling.withContentNulls(Nulls.FAIL))
            .defaultPrettyPrinter(layout())
            .build();

    private ReportJson() {}

    /** Writes any value in the layout of the record. */
    static String write(Object value) {
        return MAPPER.writeValueAsString(value) + "\n";
    }

    /**
     * Writes a report as JSON.
     *
     * @param report the report
     * @return the JSON text, ending with a line break
     */
    public static String toJson(RobustnessReport report) {
        return write(report);
    }

    /**
     * Reads a report from a JSON file; properties that this version does not know are ignored.
     *
     * @param place the file, such as {@code report.json} in the folder of a report, or the folder itself
     * @return the report
     * @throws GauntletException if the file cannot be read, was written by a version too new or too old, or is not a complete
     *     report whose parts agree
     */
    public static RobustnessReport read(Path place) {
        Path file = Files.isDirectory(place) ? place.resolve(ReportFolder.JSON) : place;
        byte[] bytes = readBytes(file);
        try {
            requireKnownVersion(file, bytes);
            return MAPPER.readValue(bytes, RobustnessReport.class);
        } catch (JacksonException e) {
            throw new GauntletException("The report %s is broken%s: %s".formatted(file, place(e), problem(e)), e);
        }
    }

    private static byte[] readBytes(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAXIMUM_BYTES) {
                throw new GauntletException("The file %s has %s bytes; a report has at most %s, so this is none."
                        .formatted(file, size, MAXIMUM_BYTES));
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new GauntletException(
                    "There is no file %s; name the folder of a report or the report.json in it.".formatted(file), e);
        } catch (IOException e) {
            throw new GauntletException("The report %s cannot be read: %s.".formatted(file, Formats.cause(e)), e);
        }
    }

    /** Looks for the version first: a newer structure must not be reported as a broken old one. */
    private static void requireKnownVersion(Path file, byte[] bytes) {
        OptionalInt version = schemaVersion(bytes);
        if (version.isEmpty()) {
            throw new GauntletException(
                    "The file %s is not a report of Gauntlet: it is no JSON object with a whole number schemaVersion."
                            .formatted(file));
        }
        if (version.getAsInt() > RobustnessReport.SCHEMA_VERSION) {
            throw new GauntletException(
                    "The report %s has schema version %s, this Gauntlet knows versions up to %s; use a newer Gauntlet."
                            .formatted(file, version.getAsInt(), RobustnessReport.SCHEMA_VERSION));
        }
        if (version.getAsInt() < 1) {
            throw new GauntletException(
                    "The report %s has schema version %s, which never was.".formatted(file, version.getAsInt()));
        }
        if (version.getAsInt() < OLDEST_VERSION) {
            throw new GauntletException(
                    "The report %s has schema version %s, this Gauntlet reads versions from %s on; repeat the run."
                            .formatted(file, version.getAsInt(), OLDEST_VERSION));
        }
    }

    private static OptionalInt schemaVersion(byte[] bytes) {
        try (JsonParser parser = MAPPER.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return OptionalInt.empty();
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean found = parser.currentName().equals("schemaVersion");
                if (parser.nextToken() == JsonToken.VALUE_NUMBER_INT && found) {
                    return OptionalInt.of(parser.getIntValue());
                }
                parser.skipChildren();
            }
            return OptionalInt.empty();
        }
    }

    private static String place(JacksonException e) {
        String path = e.getPath().stream()
                .map(step ->
                        step.getPropertyName() == null ? "[" + step.getIndex() + "]" : "." + step.getPropertyName())
                .collect(Collectors.joining());
        TokenStreamLocation location = e.getLocation();
        String line = location == null || location.getLineNr() < 1
                ? ""
                : " (line %s, column %s)".formatted(location.getLineNr(), location.getColumnNr());
        return (path.isEmpty() ? "" : " at " + (path.startsWith(".") ? path.substring(1) : path)) + line;
    }

    private static String problem(JacksonException e) {
        // the records of the core say better than Jackson what is wrong with their values
        if (e.getCause() instanceof GauntletException cause) {
            return String.valueOf(cause.getMessage());
        }
        String message = Formats.plain(
                e.getOriginalMessage().lines().findFirst().orElse(e.getClass().getSimpleName()));
        if (message.startsWith("Missing creator property") || message.startsWith("Null value for creator property")) {
            return "it is missing.";
        }
        String plain = ADVICE_TO_PROGRAMMERS.matcher(message).replaceFirst("");
        String problem =
                plain.length() > MAXIMUM_PROBLEM_LENGTH ? plain.substring(0, MAXIMUM_PROBLEM_LENGTH) + "…" : plain;
        return e instanceof StreamReadException ? "this is no valid JSON, " + problem + "." : problem + ".";
    }

    private static DefaultPrettyPrinter layout() {
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        return new DefaultPrettyPrinter(Separators.createDefaultInstance()
                        .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                        .withObjectEmptySeparator("")
                        .withArrayEmptySeparator(""))
                .withObjectIndenter(indenter)
                .withArrayIndenter(indenter);
    }

    /** Writes the outcomes as their columns and reads them through the constructor. */
    private abstract static class OutcomesAsColumns {
        // only its signature matters: Jackson calls the constructor of Outcomes
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        @SuppressWarnings("UnusedVariable")
        OutcomesAsColumns(Outcomes.Columns columns) {}

        @JsonValue
        abstract Outcomes.Columns columns();
    }

    /** Writes a request as a plan says it. */
    private static final class RequestToPlan extends StdSerializer<EvaluationRequest> {
        RequestToPlan() {
            super(EvaluationRequest.class);
        }

        @Override
        public void serialize(EvaluationRequest request, JsonGenerator generator, SerializationContext context) {
            context.writeTree(generator, PlanBinding.tree(PlanDocument.of(request)));
        }
    }

    private static final class PlanToRequest extends StdDeserializer<EvaluationRequest> {
        PlanToRequest() {
            super(EvaluationRequest.class);
        }

        @Override
        public EvaluationRequest deserialize(JsonParser parser, DeserializationContext context) {
            return PlanBinding.read(context.readTree(parser)).request();
        }
    }

    /** Keeps the ten thousand numbers of a data set on one line. */
    private static final class IntegersOnOneLine extends StdSerializer<int[]> {
        IntegersOnOneLine() {
            super(int[].class);
        }

        @Override
        public void serialize(int[] values, JsonGenerator generator, SerializationContext context) {
            generator.writeRawValue(
                    Arrays.stream(values).mapToObj(Integer::toString).collect(Collectors.joining(",", "[", "]")));
        }
    }

    private static final class LongsOnOneLine extends StdSerializer<long[]> {
        LongsOnOneLine() {
            super(long[].class);
        }

        @Override
        public void serialize(long[] values, JsonGenerator generator, SerializationContext context) {
            generator.writeRawValue(
                    Arrays.stream(values).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]")));
        }
    }

    private static final class NumbersOnOneLine extends StdSerializer<double[]> {
        NumbersOnOneLine() {
            super(double[].class);
        }

        @Override
        public void serialize(double[] values, JsonGenerator generator, SerializationContext context) {
            generator.writeRawValue(Arrays.stream(values)
                    .mapToObj(value -> NumberOutput.toString(value, FAST_DOUBLE_WRITER))
                    .collect(Collectors.joining(",", "[", "]")));
        }
    }

    private static final class PixelsToText extends StdSerializer<float[]> {
        PixelsToText() {
            super(float[].class);
        }

        @Override
        public void serialize(float[] pixels, JsonGenerator generator, SerializationContext context) {
            ByteBuffer bytes = ByteBuffer.allocate(pixels.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(pixels);
            generator.writeString(Base64.getEncoder().encodeToString(bytes.array()));
        }
    }

    private static final class TextToPixels extends StdDeserializer<float[]> {
        TextToPixels() {
            super(float[].class);
        }

        @Override
        public float[] deserialize(JsonParser parser, DeserializationContext context) {
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                throw broken(parser, "pixels are base64 text, not " + parser.currentToken());
            }
            byte[] bytes;
            try {
                bytes = Base64.getDecoder().decode(parser.getString().getBytes(StandardCharsets.ISO_8859_1));
            } catch (IllegalArgumentException e) {
                throw broken(parser, "pixels are base64 text, this is none: " + e.getMessage());
            }
            if (bytes.length % Float.BYTES != 0) {
                throw broken(parser, bytes.length + " bytes of pixels are no whole number of 32-bit floats");
            }
            float[] pixels = new float[bytes.length / Float.BYTES];
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(pixels);
            return pixels;
        }

        private static MismatchedInputException broken(JsonParser parser, String problem) {
            return MismatchedInputException.from(parser, float[].class, problem);
        }
    }
}
