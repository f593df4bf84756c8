package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One operation of a graph.
 *
 * @param name its name, possibly derived from its outputs
 * @param operator its type, such as {@code Conv}, with the domain before it unless that is the standard one
 * @param inputs the names of its inputs; an empty name is an omitted input
 * @param outputs the names of its outputs; an empty name is an unused output
 * @param attributes its attributes
 */
record Node(
        String name, String operator, List<String> inputs, List<String> outputs, Map<String, Attribute> attributes) {
    Node {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = Map.copyOf(attributes);
    }

    /** Names the node in an error. */
    @Override
    public String toString() {
        return "%s '%s'".formatted(operator, name);
    }

    GauntletException error(String what) {
        return new GauntletException("The node %s %s.".formatted(this, what));
    }

    boolean has(String attribute) {
        return attributes.containsKey(attribute);
    }

    boolean hasInput(int index) {
        return index < inputs.size() && !inputs.get(index).isEmpty();
    }

    boolean hasOutput(int index) {
        return index < outputs.size() && !outputs.get(index).isEmpty();
    }

    long integer(String attribute, long otherwise) {
        return get(attribute, Attribute.OneInteger.class)
                .map(Attribute.OneInteger::value)
                .orElse(otherwise);
    }

    boolean flag(String attribute, boolean otherwise) {
        return integer(attribute, otherwise ? 1 : 0) != 0;
    }

    double number(String attribute, double otherwise) {
        return get(attribute, Attribute.OneNumber.class)
                .map(number -> (double) number.value())
                .orElse(otherwise);
    }

    String text(String attribute, String otherwise) {
        return get(attribute, Attribute.Text.class).map(Attribute.Text::value).orElse(otherwise);
    }

    List<String> texts(String attribute) {
        return get(attribute, Attribute.Texts.class)
                .map(Attribute.Texts::values)
                .orElse(List.of());
    }

    Optional<long[]> integers(String attribute) {
        return get(attribute, Attribute.Integers.class).map(Attribute.Integers::values);
    }

    Optional<float[]> numbers(String attribute) {
        return get(attribute, Attribute.Numbers.class).map(Attribute.Numbers::values);
    }

    Optional<Constant> tensor(String attribute) {
        return get(attribute, Attribute.Tensor.class).map(Attribute.Tensor::value);
    }

    private <T extends Attribute> Optional<T> get(String attribute, Class<T> kind) {
        Attribute value = attributes.get(attribute);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof Attribute.Other other && other.what() != null) {
            throw error("has an attribute '%s' with %s".formatted(attribute, other.what()));
        }
        if (!kind.isInstance(value)) {
            throw error("has an attribute '%s' of the wrong kind".formatted(attribute));
        }
        return Optional.of(kind.cast(value));
    }
}
