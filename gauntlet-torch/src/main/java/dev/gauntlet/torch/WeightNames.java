package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Matches the tensors of a weights file to the layers of a network by name.
 *
 * <p>The network may define the names. Otherwise two conventions are supported: the index of the layer ({@code
 * 0.weight, 3.weight}, as in PyTorch's {@code Sequential}) and the kind of the layer with a running number ({@code
 * conv1.weight, fc.weight, fc2.weight}), also after a common prefix ({@code module.0.weight}). For other names the
 * order in the file decides, if it is the order in which the program declared its layers. The shapes must fit.
 */
final class WeightNames {
    private static final Pattern NAME =
            Pattern.compile("(?:(?<kind>conv|fc|linear)(?<number>\\d{0,9})|(?<index>\\d{1,9}))");

    static final String WEIGHT = ".weight";
    static final String BIAS = ".bias";
    static final String MEAN = ".running_mean";
    static final String VARIANCE = ".running_var";

    /** The possible last parts of a name. */
    private static final Set<String> PARTS = Set.of("weight", "bias", "running_mean", "running_var");

    /** The number of batches that a normalization has seen, which is not needed later. */
    private static final String COUNTER = ".num_batches_tracked";

    private static final int LISTED_NAMES = 16;

    private WeightNames() {}

    /** Tells whether a tensor is a counter instead of a weight. */
    static boolean isCounter(String tensor) {
        return tensor.endsWith(COUNTER);
    }

    /** Tells whether a tensor has the name of a part of a layer. */
    static boolean isPart(String tensor) {
        return PARTS.contains(tensor.substring(tensor.lastIndexOf('.') + 1));
    }

    /** The meaning of the order of a file's tensors. */
    enum FileOrder {
        /** The order of declaration, as in state dictionaries and npz files. */
        OF_LAYERS,
        /** Sorted by name, as in safetensors files. */
        OF_NAMES
    }

    /**
     * The matched weights.
     *
     * @param weights weight and bias of each layer in turn, under the names that the file uses
     * @param normalizations the batch normalizations in order
     * @param notices what a reader must know about how they were matched
     */
    record Match(Map<String, WeightTensor> weights, List<Normalization> normalizations, List<String> notices) {}

    /** Returns the name of each layer with weights, as Gauntlet writes it: its index among the layers. */
    static List<String> of(Network network) {
        return network.weighted().stream().map(Network.Weighted::path).toList();
    }

    /**
     * Finds each layer's weight and bias in a file.
     *
     * @throws GauntletException if a tensor is missing or unknown, has another shape, or contains NaN or infinity
     */
    static Match match(String file, Network network, Map<String, WeightTensor> tensors, FileOrder order) {
        List<String> own = of(network);
        boolean byOwn = network.weightNames().isEmpty()
                && network.hasResidual()
                && own.stream().allMatch(layer -> tensors.containsKey(layer + WEIGHT));
        boolean byCustom = network.weightNames().isEmpty() && customary(tensors.keySet());
        List<String> layers = !network.weightNames().isEmpty()
                ? network.weightNames()
                : byOwn
                        ? own
                        : byCustom || order == FileOrder.OF_NAMES
                                ? layersInOrder(file, tensors.keySet())
                                : List.copyOf(layers(file, tensors.keySet()));
        List<Network.Weighted> weighted = network.weighted();
        if (layers.size() != weighted.size()) {
            throw new GauntletException(
                    "%s has weights of %d layers (%s), but the network '%s' has %d; check the network."
                            .formatted(file, layers.size(), some(layers), network.name(), weighted.size()));
        }
        Map<String, WeightTensor> matched = new LinkedHashMap<>();
        List<Normalization> normalizations = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            Source source = new Source(file, network, tensors, layers.get(i));
            add(
                    matched,
                    normalizations,
                    source,
                    weighted.get(i).layer(),
                    weighted.get(i).shape());
        }
        List<String> notices = new ArrayList<>();
        if (network.weightNames().isEmpty() && !byCustom && !byOwn) {
            notices.add("The tensors %s were matched to the layers in the order of the file.".formatted(some(layers)));
        }
        // only names that the network defines may leave tensors unused; otherwise each tensor belongs to a layer
        List<String> unused = tensors.keySet().stream()
                .filter(name -> !isCounter(name) && (!isPart(name) || !layers.contains(layer(name))))
                .toList();
        if (!unused.isEmpty()) {
            notices.add("The tensors %s of the file belong to no layer of the network and are not used."
                    .formatted(some(unused)));
        }
        return new Match(matched, normalizations, notices);
    }

    private static String layer(String tensor) {
        return tensor.substring(0, Math.max(0, tensor.lastIndexOf('.')));
    }

    /** The tensors of one layer. */
    private record Source(String file, Network network, Map<String, WeightTensor> tensors, String layer) {
        boolean has(String part) {
            return tensors.containsKey(layer + part);
        }

        WeightTensor get(String part, long[] shape) {
            return require(file, network, tensors, layer + part, shape);
        }
    }

    private static void add(
            Map<String, WeightTensor> matched,
            List<Normalization> normalizations,
            Source source,
            Layer layer,
            Layer.WeightShape shape) {
        WeightTensor weight = source.get(WEIGHT, shape.weight());
        if (source.has(MEAN) != layer instanceof Layer.BatchNorm) {
            throw new GauntletException(
                    "%s: %s is %s batch normalization, but the network '%s' has '%s' in this position; check their order, or list the tensor names in the order of the layers."
                            .formatted(
                                    source.file(),
                                    source.layer(),
                                    source.has(MEAN) ? "a" : "not a",
                                    source.network().name(),
                                    layer));
        }
        if (layer instanceof Layer.BatchNorm norm) {
            Normalization normalization = new Normalization(
                    weight,
                    source.get(BIAS, shape.bias()),
                    source.get(MEAN, shape.bias()),
                    source.get(VARIANCE, shape.bias()));
            int broken = normalization.firstNotFinite(norm.epsilon());
            if (broken >= 0) {
                throw new GauntletException(
                        "%s: %s has the variance %s at position %d; these weights are unusable, use another file."
                                .formatted(
                                        source.file(),
                                        source.layer(),
                                        normalization.variance().values()[broken],
                                        broken));
            }
            normalizations.add(normalization);
            matched.put(source.layer() + WEIGHT, normalization.scale(norm.epsilon()));
            matched.put(source.layer() + BIAS, normalization.shift(norm.epsilon()));
            return;
        }
        if (!shape.hasBias() && source.has(BIAS)) {
            throw new GauntletException(
                    "%s has the tensor %s, but the network '%s' has '%s' in this position; remove 'nobias'."
                            .formatted(
                                    source.file(),
                                    source.layer() + BIAS,
                                    source.network().name(),
                                    layer));
        }
        matched.put(source.layer() + WEIGHT, weight);
        matched.put(
                source.layer() + BIAS,
                shape.hasBias()
                        ? source.get(BIAS, shape.bias())
                        : new WeightTensor(shape.bias(), new float[Math.toIntExact(shape.bias()[0])]));
    }

    private static WeightTensor require(
            String file, Network network, Map<String, WeightTensor> tensors, String name, long[] shape) {
        WeightTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new GauntletException("%s lacks the tensor %s; it has %s%s."
                    .formatted(
                            file,
                            name,
                            some(new TreeSet<>(tensors.keySet())),
                            name.endsWith(BIAS)
                                    ? "; describe a layer without a bias as, for example, 'linear 10 nobias'"
                                    : ""));
        }
        if (!tensor.hasShape(shape)) {
            throw new GauntletException("%s: tensor %s has shape %s, but the network '%s' requires %s."
                    .formatted(file, name, tensor, network.name(), new WeightTensor(shape, new float[0])));
        }
        int broken = tensor.firstNotFinite();
        if (broken >= 0) {
            throw new GauntletException(
                    "%s: tensor %s contains %s at position %d; these weights are unusable, use another file."
                            .formatted(file, name, tensor.values()[broken], broken));
        }
        return tensor;
    }

    /** Returns the layers that the names refer to, in order. */
    private static Set<String> layers(String file, Collection<String> tensorNames) {
        Set<String> layers = new LinkedHashSet<>();
        for (String tensor : tensorNames) {
            int dot = tensor.lastIndexOf('.');
            if (dot < 1 || !PARTS.contains(tensor.substring(dot + 1))) {
                throw unknown(file, tensor);
            }
            layers.add(tensor.substring(0, dot));
        }
        return layers;
    }

    private static GauntletException unknown(String file, String tensor) {
        return new GauntletException(
                "%s has an unknown tensor %s; expected names such as 0.weight and 0.bias, conv1.weight or fc2.bias; list the names in the order of the layers in a TOML file, as in weights = [\"features.0\", \"classifier.1\"]."
                        .formatted(file, tensor));
    }

    private static boolean customary(Collection<String> tensorNames) {
        int start = commonBeginning(tensorNames);
        return tensorNames.stream()
                .allMatch(name -> NAME.matcher(name.substring(start, Math.max(start, name.lastIndexOf('.'))))
                        .matches());
    }

    /** Returns the length of the common prefix of all names, including the dot, such as {@code module.}. */
    private static int commonBeginning(Collection<String> names) {
        String first = names.isEmpty() ? "" : names.iterator().next();
        int start = 0;
        for (int dot = first.indexOf('.'); dot >= 0; dot = first.indexOf('.', dot + 1)) {
            String beginning = first.substring(0, dot + 1);
            // the rest must name a layer and a part of it
            if (!names.stream()
                    .allMatch(name -> name.startsWith(beginning) && name.indexOf('.', beginning.length()) > 0)) {
                break;
            }
            start = dot + 1;
        }
        return start;
    }

    private static List<String> layersInOrder(String file, Collection<String> tensorNames) {
        int start = commonBeginning(tensorNames);
        for (String tensor : tensorNames) {
            int dot = tensor.lastIndexOf('.');
            boolean isKnown = dot >= start
                    && PARTS.contains(tensor.substring(dot + 1))
                    && NAME.matcher(tensor.substring(start, dot)).matches();
            if (!isKnown) {
                throw unknown(file, tensor);
            }
        }
        String beginning =
                tensorNames.isEmpty() ? "" : tensorNames.iterator().next().substring(0, start);
        Set<String> layers = new TreeSet<>(Comparator.comparingInt(WeightNames::kindOrder)
                .thenComparingInt(WeightNames::number)
                .thenComparing(Comparator.naturalOrder()));
        layers(file, tensorNames).forEach(layer -> layers.add(layer.substring(start)));
        List<String> ordered = List.copyOf(layers);
        for (int i = 1; i < ordered.size(); i++) {
            String before = ordered.get(i - 1);
            String layer = ordered.get(i);
            if (isIndex(before) != isIndex(layer)
                    || (kindOrder(before) == kindOrder(layer) && number(before) == number(layer))) {
                throw new GauntletException(
                        "%s does not define which of the layers %s and %s comes first; number all of them, as in 0.weight, 1.weight or fc1.weight, fc2.weight."
                                .formatted(file, before, layer));
            }
        }
        return ordered.stream().map(layer -> beginning + layer).toList();
    }

    private static boolean isIndex(String layer) {
        return Character.isDigit(layer.charAt(0));
    }

    /** Lists names for a one-line message. */
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
