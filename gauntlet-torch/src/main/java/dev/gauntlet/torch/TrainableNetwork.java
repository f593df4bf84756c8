package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rewrites a network with its weights so that all of its layers can be trained and saved: batch normalizations become part of
 * the layer before them, and layers without a bias get one of 0.
 *
 * <p>In 32-bit floats the outputs differ in the last digits.
 *
 * @param network the layers
 * @param weights weight and bias of each layer in turn, by name
 */
record TrainableNetwork(Network network, Map<String, WeightTensor> weights) {
    /**
     * Rewrites a network.
     *
     * @throws GauntletException if a batch normalization does not follow a layer with weights
     */
    static TrainableNetwork of(Network network, List<WeightTensor> weights) {
        Folding folding = new Folding(network.name(), weights);
        List<Layer> layers = folding.fold(network.layers());
        return named(new Network(network.name(), network.input(), layers), folding.kept);
    }

    /** Rewrites layers in order. */
    private static final class Folding {
        private final String network;
        private final List<WeightTensor> weights;
        private final List<WeightTensor> kept = new ArrayList<>();
        private int next;

        Folding(String network, List<WeightTensor> weights) {
            this.network = network;
            this.weights = weights;
        }

        List<Layer> fold(List<Layer> given) {
            List<Layer> layers = new ArrayList<>();
            for (Layer layer : given) {
                if (layer instanceof Layer.BatchNorm) {
                    requireBefore(layers.isEmpty() ? layer : layers.get(layers.size() - 1));
                    int last = kept.size() - 2;
                    float[] scale = weights.get(next).values();
                    float[] shift = weights.get(next + 1).values();
                    kept.set(last, scaled(kept.get(last), scale));
                    kept.set(last + 1, shifted(scaled(kept.get(last + 1), scale), shift));
                    next += 2;
                } else if (layer instanceof Layer.Residual block) {
                    layers.add(new Layer.Residual(fold(block.body()), fold(block.shortcut())));
                } else {
                    layers.add(withBias(layer));
                    if (layer instanceof Layer.Convolution || layer instanceof Layer.Linear) {
                        kept.add(weights.get(next));
                        kept.add(weights.get(next + 1));
                        next += 2;
                    }
                }
            }
            return layers;
        }

        private void requireBefore(Layer before) {
            if (!(before instanceof Layer.Convolution || before instanceof Layer.Linear)) {
                throw new GauntletException(
                        "The network '%s' has a batch normalization that does not follow 'conv' or 'linear'; it cannot be trained further."
                                .formatted(network));
            }
        }
    }

    private static TrainableNetwork named(Network network, List<WeightTensor> weights) {
        Network plain = network.withWeightNames(List.of());
        Map<String, WeightTensor> named = new LinkedHashMap<>();
        List<String> names = WeightNames.of(plain);
        for (int i = 0; i < names.size(); i++) {
            named.put(names.get(i) + WeightNames.WEIGHT, weights.get(2 * i));
            named.put(names.get(i) + WeightNames.BIAS, weights.get(2 * i + 1));
        }
        return new TrainableNetwork(plain, named);
    }

    private static Layer withBias(Layer layer) {
        if (layer instanceof Layer.Convolution convolution) {
            return new Layer.Convolution(
                    convolution.channels(), convolution.kernel(), convolution.stride(), convolution.padding());
        }
        return layer instanceof Layer.Linear linear ? new Layer.Linear(linear.outputs()) : layer;
    }

    /** Multiplies all weights of an output by its scale. */
    private static WeightTensor scaled(WeightTensor tensor, float[] scale) {
        float[] values = tensor.values().clone();
        int perOutput = values.length / scale.length;
        for (int i = 0; i < values.length; i++) {
            values[i] *= scale[i / perOutput];
        }
        return new WeightTensor(tensor.shape(), values);
    }

    private static WeightTensor shifted(WeightTensor bias, float[] shift) {
        float[] values = bias.values().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] += shift[i];
        }
        return new WeightTensor(bias.shape(), values);
    }
}
