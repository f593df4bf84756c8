package dev.gauntlet.bounds;

import dev.gauntlet.RandomKey;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.testkit.PlainModel;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A fully connected network with ReLUs between its layers and weights that are 32-bit floats, in plain Java. */
final class ReluModel extends PlainModel {
    private final List<LayerGraph.Dense> layers;

    ReluModel(List<LayerGraph.Dense> layers) {
        super(layers.get(layers.size() - 1).outputs());
        this.layers = layers;
    }

    /** Draws the weights of a network with given sizes. */
    static ReluModel random(long seed, double scale, int... sizes) {
        SplittableRandom random = RandomKey.of(seed).with("weights").generator();
        List<LayerGraph.Dense> layers = new ArrayList<>();
        for (int i = 1; i < sizes.length; i++) {
            float[] weight = new float[sizes[i] * sizes[i - 1]];
            float[] bias = new float[sizes[i]];
            for (int j = 0; j < weight.length; j++) {
                weight[j] = (float) (scale * (2 * random.nextDouble() - 1));
            }
            for (int j = 0; j < bias.length; j++) {
                bias[j] = (float) (0.3 * scale * (2 * random.nextDouble() - 1));
            }
            layers.add(new LayerGraph.Dense(sizes[i], sizes[i - 1], weight, bias));
        }
        return new ReluModel(layers);
    }

    LayerGraph graph() {
        List<LayerGraph.Node> nodes = new ArrayList<>();
        nodes.add(new LayerGraph.Node("input", new LayerGraph.Input(), new int[0], new int[] {
            layers.get(0).inputs()
        }));
        for (int i = 0; i < layers.size(); i++) {
            int[] size = {layers.get(i).outputs()};
            nodes.add(new LayerGraph.Node("dense", layers.get(i), new int[] {nodes.size() - 1}, size));
            if (i + 1 < layers.size()) {
                nodes.add(new LayerGraph.Node("relu", new LayerGraph.Relu(), new int[] {nodes.size() - 1}, size));
            }
        }
        return new LayerGraph(nodes);
    }

    @Override
    public Optional<LayerGraph> layerGraph() {
        return Optional.of(graph());
    }

    @Override
    public double[] logitsOf(double[] x) {
        double[] h = x;
        for (int i = 0; i < layers.size(); i++) {
            h = affine(matrix(layers.get(i)), doubles(layers.get(i).bias()), h);
            if (i + 1 < layers.size()) {
                h = Arrays.stream(h).map(value -> Math.max(0, value)).toArray();
            }
        }
        return h;
    }

    @Override
    public double[] backward(double[] x, double[] byLogits) {
        List<double[]> before = new ArrayList<>();
        double[] h = x;
        for (int i = 0; i + 1 < layers.size(); i++) {
            h = affine(matrix(layers.get(i)), doubles(layers.get(i).bias()), h);
            before.add(h);
            h = Arrays.stream(h).map(value -> Math.max(0, value)).toArray();
        }
        double[] upstream = byLogits;
        for (int i = layers.size() - 1; i >= 0; i--) {
            upstream = transposed(matrix(layers.get(i)), upstream);
            if (i > 0) {
                double[] signs = before.get(i - 1);
                for (int j = 0; j < upstream.length; j++) {
                    upstream[j] = signs[j] > 0 ? upstream[j] : 0;
                }
            }
        }
        return upstream;
    }

    /** Computes the logits without any rounding. */
    BigDecimal[] exactLogits(double[] x) {
        BigDecimal[] h = Arrays.stream(x).mapToObj(BigDecimal::new).toArray(BigDecimal[]::new);
        for (int i = 0; i < layers.size(); i++) {
            LayerGraph.Dense layer = layers.get(i);
            BigDecimal[] next = new BigDecimal[layer.outputs()];
            for (int k = 0; k < next.length; k++) {
                BigDecimal sum = new BigDecimal(layer.bias()[k]);
                for (int j = 0; j < h.length; j++) {
                    sum = sum.add(new BigDecimal(layer.weight()[k * h.length + j]).multiply(h[j]));
                }
                next[k] = i + 1 < layers.size() ? sum.max(BigDecimal.ZERO) : sum;
            }
            h = next;
        }
        return h;
    }

    /** Computes the logits with 32-bit floats, adding the products in an order drawn at random. */
    float[] floatLogits(float[] x, SplittableRandom random) {
        float[] h = x;
        for (int i = 0; i < layers.size(); i++) {
            LayerGraph.Dense layer = layers.get(i);
            float[] next = new float[layer.outputs()];
            for (int k = 0; k < next.length; k++) {
                List<Float> terms = new ArrayList<>(List.of(layer.bias()[k]));
                for (int j = 0; j < h.length; j++) {
                    terms.add(layer.weight()[k * h.length + j] * h[j]);
                }
                while (terms.size() > 1) {
                    float one = terms.remove(random.nextInt(terms.size()));
                    float other = terms.remove(random.nextInt(terms.size()));
                    terms.add(one + other);
                }
                next[k] = i + 1 < layers.size() ? Math.max(0, terms.get(0)) : terms.get(0);
            }
            h = next;
        }
        return h;
    }

    private static double[][] matrix(LayerGraph.Dense layer) {
        double[][] rows = new double[layer.outputs()][layer.inputs()];
        for (int k = 0; k < rows.length; k++) {
            for (int i = 0; i < rows[k].length; i++) {
                rows[k][i] = layer.weight()[k * layer.inputs() + i];
            }
        }
        return rows;
    }

    private static double[] doubles(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }
}
