package dev.gauntlet.bounds;

import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.torch.Libtorch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A graph whose weights are tensors of doubles; used by one thread at a time. */
final class BoundGraph implements AutoCloseable {
    /** More products of weights than one. */
    private static final int MANY = 1 << 10;

    private final List<@Nullable Step> steps = new ArrayList<>();
    private final List<Boolean> readByRelu;
    private final List<Boolean> exact = new ArrayList<>();
    private final Map<String, double[]> rowSizes = new HashMap<>();
    private final String model;
    private final LayerGraph layers;
    private final int inputs;
    private final int classes;

    private BoundGraph(String model, LayerGraph graph) {
        this.model = model;
        this.layers = graph;
        this.inputs = graph.inputs();
        this.classes = graph.classes();
        this.readByRelu = IntStream.range(0, graph.nodes().size())
                .mapToObj(i -> graph.nodes().stream()
                        .anyMatch(node -> node.operation() instanceof LayerGraph.Relu && node.inputs()[0] == i))
                .toList();
        List<Integer> products = new ArrayList<>();
        for (int i = 0; i < graph.nodes().size(); i++) {
            LayerGraph.Node node = graph.nodes().get(i);
            steps.add(step(graph, i));
            int before = node.inputs().length == 1 ? products.get(node.inputs()[0]) : i == 0 ? 0 : MANY;
            products.add(Math.min(MANY, before + products(node.operation())));
            exact.add(products.get(i) <= 1);
        }
    }

    /** Returns 1 for an operation that mixes its inputs, 0 for one that keeps them apart. */
    private static int products(LayerGraph.Operation operation) {
        if (operation instanceof LayerGraph.Dense
                || operation instanceof LayerGraph.Convolution
                || operation instanceof LayerGraph.AveragePool) {
            return 1;
        }
        boolean keepsApart = operation instanceof LayerGraph.Input
                || operation instanceof LayerGraph.Scale
                || operation instanceof LayerGraph.Reshape
                || (operation instanceof LayerGraph.Rearrangement rearrangement
                        && Arrays.stream(rearrangement.source())
                                        .filter(place -> place >= 0)
                                        .distinct()
                                        .count()
                                == Arrays.stream(rearrangement.source())
                                        .filter(place -> place >= 0)
                                        .count());
        return keepsApart ? 0 : MANY;
    }

    /**
     * Prepares a graph.
     *
     * @param model the name of the model, for messages
     * @param graph the graph
     * @return the prepared graph, to be closed by the caller
     * @throws dev.gauntlet.GauntletException if an operator has no rule or a weight is not finite
     */
    static BoundGraph of(String model, LayerGraph graph) {
        graph.requireRules(model);
        Libtorch.load();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            return new BoundGraph(model, graph);
        }
    }

    /** Finds what can be left out of the graph in the region of some bounds. */
    Pruning pruning(Bounds bounds) {
        return Pruning.of(layers, bounds);
    }

    /** Prepares the graph without what can be left out; to be closed by the caller. */
    BoundGraph pruned(Pruning pruning) {
        return of(model, pruning.pruned());
    }

    private static @Nullable Step step(LayerGraph graph, int index) {
        LayerGraph.Node node = graph.nodes().get(index);
        LayerGraph.Operation operation = node.operation();
        int[] inputs = node.inputs();
        int[] image =
                inputs.length == 0 ? new int[0] : graph.nodes().get(inputs[0]).shape();
        if (operation instanceof LayerGraph.Input) {
            return null;
        }
        if (operation instanceof LayerGraph.Dense dense) {
            return new DenseStep(inputs[0], dense);
        }
        if (operation instanceof LayerGraph.Convolution convolution) {
            return ConvolutionStep.of(inputs[0], image, node.shape(), convolution);
        }
        if (operation instanceof LayerGraph.AveragePool pool) {
            return ConvolutionStep.of(inputs[0], image, node.shape(), pool);
        }
        if (operation instanceof LayerGraph.MaxPool pool) {
            return new MaxPoolStep(inputs[0], image, node.shape(), pool);
        }
        if (operation instanceof LayerGraph.Scale scale) {
            return new ScaleStep(inputs[0], scale);
        }
        if (operation instanceof LayerGraph.Relu) {
            return new ReluStep(index, inputs[0], node.size());
        }
        if (operation instanceof LayerGraph.Sigmoidal function) {
            return new SigmoidalStep(inputs[0], node.size(), function);
        }
        if (operation instanceof LayerGraph.Add) {
            return new AddStep(inputs, node.size());
        }
        if (operation instanceof LayerGraph.Concatenation) {
            int[] sizes = IntStream.of(inputs)
                    .map(input -> graph.nodes().get(input).size())
                    .toArray();
            return new ConcatenationStep(inputs, sizes, node.size());
        }
        if (operation instanceof LayerGraph.Rearrangement rearrangement) {
            return new RearrangementStep(inputs[0], graph.nodes().get(inputs[0]).size(), rearrangement);
        }
        if (operation instanceof LayerGraph.Reshape) {
            return new ReshapeStep(inputs[0], node.size());
        }
        throw new IllegalArgumentException(operation.toString());
    }

    /** Returns a step; there is none for the input. */
    Step step(int node) {
        Step step = steps.get(node);
        if (step == null) {
            throw new IllegalArgumentException("the input is not a step");
        }
        return step;
    }

    /** Returns the number of nodes, of which the first is the input and the last gives the logits. */
    int nodes() {
        return steps.size();
    }

    /** Returns how many numbers a node gives. */
    int size(int node) {
        return node == 0 ? inputs : step(node).size();
    }

    int output() {
        return steps.size() - 1;
    }

    int inputs() {
        return inputs;
    }

    int classes() {
        return classes;
    }

    /** Returns how many numbers the largest node gives. */
    int largest() {
        int largest = inputs;
        for (int i = 1; i < steps.size(); i++) {
            largest = Math.max(largest, step(i).size());
        }
        return largest;
    }

    /** Tells whether a ReLU takes the node, so that tighter bounds of the node help. */
    boolean isReadByRelu(int node) {
        return readByRelu.get(node);
    }

    /** Tells whether intervals are the exact bounds of the node over a box: one product with weights and no ReLU. */
    boolean isExact(int node) {
        return exact.get(node);
    }

    /** Tells whether a node is a ReLU. */
    boolean isRelu(int node) {
        return steps.get(node) instanceof ReluStep;
    }

    /** Computes the logits of some points in double precision. */
    Tensor logits(Tensor points) {
        return values(points, output())[output()];
    }

    /** Computes what all nodes up to one give for some points in double precision. */
    Tensor[] values(Tensor points, int last) {
        Tensor[] values = new Tensor[last + 1];
        values[0] = points;
        for (int i = 1; i <= last; i++) {
            Step step = step(i);
            values[i] = step.evaluate(given(step, values));
        }
        return values;
    }

    /**
     * Returns the sizes, in the dual norm, of the coefficients with which pixels enter the numbers of a node; for nodes
     * that mix pixels only once.
     */
    synchronized double[] rowSizes(int node, Bounds bounds) {
        return rowSizes.computeIfAbsent("%d %s".formatted(node, bounds.region().norm()), key -> {
            int size = step(node).size();
            double[] sizes = new double[size];
            int atOnce = Math.max(1, Bounds.NUMBERS_AT_ONCE / largest());
            for (int from = 0; from < size; from += atOnce) {
                try (PointerScope scope = new PointerScope()) {
                    int count = Math.min(atOnce, size - from);
                    double[] rows = new double[count * size];
                    for (int i = 0; i < count; i++) {
                        rows[i * size + from + i] = 1;
                    }
                    Backward pass = new Backward(this, bounds.of(0, 0), IntervalRelaxation.INSTANCE, false);
                    pass.lower(node, Doubles.of(rows, 1, count, size));
                    double[] found = Doubles.read(bounds.region().size(pass.pixelRows()));
                    System.arraycopy(found, 0, sizes, from, count);
                }
            }
            return sizes;
        });
    }

    static Tensor[] given(Step step, Tensor[] values) {
        return IntStream.of(step.inputs()).mapToObj(input -> values[input]).toArray(Tensor[]::new);
    }

    @Override
    public void close() {
        for (Step step : steps) {
            if (step != null) {
                step.close();
            }
        }
    }
}
