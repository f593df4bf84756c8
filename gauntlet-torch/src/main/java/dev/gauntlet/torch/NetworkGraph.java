package dev.gauntlet.torch;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.LayerGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes a network with its weights as the graph that certificates read. */
final class NetworkGraph {
    private final List<LayerGraph.Node> nodes = new ArrayList<>();
    private final List<WeightTensor> weights;
    private ImageShape shape;

    /** The node that the next one takes. */
    private int last;

    /** The position of the next weight. */
    private int weight;

    private NetworkGraph(ImageShape input, List<WeightTensor> weights) {
        this.shape = input;
        this.weights = weights;
        nodes.add(new LayerGraph.Node("the input", new LayerGraph.Input(), new int[0], sides(input)));
    }

    /**
     * Builds the graph.
     *
     * @param network the layers
     * @param weights weight and bias of each layer that has them, in order
     * @param contract the preprocessing
     */
    static LayerGraph of(Network network, List<WeightTensor> weights, InputSpec contract) {
        NetworkGraph graph = new NetworkGraph(network.input(), weights);
        if (!contract.isIdentity()) {
            graph.add("the normalization", LayerGraph.Scale.of(contract, network.input()), network.input());
        }
        graph.addAll(network.layers(), "layer ");
        return new LayerGraph(graph.nodes);
    }

    private void addAll(List<Layer> layers, String prefix) {
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            String number = prefix + (i + 1);
            String name = "%s (%s)".formatted(number, layer);
            if (layer instanceof Layer.Residual block) {
                residual(name, block, number);
            } else if (layer.weights(shape).isPresent()) {
                weighted(
                        name,
                        layer,
                        weights.get(weight).values(),
                        weights.get(weight + 1).values());
                weight += 2;
            } else {
                plain(name, layer);
            }
            shape = layer.output(shape);
        }
    }

    private void residual(String name, Layer.Residual block, String number) {
        ImageShape input = shape;
        int from = last;
        addAll(block.body(), number + ".");
        int body = last;
        last = from;
        shape = input;
        addAll(block.shortcut(), number + ", shortcut ");
        nodes.add(new LayerGraph.Node(name, new LayerGraph.Add(), new int[] {body, last}, sides(shape)));
        last = nodes.size() - 1;
        shape = input;
    }

    private void weighted(String name, Layer layer, float[] weight, float[] bias) {
        ImageShape output = layer.output(shape);
        if (layer instanceof Layer.Convolution convolution) {
            add(
                    name,
                    new LayerGraph.Convolution(
                            new int[] {
                                convolution.channels(), shape.channels(), convolution.kernel(), convolution.kernel()
                            },
                            weight,
                            bias,
                            new int[] {convolution.stride(), convolution.stride()},
                            same(4, convolution.padding()),
                            new int[] {1, 1},
                            1),
                    output);
        } else if (layer instanceof Layer.Linear linear) {
            add(name, new LayerGraph.Dense(linear.outputs(), shape.size(), weight, bias), output);
        } else {
            // a batch norm, whose statistics are already part of its weights
            int plane = shape.height() * shape.width();
            double[] factors = new double[shape.size()];
            double[] added = new double[shape.size()];
            for (int i = 0; i < factors.length; i++) {
                factors[i] = weight[i / plane];
                added[i] = bias[i / plane];
            }
            add(name, new LayerGraph.Scale(new double[shape.size()], factors, added), output);
        }
    }

    private void plain(String name, Layer layer) {
        ImageShape output = layer.output(shape);
        if (layer instanceof Layer.Relu) {
            add(name, new LayerGraph.Relu(), output);
        } else if (layer == Layer.Activation.SIGMOID) {
            add(name, LayerGraph.Sigmoidal.SIGMOID, output);
        } else if (layer == Layer.Activation.TANH) {
            add(name, LayerGraph.Sigmoidal.TANH, output);
        } else if (layer instanceof Layer.MaxPool pool) {
            add(
                    name,
                    new LayerGraph.MaxPool(same(2, pool.size()), same(2, pool.stride()), same(4, pool.padding())),
                    output);
        } else if (layer instanceof Layer.AveragePool pool) {
            add(name, new LayerGraph.AveragePool(same(2, pool.size()), same(2, pool.size()), new int[4]), output);
        } else if (layer instanceof Layer.GlobalAveragePool) {
            int[] all = {shape.height(), shape.width()};
            add(name, new LayerGraph.AveragePool(all, all, new int[4]), output);
        } else if (layer instanceof Layer.Flatten) {
            add(name, new LayerGraph.Reshape(), output);
        } else if (!(layer instanceof Layer.Dropout)) {
            add(name, new LayerGraph.Unsupported(layer.toString()), output);
        }
    }

    private void add(String name, LayerGraph.Operation operation, ImageShape output) {
        nodes.add(new LayerGraph.Node(name, operation, new int[] {last}, sides(output)));
        last = nodes.size() - 1;
    }

    private static int[] sides(ImageShape shape) {
        return new int[] {shape.channels(), shape.height(), shape.width()};
    }

    private static int[] same(int count, int value) {
        int[] values = new int[count];
        Arrays.fill(values, value);
        return values;
    }
}
