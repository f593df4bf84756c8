package dev.gauntlet.report.plan;

import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.io.NumberOutput;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * Plans in files of TOML. The record of a run contains a plan, too: {@link PlanDocument#of} its request.
 *
 * <p>Example: {@code PlanFile.read(Path.of("robustness.toml"))}.
 */
public final class PlanFile {
    private static final TomlMapper TOML = new TomlMapper();

    /** More than any plan needs. */
    private static final long MAXIMUM_BYTES = 1 << 20;

    private PlanFile() {}

    /**
     * Reads a plan.
     *
     * @param file a file in TOML
     * @return the plan
     * @throws GauntletException if there is no such file, or it is not a plan; the message names the key
     */
    public static PlanDocument read(Path file) {
        PlanDocument plan = in(file, tree(file));
        if (plan.keys().isEmpty()) {
            throw new GauntletException(
                    "The plan %s is empty; write what it is for, such as file = \"model.safetensors\" in a section [model]."
                            .formatted(file));
        }
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

    private static JsonNode tree(Path file) {
        try {
            if (Files.size(file) > MAXIMUM_BYTES) {
                throw new GauntletException(
                        "The plan %s has more than %d bytes, too many for a plan.".formatted(file, MAXIMUM_BYTES));
            }
            return TOML.readTree(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new GauntletException("There is no plan %s.".formatted(file), e);
        } catch (CharacterCodingException e) {
            throw new GauntletException("The plan %s is not text in UTF-8; save it as such.".formatted(file), e);
        } catch (IOException e) {
            throw new GauntletException(
                    "The plan %s cannot be read: %s.".formatted(file, StorageException.reason(e)), e);
        } catch (JacksonException e) {
            throw new GauntletException(
                    "The plan %s is not TOML (line %d): %s"
                            .formatted(file, e.getLocation().getLineNr(), e.getOriginalMessage()),
                    e);
        }
    }

    private static PlanDocument in(Path file, JsonNode tree) {
        try {
            PlanDocument plan = PlanBinding.read(tree);
            plan.attack().flatMap(PlanDocument.Attacks::list).ifPresent(PlanFile::requireKnown);
            return plan;
        } catch (GauntletException e) {
            String message = String.valueOf(e.getMessage());
            throw new GauntletException(
                    message.startsWith("Unknown")
                            ? "In the plan %s: %s".formatted(file, message)
                            : "In the plan %s, %s".formatted(file, message),
                    e);
        }
    }

    /** The record of a run may name attacks that this program does not have; a plan that is written for it may not. */
    private static void requireKnown(List<String> attacks) {
        for (String attack : attacks) {
            try {
                Attacks.parseAll(attack, Norm.LINF);
            } catch (GauntletException e) {
                throw new GauntletException("attack.list: " + e.getMessage(), e);
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
