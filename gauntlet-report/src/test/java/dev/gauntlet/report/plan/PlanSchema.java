package dev.gauntlet.report.plan;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
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
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Generates the JSON Schema of plans from the records that they are bound to. */
final class PlanSchema {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final String NUMBER = "\\d+(\\.\\d*)?([eE][+-]?\\d+)?";

    private static final String FRACTION = NUMBER + "(/" + NUMBER + ")?";

    private static final Map<Type, String> PATTERNS = Map.of(
            ImageShape.class,
            "\\d+x\\d+x\\d+",
            Duration.class,
            "\\d{1,9} *(ms|s|m|h)",
            LpBall.class,
            "(linf|l2|l1|l0):" + FRACTION,
            DecisionGoal.class,
            FRACTION + " *= *" + FRACTION);

    private static final Map<Type, List<String>> CHOICES = Map.of(
            Norm.class, Arrays.stream(Norm.values()).map(Norm::id).toList(),
            Suite.class, Arrays.stream(Suite.values()).map(Suite::id).toList(),
            NamedDataset.class,
                    Arrays.stream(NamedDataset.values()).map(NamedDataset::id).toList(),
            Layout.class,
                    Arrays.stream(Layout.values())
                            .map(layout -> layout.name().toLowerCase(Locale.ROOT))
                            .toList(),
            Certificates.Moment.class,
                    Arrays.stream(Certificates.Moment.values())
                            .map(Certificates.Moment::toString)
                            .toList(),
            DiagnosticsBudget.Effort.class,
                    Arrays.stream(DiagnosticsBudget.Effort.values())
                            .map(DiagnosticsBudget.Effort::toString)
                            .toList(),
            Trust.class, List.of(Trust.LIMITED.toString(), Trust.SUSPECT.toString(), Trust.INVALID.toString()));

    private PlanSchema() {}

    static ObjectNode generated() {
        ObjectNode schema = JSON.objectNode();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "A plan of Gauntlet");
        schema.put("description", "What is evaluated, and what is required of the result; see docs/plans.md.");
        schema.put("type", "object");
        schema.put("additionalProperties", false);
        ObjectNode sections = schema.putObject("properties");
        for (RecordComponent section : PlanDocument.class.getRecordComponents()) {
            ObjectNode properties = sections.putObject(PlanKey.name(section));
            properties.put("type", "object");
            properties.put("additionalProperties", false);
            ObjectNode keys = properties.putObject("properties");
            for (RecordComponent component : PlanKey.sectionType(section).getRecordComponents()) {
                keys.set(PlanKey.name(component), key(component));
            }
        }
        return schema;
    }

    private static ObjectNode key(RecordComponent component) {
        ObjectNode key = JSON.objectNode();
        key.put(
                "description",
                Objects.requireNonNull(
                                component.getAccessor().getAnnotation(JsonPropertyDescription.class),
                                component.toString())
                        .value());
        Type type = component.getGenericType();
        Range range = component.getAnnotation(Range.class);
        if (type == OptionalInt.class || type == OptionalLong.class) {
            key.put("type", "integer");
            limit(key, range);
        } else if (type == OptionalDouble.class) {
            key.put("type", "number");
            limit(key, range);
        } else {
            content(key, ((ParameterizedType) type).getActualTypeArguments()[0], range);
        }
        return key;
    }

    private static void content(ObjectNode key, Type type, Range range) {
        if (type instanceof ParameterizedType collection && collection.getRawType() == List.class) {
            key.put("type", "array");
            key.put("minItems", 1);
            content(key.putObject("items"), collection.getActualTypeArguments()[0], range);
        } else if (type instanceof ParameterizedType) {
            key.put("type", "object");
            key.putObject("additionalProperties").put("type", "string");
        } else if (type == Double.class) {
            ObjectNode number = key.putArray("anyOf").addObject();
            number.put("type", "number");
            limit(number, range);
            key.withArray("anyOf").addObject().put("type", "string").put("pattern", "^ *-?" + FRACTION + " *$");
        } else if (type == Boolean.class) {
            key.put("type", "boolean");
        } else {
            key.put("type", "string");
            if (CHOICES.containsKey(type)) {
                CHOICES.get(type).forEach(key.putArray("enum")::add);
            } else if (PATTERNS.containsKey(type)) {
                key.put("pattern", "^ *" + PATTERNS.get(type) + " *$");
            } else if (type != String.class) {
                throw new AssertionError("No schema for " + type);
            }
        }
    }

    private static void limit(ObjectNode number, Range range) {
        if (range != null) {
            number.put(range.above() ? "exclusiveMinimum" : "minimum", range.from());
            if (range.to() < Double.POSITIVE_INFINITY) {
                number.put("maximum", range.to());
            }
        }
    }
}
