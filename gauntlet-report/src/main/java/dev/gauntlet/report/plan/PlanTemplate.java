package dev.gauntlet.report.plan;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** A plan as a person continues it: every key with what it means; those that are not set are comments with an example. */
final class PlanTemplate {
    /** The schema of plans, as editors with Taplo look for it: a file next to the plan. */
    static final String SCHEMA = "plan.schema.json";

    private static final int WIDTH = 100;

    private static final String TRAINING = "training";

    private PlanTemplate() {}

    static String text(PlanDocument plan) {
        JsonNode said = PlanBinding.tree(plan);
        JsonNode examples = examples();
        StringBuilder text = new StringBuilder("#:schema " + SCHEMA + "\n\n");
        text.append("# A plan for 'gauntlet evaluate --plan'; [gate] is for 'gauntlet check --plan'.\n");
        text.append("# Everything that is commented out has its default; the values there are examples.\n");
        for (RecordComponent section : PlanDocument.class.getRecordComponents()) {
            String name = PlanKey.name(section);
            boolean isSaid = !said.path(name).isEmpty();
            // a network that is trained stands in place of the model
            if (name.equals(TRAINING) && !isSaid) {
                continue;
            }
            text.append(isSaid ? "\n[" : "\n# [").append(name).append("]\n");
            for (RecordComponent component : PlanKey.sectionType(section).getRecordComponents()) {
                String key = PlanKey.name(component);
                JsonNode value = said.path(name).path(key);
                JsonNode example = examples.path(name).path(key);
                if (!value.isMissingNode()) {
                    comment(text, component);
                    text.append(PlanFile.line(key, value));
                } else if (!example.isMissingNode()) {
                    comment(text, component);
                    text.append("# ").append(PlanFile.line(key, example));
                }
            }
        }
        return text.toString();
    }

    /** Returns a value for each key that people write. */
    static JsonNode examples() {
        try (InputStream example =
                Objects.requireNonNull(PlanTemplate.class.getResourceAsStream("example.toml"), "example.toml")) {
            return new TomlMapper().readTree(example);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void comment(StringBuilder text, RecordComponent component) {
        String meaning = Objects.requireNonNull(
                        component.getAccessor().getAnnotation(JsonPropertyDescription.class), component.toString())
                .value();
        wrapped(meaning).forEach(line -> text.append("# ").append(line).append('\n'));
    }

    private static List<String> wrapped(String sentence) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : sentence.split(" ", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
