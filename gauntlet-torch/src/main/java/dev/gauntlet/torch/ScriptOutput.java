package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.GenericDict;
import org.bytedeco.pytorch.GenericDictIterator;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TupleElements;

/**
 * The output tensors of a script. Tensors in tuples and lists are named by their position, starting at 0, tensors in
 * dictionaries by their key, and nested ones by both, as in {@code 0.logits}.
 *
 * @param tensors the tensors by their names, in the order of the script
 * @param chosen the name of the tensor that is used as logits
 */
record ScriptOutput(Map<String, Tensor> tensors, String chosen) {
    /** The name of a single tensor. */
    private static final String ALONE = "";

    private static final int DEEPEST = 4;

    /**
     * Finds the logits among the outputs of a script.
     *
     * @param model the name of the model, for errors
     * @param output the output of the script
     * @param wanted the name of the tensor with the logits; if absent, a tensor called logits, otherwise the first
     *     matrix of floats, otherwise the first tensor
     * @throws GauntletException if there is no tensor, or none with this name
     */
    static ScriptOutput of(String model, IValue output, Optional<String> wanted) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        collect(output, ALONE, tensors, 0);
        if (tensors.isEmpty()) {
            throw new GauntletException(
                    "The model %s returns %s instead of a tensor; export it so that it returns only the logits."
                            .formatted(model, output.tagKind().getString()));
        }
        String chosen = wanted.orElseGet(() -> guess(tensors));
        if (!tensors.containsKey(chosen)) {
            throw new GauntletException("The model %s has no output '%s'; it has %s."
                    .formatted(model, chosen, tensors.containsKey(ALONE) ? "a single one" : listed(tensors)));
        }
        return new ScriptOutput(tensors, chosen);
    }

    private static void collect(IValue value, String name, Map<String, Tensor> tensors, int depth) {
        if (value.isTensor()) {
            tensors.put(name, new Tensor(value.toTensor()));
        } else if (depth == DEEPEST) {
            return;
        } else if (value.isTuple()) {
            TupleElements elements = value.toTuple().elements();
            for (long i = 0; i < elements.size(); i++) {
                collect(elements.get(i), inside(name, Long.toString(i)), tensors, depth + 1);
            }
        } else if (value.isList()) {
            GenericList list = value.toList();
            for (long i = 0; i < list.size(); i++) {
                collect(list.get(i), inside(name, Long.toString(i)), tensors, depth + 1);
            }
        } else if (value.isGenericDict()) {
            GenericDict dictionary = value.toGenericDict();
            GenericDictIterator entry = dictionary.begin();
            // comparing with end() reads past the end, so the number of entries decides
            for (long i = 0; i < dictionary.size(); i++, entry.increment()) {
                IValue key = entry.access().key();
                String text = key.isString()
                        ? key.toStringRef().getString()
                        : key.isInt() ? Long.toString(key.toInt()) : Long.toString(i);
                collect(entry.access().value(), inside(name, text), tensors, depth + 1);
            }
        }
    }

    private static String inside(String name, String key) {
        return name.isEmpty() ? key : name + "." + key;
    }

    private static String guess(Map<String, Tensor> tensors) {
        return tensors.entrySet().stream()
                .min(Comparator.comparingInt(entry -> oddness(entry.getKey(), entry.getValue())))
                .orElseThrow()
                .getKey();
    }

    /** Rates how unlikely it is that a tensor contains the logits. */
    private static int oddness(String name, Tensor tensor) {
        String last = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        int longSides = 0;
        for (int side = 1; side < tensor.dim(); side++) {
            longSides += tensor.size(side) > 1 ? 1 : 0;
        }
        // an image or a feature map has several dimensions
        boolean isRow = tensor.is_floating_point() && longSides <= 1;
        if (isRow && last.equals("logits")) {
            return 0;
        }
        if (isRow && last.contains("logit") && !last.contains("aux")) {
            return 1;
        }
        return isRow ? tensor.dim() >= 2 ? 2 : 3 : tensor.is_floating_point() ? 4 : 5;
    }

    private static String listed(Map<String, Tensor> tensors) {
        return tensors.entrySet().stream()
                .map(entry -> {
                    long[] sides = new long[Math.toIntExact(entry.getValue().dim())];
                    Arrays.setAll(sides, entry.getValue()::size);
                    return "'%s' %s".formatted(entry.getKey(), Arrays.toString(sides));
                })
                .collect(Collectors.joining(", "));
    }

    Tensor logits() {
        return tensors.getOrDefault(chosen, tensors.values().iterator().next());
    }

    /** Describes which tensor is used, if there are several and the user did not select one. */
    Optional<String> notice(Optional<String> wanted) {
        return tensors.size() == 1 || wanted.isPresent()
                ? Optional.empty()
                : Optional.of(
                        "The model has several outputs (%s); '%s' is used as the logits; if that is wrong, select another output by name."
                                .formatted(listed(tensors), chosen));
    }
}
