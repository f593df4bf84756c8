package dev.gauntlet.bounds;

import dev.gauntlet.model.LayerGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Leaves out the outputs of fully connected layers that a ReLU maps to 0 everywhere in a region. The network computes the
 * same there; bounds change only in their rounding terms.
 */
final class Pruning {
    private final LayerGraph graph;
    private final Map<Integer, int[]> kept = new HashMap<>();

    private Pruning(LayerGraph graph) {
        this.graph = graph;
    }

    /** Finds what can be left out, in the bounds of one example. */
    static Pruning of(LayerGraph graph, Bounds bounds) {
        Pruning pruning = new Pruning(graph);
        for (int relu = 1; relu < graph.nodes().size(); relu++) {
            LayerGraph.Node node = graph.nodes().get(relu);
            if (node.operation() instanceof LayerGraph.Relu) {
                int dense = node.inputs()[0];
                if (graph.nodes().get(dense).operation() instanceof LayerGraph.Dense
                        && pruning.areReadOnlyBy(dense, LayerGraph.Relu.class)
                        && pruning.areReadOnlyBy(relu, LayerGraph.Dense.class)) {
                    int[] positive = positive(bounds.range(dense));
                    pruning.kept.put(dense, positive);
                    pruning.kept.put(relu, positive);
                }
            }
        }
        return pruning;
    }

    /** Returns the places that may be above 0, but at least one. */
    private static int[] positive(Range range) {
        double[] upper = Doubles.read(range.upper());
        int[] places =
                IntStream.range(0, upper.length).filter(i -> !(upper[i] <= 0)).toArray();
        return places.length == 0 ? new int[1] : places;
    }

    private boolean areReadOnlyBy(int index, Class<? extends LayerGraph.Operation> kind) {
        List<LayerGraph.Node> readers = graph.nodes().stream()
                .filter(node -> Arrays.stream(node.inputs()).anyMatch(input -> input == index))
                .toList();
        return !readers.isEmpty() && readers.stream().allMatch(node -> kind.isInstance(node.operation()));
    }

    /** Tells whether there is enough to leave out: a tenth of the numbers of some layer. */
    boolean isWorthwhile() {
        return kept.entrySet().stream()
                .anyMatch(entry -> 10 * entry.getValue().length
                        < 9 * graph.nodes().get(entry.getKey()).size());
    }

    /** Returns the places of a node that are kept; null for all. */
    int @Nullable [] kept(int node) {
        return kept.get(node);
    }

    /** Returns the smaller graph, with the same nodes. */
    LayerGraph pruned() {
        List<LayerGraph.Node> nodes = new ArrayList<>();
        for (int i = 0; i < graph.nodes().size(); i++) {
            LayerGraph.Node node = graph.nodes().get(i);
            LayerGraph.Operation operation = node.operation();
            int[] places = kept.get(i);
            if (operation instanceof LayerGraph.Dense dense) {
                operation = pruned(dense, places, kept.get(node.inputs()[0]));
            }
            int[] shape = places == null ? node.shape() : new int[] {places.length};
            nodes.add(new LayerGraph.Node(node.name(), operation, node.inputs(), shape));
        }
        return new LayerGraph(nodes);
    }

    private static LayerGraph.Dense pruned(LayerGraph.Dense dense, int @Nullable [] outputs, int @Nullable [] inputs) {
        int[] rows = outputs == null ? IntStream.range(0, dense.outputs()).toArray() : outputs;
        int[] columns = inputs == null ? IntStream.range(0, dense.inputs()).toArray() : inputs;
        float[] weight = new float[rows.length * columns.length];
        float[] bias = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            bias[i] = dense.bias()[rows[i]];
            for (int j = 0; j < columns.length; j++) {
                weight[i * columns.length + j] = dense.weight()[rows[i] * dense.inputs() + columns[j]];
            }
        }
        return new LayerGraph.Dense(rows.length, columns.length, weight, bias);
    }
}
