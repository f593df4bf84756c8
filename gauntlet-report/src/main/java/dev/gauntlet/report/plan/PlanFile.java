package dev.gauntlet.report.plan;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.io.NumberOutput;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * Plans in files of TOML. The record of a run contains a plan, too: {@link PlanDocument#of} its request.
 *
 * <p>Example: {@code PlanFile.read(Path.of("robustness.toml"))}.
 */
public final class PlanFile {
    private static final TomlMapper TOML = new TomlMapper();

    private static final String KIND = "plan";

    private static final String ATTACKS = "attack.list";

    private PlanFile() {}

    /**
     * Reads a plan.
     *
     * @param file a file in TOML
     * @return the plan
     * @throws GauntletException if there is no such file, or it is not a plan; the message names the key
     *     and its place
     */
    public static PlanDocument read(Path file) {
        TomlText text = TomlText.read(file, KIND);
        PlanDocument plan = bound(text);
        requireSomething(text, plan);
        return plan;
    }

    /**
     * Writes a request as a plan in TOML.
     *
     * @param request the request
     * @return the text, a key in each line
     */
    public static String toml(EvaluationRequest request) {
        return toml(PlanDocument.of(request));
    }

    /**
     * Writes a plan in TOML.
     *
     * @param plan the plan
     * @return the text, a key in each line
     */
    public static String toml(PlanDocument plan) {
        return TOML.writeValueAsString(withDecimals(PlanBinding.tree(plan)));
    }

    /**
     * Writes a plan that a person continues: with the meaning of every key, and the keys that it does not set as comments.
     *
     * @param plan the plan
     * @return the text in TOML, whose first line names the schema for editors
     */
    public static String commented(PlanDocument plan) {
        return PlanTemplate.text(plan);
    }

    /**
     * Returns the JSON Schema of plans.
     *
     * @return the text of {@value PlanTemplate#SCHEMA}
     */
    public static String schema() {
        try (InputStream schema =
                Objects.requireNonNull(PlanFile.class.getResourceAsStream(PlanTemplate.SCHEMA), PlanTemplate.SCHEMA)) {
            return new String(schema.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a key with its value, and the end of the line. */
    static String line(String key, JsonNode value) {
        return TOML.writeValueAsString(withDecimals(alone(key, value)));
    }

    /**
     * Looks for everything that is wrong with the keys of a plan, or for what prevents that they are read.
     *
     * @param file a file in TOML
     * @return the problems in the order of the text; empty if each key for itself is right
     */
    public static List<Problem> problems(Path file) {
        try {
            return problems(TomlText.read(file, KIND));
        } catch (GauntletException e) {
            if (e.getCause() instanceof JacksonException syntax
                    && syntax.getLocation().getLineNr() > 0) {
                return List.of(new Problem(
                        Optional.of(new TomlPositions.Position(
                                syntax.getLocation().getLineNr(),
                                Math.max(1, syntax.getLocation().getColumnNr()))),
                        "The plan is not valid TOML: " + syntax.getOriginalMessage()));
            }
            return List.of(new Problem(Optional.empty(), String.valueOf(e.getMessage())));
        }
    }

    private static List<Problem> problems(TomlText text) {
        List<Problem> problems = new ArrayList<>();
        // each key on its own, because reading the whole ends at the first that is wrong
        text.tree().properties().forEach(section -> {
            if (!section.getValue().isObject()) {
                check(text, alone(section.getKey(), section.getValue()), problems);
                return;
            }
            section.getValue()
                    .properties()
                    .forEach(key ->
                            check(text, alone(section.getKey(), alone(key.getKey(), key.getValue())), problems));
        });
        if (problems.isEmpty()) {
            requireSomething(text, PlanBinding.read(text.tree()));
        }
        problems.sort(Comparator.comparing(
                problem -> problem.position().orElse(new TomlPositions.Position(0, 0)),
                Comparator.comparing(TomlPositions.Position::line).thenComparing(TomlPositions.Position::column)));
        return List.copyOf(problems);
    }

    /**
     * Something that is wrong in a plan.
     *
     * @param position where it is written; empty if it is the whole file
     * @param message what is wrong, which begins with the key
     */
    public record Problem(Optional<TomlPositions.Position> position, String message) {}

    private static void check(TomlText text, JsonNode part, List<Problem> problems) {
        try {
            requireKnown(PlanBinding.bound(part));
        } catch (InvalidKey e) {
            problems.add(new Problem(
                    text.positions().of(parts(e.key())),
                    String.valueOf(e.reason().getMessage())));
        }
    }

    private static JsonNode alone(String name, JsonNode value) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        object.set(name, value);
        return object;
    }

    private static PlanDocument bound(TomlText text) {
        try {
            PlanDocument plan = PlanBinding.bound(text.tree());
            requireKnown(plan);
            return plan;
        } catch (InvalidKey e) {
            String message = String.valueOf(e.reason().getMessage());
            String place = text.at(parts(e.key()));
            throw new GauntletException(
                    message.startsWith("Unknown")
                            ? "In the plan %s: %s".formatted(place, message)
                            : "In the plan %s, %s".formatted(place, message),
                    e.reason());
        }
    }

    private static List<String> parts(String key) {
        return List.of(key.split("\\.", -1));
    }

    private static void requireSomething(TomlText text, PlanDocument plan) {
        if (plan.keys().isEmpty()) {
            throw new GauntletException(
                    "The plan %s is empty; write what it is for, such as file = \"model.safetensors\" in a section [model]."
                            .formatted(text.file()));
        }
    }

    /** The record of a run may name attacks that this program does not have; a plan that is written for it may not. */
    private static void requireKnown(PlanDocument plan) throws InvalidKey {
        for (String attack : plan.attack().flatMap(PlanDocument.Attacks::list).orElse(List.of())) {
            try {
                Attacks.parseAll(attack, Norm.LINF);
            } catch (GauntletException e) {
                throw new InvalidKey(ATTACKS, new GauntletException(ATTACKS + ": " + e.getMessage(), e));
            }
        }
    }

    /** Writes floating-point numbers alike on every version of Java. */
    private static JsonNode withDecimals(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(entry -> entry.setValue(withDecimals(entry.getValue())));
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, withDecimals(array.get(i)));
            }
        } else if (node.isDouble()) {
            return DecimalNode.valueOf(new BigDecimal(NumberOutput.toString(node.doubleValue(), true)));
        }
        return node;
    }
}
