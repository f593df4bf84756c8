package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The names under which files keep a network's weights.
 *
 * <p>Two customs are read: the layer's index ({@code 0.weight, 3.weight}, as in PyTorch's {@code Sequential}) and the
 * layer's kind with a running number ({@code conv1.weight, fc.weight, fc2.weight}). Both are matched to the layers in
 * order; the shapes then have to fit.
 */
final class WeightNames {
    private static final Pattern NAME =
            Pattern.compile("(?:(?<kind>conv|fc|linear)(?<number>\\d{0,9})|(?<index>\\d{1,9}))");

    private static final int LISTED_NAMES = 16;

    private WeightNames() {}

    /** Returns the name of each layer that has weights, as this program writes them: its index among the layers. */
    static List<String> of(Network network) {
        List<String> names = new ArrayList<>();
        var shape = network.input();
        for (int i = 0; i < network.layers().size(); i++) {
            Layer layer = network.layers().get(i);
            if (layer.weights(shape).isPresent()) {
                names.add(Integer.toString(i));
            }
            shape = layer.output(shape);
        }
        return names;
    }

    /**
     * Finds each layer's weight and bias in a file.
     *
     * @return weight and bias of each layer in turn, under the names that the file uses
     * @throws GauntletException if a tensor is missing or unknown, has another shape, or holds NaN or infinity
     */
    static Map<String, WeightTensor> match(String file, Network network, Map<String, WeightTensor> tensors) {
        List<String> layers = layersInOrder(file, tensors.keySet());
        List<Layer.WeightShape> shapes = network.weights();
        if (layers.size() != shapes.size()) {
            throw new GauntletException(
                    "%s has weights of %d layers (%s), but the network '%s' has %d; check the network."
                            .formatted(file, layers.size(), some(layers), network.name(), shapes.size()));
        }
        Map<String, WeightTensor> matched = new LinkedHashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            String weight = layers.get(i) + ".weight";
            String bias = layers.get(i) + ".bias";
            matched.put(
                    weight,
                    require(file, network, tensors, weight, shapes.get(i).weight()));
            matched.put(
                    bias, require(file, network, tensors, bias, shapes.get(i).bias()));
        }
        return matched;
    }

    private static WeightTensor require(
            String file, Network network, Map<String, WeightTensor> tensors, String name, long[] shape) {
        WeightTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new GauntletException(
                    "%s lacks the tensor %s; it has %s.".formatted(file, name, some(new TreeSet<>(tensors.keySet()))));
        }
        if (!tensor.hasShape(shape)) {
            throw new GauntletException("%s: tensor %s has shape %s, but the network '%s' needs %s."
                    .formatted(file, name, tensor, network.name(), new WeightTensor(shape, new float[0])));
        }
        int broken = tensor.firstNotFinite();
        if (broken >= 0) {
            throw new GauntletException(
                    "%s: tensor %s holds %s at position %d; these weights are unusable, take another file."
                            .formatted(file, name, tensor.values()[broken], broken));
        }
        return tensor;
    }

    private static List<String> layersInOrder(String file, Collection<String> tensorNames) {
        Set<String> layers = new TreeSet<>(Comparator.comparingInt(WeightNames::kindOrder)
                .thenComparingInt(WeightNames::number)
                .thenComparing(Comparator.naturalOrder()));
        for (String tensor : tensorNames) {
            int dot = tensor.lastIndexOf('.');
            String layer = dot < 0 ? "" : tensor.substring(0, dot);
            String part = tensor.substring(dot + 1);
            if (!NAME.matcher(layer).matches() || !(part.equals("weight") || part.equals("bias"))) {
                throw new GauntletException(
                        "%s has an unknown tensor %s; expected names such as 0.weight and 0.bias, conv1.weight or fc2.bias."
                                .formatted(file, tensor));
            }
            layers.add(layer);
        }
        List<String> ordered = List.copyOf(layers);
        for (int i = 1; i < ordered.size(); i++) {
            String before = ordered.get(i - 1);
            String layer = ordered.get(i);
            if (isIndex(before) != isIndex(layer)
                    || (kindOrder(before) == kindOrder(layer) && number(before) == number(layer))) {
                throw new GauntletException(
                        "%s does not say which of the layers %s and %s comes first; number them all, as in 0.weight, 1.weight or fc1.weight, fc2.weight."
                                .formatted(file, before, layer));
            }
        }
        return ordered;
    }

    private static boolean isIndex(String layer) {
        return Character.isDigit(layer.charAt(0));
    }

    /** Lists names for a message, which is one line that people read. */
    private static String some(Collection<String> names) {
        String listed = names.stream().limit(LISTED_NAMES).collect(Collectors.joining(", "));
        return names.size() <= LISTED_NAMES ? listed : "%s and %d more".formatted(listed, names.size() - LISTED_NAMES);
    }

    private static int kindOrder(String layer) {
        return layer.startsWith("conv") ? 0 : 1;
    }

    private static int number(String layer) {
        Matcher matcher = NAME.matcher(layer);
        if (!matcher.matches()) {
            throw new AssertionError(layer);
        }
        String digits = matcher.group("index") == null ? matcher.group("number") : matcher.group("index");
        return digits.isEmpty() ? 0 : Integer.parseInt(digits);
    }
}
