package dev.gauntlet.explore;

import dev.gauntlet.GauntletException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the fields of a request, and says which one is wrong. */
record Fields(JsonNode object, String place) {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static final int LONGEST_TEXT = 2000;

    /** Reads the body of a request. */
    static Fields of(byte[] body) {
        JsonNode tree;
        try {
            tree = MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw new GauntletException("The request is not valid JSON.", e);
        }
        if (tree == null || !tree.isObject()) {
            throw new GauntletException("The request is not an object of JSON.");
        }
        return new Fields(tree, "");
    }

    /** Writes an answer. */
    static byte[] bytes(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    private JsonNode required(String name) {
        return optional(name)
                .orElseThrow(() -> new GauntletException("The field %s is missing.".formatted(path(name))));
    }

    private Optional<JsonNode> optional(String name) {
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    private String path(String name) {
        return place.isEmpty() ? name : place + "." + name;
    }

    boolean has(String name) {
        return optional(name).isPresent();
    }

    Fields object(String name) {
        JsonNode node = required(name);
        if (!node.isObject()) {
            throw new GauntletException("The field %s is not an object.".formatted(path(name)));
        }
        return new Fields(node, path(name));
    }

    String text(String name) {
        String text = longText(name);
        if (text.length() > LONGEST_TEXT) {
            throw new GauntletException(
                    "The field %s has more than %d characters.".formatted(path(name), LONGEST_TEXT));
        }
        return text;
    }

    /** Reads a text whose length only the request limits, such as an image. */
    String longText(String name) {
        JsonNode node = required(name);
        if (!node.isString()) {
            throw new GauntletException("The field %s is not a text.".formatted(path(name)));
        }
        return node.stringValue();
    }

    Optional<String> optionalText(String name) {
        return optional(name).map(node -> text(name));
    }

    double number(String name, double from, double to) {
        JsonNode node = required(name);
        double value = node.isNumber() ? node.doubleValue() : Double.NaN;
        if (!(value >= from && value <= to)) {
            throw new GauntletException("The field %s must be a number from %s to %s.".formatted(path(name), from, to));
        }
        return value;
    }

    int integer(String name, int from, int to) {
        return (int) whole(required(name), path(name), from, to);
    }

    long integer(String name, long from, long to, long otherwise) {
        return optional(name).map(node -> whole(node, path(name), from, to)).orElse(otherwise);
    }

    private static long whole(JsonNode node, String path, long from, long to) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < from || node.longValue() > to) {
            throw new GauntletException("The field %s must be a whole number from %d to %d.".formatted(path, from, to));
        }
        return node.longValue();
    }

    boolean flag(String name) {
        return optional(name)
                .map(node -> {
                    if (!node.isBoolean()) {
                        throw new GauntletException("The field %s is not true or false.".formatted(path(name)));
                    }
                    return node.booleanValue();
                })
                .orElse(false);
    }

    List<Integer> integers(String name, int most, int from, int to) {
        return list(name, most, node -> (int) whole(node, path(name), from, to));
    }

    List<String> texts(String name, int most) {
        return list(name, most, node -> {
            if (!node.isString() || node.stringValue().length() > LONGEST_TEXT) {
                throw new GauntletException(
                        "The field %s has an entry that is not a short text.".formatted(path(name)));
            }
            return node.stringValue();
        });
    }

    List<String> longTexts(String name, int most) {
        return list(name, most, node -> {
            if (!node.isString()) {
                throw new GauntletException("The field %s has an entry that is not a text.".formatted(path(name)));
            }
            return node.stringValue();
        });
    }

    private <T> List<T> list(String name, int most, Function<JsonNode, T> entry) {
        JsonNode node = required(name);
        if (!node.isArray() || node.isEmpty() || node.size() > most) {
            throw new GauntletException(
                    "The field %s must be a list with 1 to %d entries.".formatted(path(name), most));
        }
        List<T> entries = new ArrayList<>();
        node.forEach(each -> entries.add(entry.apply(each)));
        return entries;
    }
}
