package dev.gauntlet.report;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.report.plan.TomlText;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * What a report of evidence says that no program can measure: which system was tested, by whom, and which criterion was fixed
 * before the run.
 *
 * <p>Example: {@code Evidence.read(Path.of("evidence.toml"))}.
 *
 * @param file the file
 * @param texts what it says, by keys such as {@code system.name}
 */
public record Evidence(Path file, Map<String, String> texts) {
    /** The plan with the criterion. */
    static final String PLAN = "criterion.plan";

    /** Its checksum when it was fixed. */
    static final String SHA256 = "criterion.sha256";

    /** When it was fixed. */
    static final String FIXED = "criterion.fixed";

    /** Every key, and an example for those that are required. */
    private static final Map<String, Optional<String>> KEYS = keys();

    private static final Pattern CHECKSUM = Pattern.compile("[0-9a-f]{64}");

    private static final String KIND = "evidence file";

    public Evidence {
        texts = Map.copyOf(texts);
    }

    private static Map<String, Optional<String>> keys() {
        Map<String, Optional<String>> keys = new LinkedHashMap<>();
        keys.put("system.name", Optional.of("Mail sorter"));
        keys.put("system.version", Optional.of("2.3"));
        keys.put("system.provider", Optional.empty());
        keys.put("system.purpose", Optional.of("Reads the postcodes of letters."));
        keys.put("tester.name", Optional.of("Ada Smith"));
        keys.put("tester.organization", Optional.of("Quality assurance, Example Ltd"));
        keys.put("tester.independence", Optional.empty());
        keys.put(PLAN, Optional.of("robustness.toml"));
        keys.put(SHA256, Optional.of("the SHA-256 of the plan"));
        keys.put(FIXED, Optional.of("2026-11-30"));
        keys.put("criterion.published", Optional.empty());
        keys.put("sample.source", Optional.empty());
        keys.put(
                "sample.representativeness",
                Optional.of("The letters of one week in May 2026, from all sorting centers."));
        keys.put("limits.notes", Optional.empty());
        return keys;
    }

    /**
     * Reads an evidence file.
     *
     * @param file a file in TOML
     * @return what it says
     * @throws GauntletException if there is no such file, a key is unknown or missing, or a value is wrong; the message names
     *     line and key
     */
    public static Evidence read(Path file) {
        TomlText text = TomlText.read(file, KIND);
        Map<String, String> texts = new LinkedHashMap<>();
        text.tree().properties().forEach(section -> {
            if (!section.getValue().isObject()) {
                throw unknown(text, section.getKey());
            }
            section.getValue()
                    .properties()
                    .forEach(entry -> texts.put(
                            section.getKey() + "." + entry.getKey(),
                            value(text, section.getKey() + "." + entry.getKey(), entry.getValue())));
        });
        KEYS.forEach((key, example) -> {
            if (example.isPresent() && !texts.containsKey(key)) {
                throw new GauntletException(
                        "The evidence file %s has no %s; write in its section [%s], for instance, %s = \"%s\"."
                                .formatted(
                                        file, key, section(key), key.substring(key.indexOf('.') + 1), example.get()));
            }
        });
        Evidence evidence = new Evidence(file, texts);
        if (!CHECKSUM.matcher(evidence.required(SHA256)).matches()) {
            throw wrong(text, SHA256, "is not a SHA-256, 64 hexadecimal digits in lower case");
        }
        try {
            evidence.fixed();
        } catch (DateTimeException e) {
            throw wrong(text, FIXED, "is not a date or a time, such as 2026-11-30 or 2026-11-30T12:00:00Z");
        }
        return evidence;
    }

    private static String value(TomlText text, String key, JsonNode value) {
        if (!KEYS.containsKey(key)) {
            throw unknown(text, key);
        }
        if (!value.isString() || value.asString().isBlank()) {
            throw wrong(text, key, "has to be a text in quotes, and not empty");
        }
        return value.asString();
    }

    private static GauntletException unknown(TomlText text, String key) {
        try {
            Choices.of("key", KEYS.keySet(), Function.identity()).parse(key);
        } catch (GauntletException e) {
            return new GauntletException(
                    "In the evidence file %s: %s".formatted(text.at(parts(key)), e.getMessage()), e);
        }
        return wrong(text, key, "has to be a section");
    }

    private static GauntletException wrong(TomlText text, String key, String what) {
        return new GauntletException("In the evidence file %s, %s %s.".formatted(text.at(parts(key)), key, what));
    }

    private static List<String> parts(String key) {
        return List.of(key.split("\\.", -1));
    }

    private static String section(String key) {
        return key.substring(0, key.indexOf('.'));
    }

    /** Returns a text that every evidence file has. */
    String required(String key) {
        return Objects.requireNonNull(texts.get(key), key);
    }

    /** Returns a text that may be left out. */
    Optional<String> optional(String key) {
        return Optional.ofNullable(texts.get(key));
    }

    /** Returns the moment at which the criterion is said to have been fixed; for a date, the end of the day in UTC. */
    private Instant fixed() {
        String text = required(FIXED);
        return text.contains("T")
                ? Instant.parse(text)
                : LocalDate.parse(text).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /**
     * Returns the plan that holds the criterion.
     *
     * @return the file, looked for next to the evidence file
     */
    public Path plan() {
        return file.resolveSibling(required(PLAN));
    }

    /**
     * Refuses a criterion that has changed since it was fixed, or that was fixed after the run began.
     *
     * @param sha256 the SHA-256 of the plan as it is
     * @param started when the run began, in ISO 8601, UTC
     * @throws GauntletException if it has changed, or was fixed too late
     */
    public void requireFixedBefore(String sha256, String started) {
        if (!sha256.equals(required(SHA256))) {
            throw new GauntletException(
                    "The plan %s has the SHA-256 %s and not %s, as the evidence file %s says; the criterion has changed since it was fixed."
                            .formatted(plan(), sha256, required(SHA256), file));
        }
        if (fixed().isAfter(Instant.parse(started))) {
            String remedy = required(FIXED).contains("T")
                    ? "repeat the run"
                    : "give a time, such as 2026-11-30T12:00:00Z, if it was earlier on that day (UTC), or repeat the run";
            throw new GauntletException(
                    "The evidence file %s says that the criterion was fixed at %s, but the run began at %s; %s."
                            .formatted(file, required(FIXED), started, remedy));
        }
    }
}
