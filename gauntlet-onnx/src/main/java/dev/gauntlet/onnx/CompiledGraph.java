package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.torch.Libtorch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The part of a graph from its input to one output, ready to be evaluated node by node with libtorch.
 *
 * <p>Values that do not depend on the input are computed once, at compilation.
 */
final class CompiledGraph implements AutoCloseable {
    /** The largest output of a node per image: 128 MB of 32-bit floats. */
    private static final long LARGEST_PER_IMAGE = 1L << 25;

    /** The largest total output of all nodes per image: 1 GB. */
    private static final long LARGEST_SUM_PER_IMAGE = 1L << 28;

    /** Nodes whose gradient needs only their inputs, so that their outputs may be overwritten. */
    private static final Set<String> OVERWRITABLE = Set.of(
            "Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sub", "BatchNormalization", "MaxPool", "AveragePool");

    private static final int OLDEST_OPSET = 7;
    private static final int NEWEST_OPSET = 21;

    private final List<Step> steps;
    private final @Nullable Tensor[] constants;
    private final int input;
    private final int output;

    private CompiledGraph(List<Step> steps, @Nullable Tensor[] constants, int input, int output) {
        this.steps = steps;
        this.constants = constants;
        this.input = input;
        this.output = output;
    }

    /** Returns the steps that read each slot. */
    static Map<Integer, List<Step>> consumers(List<Step> steps) {
        Map<Integer, List<Step>> consumers = new HashMap<>();
        for (Step step : steps) {
            for (int slot : step.inputs) {
                consumers.computeIfAbsent(slot, key -> new ArrayList<>()).add(step);
            }
        }
        return consumers;
    }

    /** Returns the steps that write each slot. */
    static Map<Integer, Step> producers(List<Step> steps) {
        Map<Integer, Step> producers = new HashMap<>();
        for (Step step : steps) {
            for (int slot : step.outputs) {
                producers.put(slot, step);
            }
        }
        return producers;
    }

    /** A node with the slots of its values. */
    static final class Step {
        final Node node;
        final int[] inputs;
        final int[] outputs;
        Kernel kernel;

        /** The operation of the kernel, which changes when two steps are swapped. */
        String operator;

        int[] finished = {};

        Step(Node node, Kernel kernel, int[] inputs, int[] outputs) {
            this.node = node;
            this.kernel = kernel;
            this.operator = node.operator();
            this.inputs = inputs;
            this.outputs = outputs;
        }
    }

    /** Stands for an omitted input or output. */
    private static final int NONE = -1;

    /**
     * Compiles a graph.
     *
     * @param file the name of the file, for errors
     * @param graph the graph
     * @param input the name of the graph's input
     * @param output the name of the value to be computed
     * @throws GauntletException if the graph has unsupported operators, is not topologically sorted, or is damaged
     */
    static CompiledGraph of(String file, Graph graph, String input, String output) {
        requireKnownVersion(file, graph.opset());
        List<Node> needed = needed(file, graph, input, output);
        requireKnown(file, needed);
        requireReadable(graph, needed);
        Compiler compiler = new Compiler(file, graph, input);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            for (Node node : needed) {
                compiler.add(node);
            }
            return compiler.program(output);
        }
    }

    /**
     * Returns the reason why a graph cannot be compiled, as far as it shows without computing; empty if there is none.
     */
    static Optional<String> obstacle(String file, Graph graph, String input, String output) {
        try {
            requireKnownVersion(file, graph.opset());
            List<Node> needed = needed(file, graph, input, output);
            requireKnown(file, needed);
            requireReadable(graph, needed);
            return Optional.empty();
        } catch (GauntletException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Finds the nodes that lead to an output, in the order of the file. */
    static List<Node> needed(String file, Graph graph, String input, String output) {
        Map<String, Integer> producers = new HashMap<>();
        for (int i = 0; i < graph.nodes().size(); i++) {
            for (String name : graph.nodes().get(i).outputs()) {
                if (!name.isEmpty() && (producers.put(name, i) != null || name.equals(input))) {
                    throw new GauntletException(
                            "%s is damaged: two nodes define the value '%s'.".formatted(file, name));
                }
            }
        }
        boolean[] isNeeded = new boolean[graph.nodes().size()];
        List<String> open = new ArrayList<>(List.of(output));
        Set<String> seen = new HashSet<>(open);
        while (!open.isEmpty()) {
            Integer producer = producers.get(open.remove(open.size() - 1));
            if (producer != null && !isNeeded[producer]) {
                isNeeded[producer] = true;
                graph.nodes().get(producer).inputs().stream().filter(seen::add).forEach(open::add);
            }
        }
        List<Node> needed = new ArrayList<>();
        for (int i = 0; i < isNeeded.length; i++) {
            if (isNeeded[i]) {
                needed.add(graph.nodes().get(i));
            }
        }
        return needed;
    }

    private static void requireKnownVersion(String file, long opset) {
        if (opset < OLDEST_OPSET || opset > NEWEST_OPSET) {
            throw new GauntletException(
                    "%s uses opset %d; gradients are supported for opset %d to %d: export it with one of these, or %s"
                            .formatted(
                                    file, opset, OLDEST_OPSET, NEWEST_OPSET, BlackBoxAdvice.forLogits(Path.of(file))));
        }
    }

    private static void requireKnown(String file, List<Node> nodes) {
        Map<String, List<String>> unknown = new TreeMap<>();
        for (Node node : nodes) {
            if (Operators.find(node.operator()).isEmpty()) {
                unknown.computeIfAbsent(node.operator(), operator -> new ArrayList<>())
                        .add(node.name());
            }
        }
        if (!unknown.isEmpty()) {
            throw new GauntletException("%s uses operators whose gradient is not supported: %s; %s"
                    .formatted(
                            file,
                            unknown.entrySet().stream()
                                    .map(entry ->
                                            "%s (%s)".formatted(entry.getKey(), String.join(", ", entry.getValue())))
                                    .collect(Collectors.joining("; ")),
                            BlackBoxAdvice.forLogits(Path.of(file))));
        }
    }

    private static void requireReadable(Graph graph, List<Node> nodes) {
        for (Node node : nodes) {
            for (String name : node.inputs()) {
                Long type = graph.unreadable().get(name);
                if (type != null) {
                    throw node.error("takes the tensor '%s', which has %s".formatted(name, ElementType.unknown(type)));
                }
            }
        }
    }

    /** Assigns a slot to each value and computes constants. */
    private static final class Compiler {
        private final String file;
        private final Graph graph;
        private final Map<String, Integer> slots = new LinkedHashMap<>();
        private final List<@Nullable Tensor> constants = new ArrayList<>();
        private final List<Step> steps = new ArrayList<>();
        private final int input;
        private long constantNumbers;

        Compiler(String file, Graph graph, String input) {
            this.file = file;
            this.graph = graph;
            this.input = slot(input);
        }

        private int slot(String name) {
            return slots.computeIfAbsent(name, key -> {
                constants.add(null);
                return constants.size() - 1;
            });
        }

        void add(Node node) {
            int[] inputs = new int[node.inputs().size()];
            boolean isConstant = true;
            for (int i = 0; i < inputs.length; i++) {
                inputs[i] = node.hasInput(i) ? known(node, node.inputs().get(i)) : NONE;
                isConstant &= inputs[i] == NONE || constants.get(inputs[i]) != null;
            }
            int[] outputs = new int[node.outputs().size()];
            for (int i = 0; i < outputs.length; i++) {
                outputs[i] = node.hasOutput(i) ? slot(node.outputs().get(i)) : NONE;
            }
            Kernel kernel = Operators.find(node.operator())
                    .orElseThrow(() -> new AssertionError(node))
                    .of(node, (int) graph.opset());
            Step step = new Step(node, kernel, inputs, outputs);
            if (isConstant) {
                @Nullable Tensor[] values = constants.toArray(Tensor[]::new);
                constantNumbers += execute(step, values, 1);
                if (constantNumbers > LARGEST_SUM_PER_IMAGE) {
                    throw node.error("makes the computed constants exceed %,d numbers, too many for the memory"
                            .formatted(LARGEST_SUM_PER_IMAGE));
                }
                for (int slot : outputs) {
                    if (slot != NONE && values[slot] != null) {
                        constants.set(slot, values[slot]);
                    }
                }
            } else {
                steps.add(step);
            }
        }

        private int known(Node node, String name) {
            Constant constant = graph.constants().get(name);
            if (constant != null && !slots.containsKey(name)) {
                int slot = slot(name);
                constants.set(slot, Tensors.of(constant));
                return slot;
            }
            Integer slot = slots.get(name);
            if (slot == null) {
                throw node.error(
                        "takes the value '%s', which no earlier node defines: the graph of %s is damaged, not sorted, or cyclic"
                                .formatted(name, file));
            }
            return slot;
        }

        CompiledGraph program(String outputName) {
            int output = slot(outputName);
            if (steps.isEmpty()) {
                throw new GauntletException(
                        "%s: the output '%s' does not depend on the input.".formatted(file, outputName));
            }
            GaussianUnits.join(steps, constants, output);
            Map<Integer, List<Step>> consumers = consumers(steps);
            poolBeforeRelu(consumers, output);
            overwriteInRelu(consumers, producers(steps), output);
            forgetEarly(output);
            layOutWeights();
            Set<Integer> used = new HashSet<>(List.of(output));
            steps.forEach(step -> IntStream.of(step.inputs).forEach(used::add));
            @Nullable Tensor[] kept = new Tensor[constants.size()];
            for (int slot = 0; slot < kept.length; slot++) {
                Tensor constant = constants.get(slot);
                if (constant != null && used.contains(slot)) {
                    kept[slot] = constant.detach().retainReference();
                }
            }
            return new CompiledGraph(List.copyOf(steps), kept, input, output);
        }

        /** Both orders give the same result, and after the pool there are fewer values to compare with 0. */
        private void poolBeforeRelu(Map<Integer, List<Step>> consumers, int output) {
            for (Step relu : steps) {
                List<Step> next = consumers.getOrDefault(relu.outputs[0], List.of());
                if (relu.operator.equals("Relu")
                        && relu.outputs[0] != output
                        && next.size() == 1
                        && next.get(0).operator.equals("MaxPool")) {
                    Step pool = next.get(0);
                    Kernel function = relu.kernel;
                    relu.kernel = pool.kernel;
                    relu.operator = pool.operator;
                    pool.kernel = function;
                    pool.operator = "Relu";
                }
            }
        }

        /** Saves memory and time if no other step needs the input of the step. */
        private void overwriteInRelu(Map<Integer, List<Step>> consumers, Map<Integer, Step> producers, int output) {
            for (Step step : steps) {
                if (!step.operator.equals("Relu") || step.inputs[0] == output) {
                    continue;
                }
                Step producer = producers.get(step.inputs[0]);
                if (producer != null
                        && OVERWRITABLE.contains(producer.operator)
                        && consumers.getOrDefault(step.inputs[0], List.of()).size() == 1) {
                    step.kernel = Kernel.single(inputs -> inputs.get(0).relu_());
                }
            }
        }

        /** Marks the step after which a value is no longer needed. */
        private void forgetEarly(int output) {
            Map<Integer, Integer> last = new HashMap<>();
            for (int i = 0; i < steps.size(); i++) {
                for (int slot : steps.get(i).inputs) {
                    if (slot != NONE && slot != output && slot != input && constants.get(slot) == null) {
                        last.put(slot, i);
                    }
                }
            }
            Map<Integer, List<Integer>> bySteps = new HashMap<>();
            last.forEach((slot, step) ->
                    bySteps.computeIfAbsent(step, key -> new ArrayList<>()).add(slot));
            bySteps.forEach((step, finished) -> steps.get(step).finished =
                    finished.stream().mapToInt(Integer::intValue).toArray());
        }

        /** Converts the weights of two-dimensional convolutions to the memory format that is fastest. */
        private void layOutWeights() {
            for (Step step : steps) {
                if (step.node.operator().equals("Conv") && step.inputs.length > 1) {
                    Tensor weight = constants.get(step.inputs[1]);
                    if (weight != null && weight.dim() == 4) {
                        constants.set(step.inputs[1], weight.contiguous(torch.MemoryFormat.ChannelsLast));
                    }
                }
            }
        }
    }

    /**
     * Computes the output; the caller's scope owns all intermediate tensors.
     *
     * @param x the input
     * @return the output
     */
    Tensor run(Tensor x) {
        return run(x, new long[1]);
    }

    /** Does the same and adds the size of the nodes' outputs to the meter. */
    Tensor run(Tensor x, long[] meter) {
        @Nullable Tensor[] values = constants.clone();
        values[input] = x;
        long images = x.dim() == 0 ? 1 : Math.max(1, x.size(0));
        for (Step step : steps) {
            meter[0] += execute(step, values, images);
            if (meter[0] / images > LARGEST_SUM_PER_IMAGE) {
                throw step.node.error("makes the numbers computed per image exceed %,d, too many for the memory"
                        .formatted(LARGEST_SUM_PER_IMAGE));
            }
            for (int slot : step.finished) {
                Tensor value = values[slot];
                values[slot] = null;
                if (value != null) {
                    value.deallocate();
                }
            }
        }
        Tensor result = values[output];
        if (result == null) {
            throw new GauntletException(
                    "The output is a secondary output of its node, such as a mask or indices, which is not supported.");
        }
        return result;
    }

    /** Returns the number of steps. */
    int size() {
        return steps.size();
    }

    /** Computes a step and returns the size of its outputs. */
    private static long execute(Step step, @Nullable Tensor[] values, long images) {
        @Nullable Tensor[] given = new Tensor[step.inputs.length];
        for (int i = 0; i < given.length; i++) {
            given[i] = step.inputs[i] == NONE ? null : values[step.inputs[i]];
            if (step.inputs[i] != NONE && given[i] == null) {
                throw step.node.error(
                        "takes a secondary output of another node, such as a mask or indices, which is not supported");
            }
        }
        Tensor[] results;
        try {
            results = Libtorch.call(
                    "The node %s cannot be computed".formatted(step.node),
                    () -> step.kernel.compute(new Inputs(step.node, given)));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new GauntletException("The node %s cannot be computed: %s.".formatted(step.node, e.getMessage()), e);
        }
        long numbers = 0;
        for (int i = 0; i < Math.min(step.outputs.length, results.length); i++) {
            if (step.outputs[i] != NONE) {
                Tensor result = results[i];
                long count = result.numel();
                if (count / images > LARGEST_PER_IMAGE) {
                    throw step.node.error("returns %,d numbers, too many for the memory".formatted(count));
                }
                numbers += count;
                // each slot needs its own handle, because handles are closed one by one
                boolean isInput = false;
                for (Tensor one : given) {
                    isInput |= result.equals(one);
                }
                values[step.outputs[i]] = isInput ? new Tensor(result) : result;
            }
        }
        return numbers;
    }

    @Override
    public void close() {
        for (Tensor constant : constants) {
            if (constant != null) {
                constant.close();
            }
        }
    }
}
