package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.LayerGraph;
import dev.gauntlet.model.OutputKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Reads the graph of a file as layers, for one image at a time.
 *
 * <p>Every node is also run on zeros, which gives its shape. A node that only moves numbers is run on their indices,
 * which says where each comes from.
 */
final class GraphLayers {
    /** Operators that move numbers of their first input and change none. */
    private static final Set<String> MOVES = Set.of(
            "Identity",
            "Dropout",
            "Flatten",
            "Reshape",
            "Squeeze",
            "Unsqueeze",
            "Transpose",
            "Slice",
            "Split",
            "Gather",
            "Pad",
            "Expand",
            "Tile",
            "DepthToSpace",
            "SpaceToDepth");

    /** Larger than any index, and exact as a double. */
    private static final double SHIFT = 0x1p40;

    /**
     * A value of the graph.
     *
     * @param tensor its numbers, if they do not depend on the image; otherwise zeros of its shape
     * @param node the node that gives it; -1 for a constant
     */
    private record Value(Tensor tensor, int node) {
        boolean isConstant() {
            return node < 0;
        }

        int size() {
            return Math.toIntExact(tensor.numel());
        }
    }

    private final Graph graph;
    private final Map<String, Value> values = new HashMap<>();
    private final List<LayerGraph.Node> nodes = new ArrayList<>();

    private GraphLayers(Graph graph) {
        this.graph = graph;
    }

    /**
     * Reads the layers that lead to the logits.
     *
     * @param file the file
     * @param shape the shape of an image
     * @param logits the name of the value with the logits
     * @param kind what they are
     * @param columns the column of each class; empty if they are in order
     */
    static LayerGraph of(OnnxFile file, ImageShape shape, String logits, OutputKind kind, long... columns) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            GraphLayers layers = new GraphLayers(file.graph());
            if (layers.input(file, shape)) {
                layers.read(file, logits);
                layers.output(logits, kind, columns);
            }
            return new LayerGraph(layers.nodes);
        }
    }

    /** Adds the image, its preprocessing and its layout; tells whether the file takes a single image of floats. */
    private boolean input(OnnxFile file, ImageShape shape) {
        int[] sides = {shape.channels(), shape.height(), shape.width()};
        add("the input", new LayerGraph.Input(), sides);
        InputPort.Fit fit = file.input().fit(file.name(), shape);
        if (fit.fixedBatch().orElse(1) > 1) {
            unsupported("a batch of %d images".formatted(fit.fixedBatch().orElse(1)), "the input", shape.size());
            return false;
        }
        if (file.input().type() != ElementType.FLOAT.code()) {
            unsupported("the type %s".formatted(ElementType.name(file.input().type())), "the input", shape.size());
            return false;
        }
        if (!file.contract().isIdentity()) {
            add("the normalization", LayerGraph.Scale.of(file.contract(), shape), sides, nodes.size() - 1);
        }
        Tensor given = torch.zeros(new long[] {1, shape.channels(), shape.height(), shape.width()});
        Function<Tensor, Tensor> arrange =
                x -> (file.input().layout() == Layout.NCHW ? x : x.permute(0, 2, 3, 1)).reshape(fit.sides(1));
        values.put(file.input().name(), moved("the layout", new Value(given, nodes.size() - 1), arrange));
        return true;
    }

    private void read(OnnxFile file, String logits) {
        List<Node> needed =
                CompiledGraph.needed(file.path().toString(), graph, file.input().name(), logits);
        for (Node node : needed) {
            List<@Nullable Value> given = new ArrayList<>();
            for (int i = 0; i < node.inputs().size(); i++) {
                given.add(node.hasInput(i) ? value(node.inputs().get(i)) : null);
            }
            String name = "node %d".formatted(graph.nodes().indexOf(node));
            Tensor[] results = run(
                    node,
                    given.stream()
                            .map(value -> value == null ? null : value.tensor())
                            .toArray(Tensor[]::new));
            boolean isConstant = node.operator().equals("Shape")
                    || node.operator().equals("Size")
                    || given.stream().allMatch(value -> value == null || value.isConstant());
            for (int i = 0; i < Math.min(results.length, node.outputs().size()); i++) {
                if (!node.hasOutput(i)) {
                    continue;
                }
                int place = i;
                Value output = isConstant
                        ? new Value(results[i], -1)
                        : layer(node, name, given, results[i], x -> run(node, x)[place]);
                values.put(node.outputs().get(i), output);
            }
        }
    }

    private Value value(String name) {
        Value value = values.get(name);
        if (value == null) {
            Constant constant = graph.constants().get(name);
            if (constant == null) {
                throw new GauntletException("No node defines the value '%s'; the graph is damaged.".formatted(name));
            }
            value = new Value(Tensors.of(constant), -1);
            values.put(name, value);
        }
        return value;
    }

    private Tensor[] run(Node node, @Nullable Tensor[] given) {
        Kernel kernel = Operators.find(node.operator())
                .orElseThrow(() -> node.error("has an operator that is not supported"))
                .of(node, (int) graph.opset());
        return kernel.compute(new Inputs(node, given));
    }

    /** Adds the layers of a node and returns its value. */
    private Value layer(
            Node node,
            String name,
            List<@Nullable Value> given,
            Tensor zeros,
            Function<@Nullable Tensor[], Tensor> kernel) {
        Value first = given.get(0);
        if (first == null) {
            throw node.error("has no input");
        }
        String operator = node.operator();
        Optional<Value> read = Optional.empty();
        if (MOVES.contains(operator) && !first.isConstant() && othersAreConstant(given)) {
            read = Optional.of(moved(name, first, x -> {
                @Nullable
                Tensor[] tensors = given.stream()
                        .map(value -> value == null ? null : value.tensor())
                        .toArray(Tensor[]::new);
                tensors[0] = x;
                return kernel.apply(tensors);
            }));
        } else if (operator.equals("Cast")
                && ElementType.isFloating(node.integer("to", 0))
                && !ElementType.isHalf(node.integer("to", 0))) {
            read = Optional.of(first);
        } else if (operator.equals("Concat")) {
            read = Optional.of(concatenated(name, given, kernel));
        } else if (zeros.numel() > 0) {
            read = computed(node, name, given, zeros);
        }
        return read.orElseGet(() -> {
            int[] inputs = given.stream()
                    .filter(value -> value != null && !value.isConstant())
                    .mapToInt(value -> value == null ? 0 : value.node())
                    .toArray();
            return add(name, new LayerGraph.Unsupported(operator), zeros, inputs);
        });
    }

    private static boolean othersAreConstant(List<@Nullable Value> given) {
        return given.stream().skip(1).allMatch(value -> value == null || value.isConstant());
    }

    private Optional<Value> computed(Node node, String name, List<@Nullable Value> given, Tensor zeros) {
        Value x = given.get(0);
        if (x == null) {
            return Optional.empty();
        }
        return switch (node.operator()) {
            case "Conv" -> convolution(node, name, given, zeros);
            case "Gemm" -> gemm(node, name, given, zeros);
            case "MatMul" -> product(name, given, zeros);
            case "BatchNormalization" -> batchNorm(node, name, given, zeros);
            case "Relu" -> Optional.of(add(name, new LayerGraph.Relu(), zeros, x.node()));
            case "Clip" ->
                isRelu(node, given) ? Optional.of(add(name, new LayerGraph.Relu(), zeros, x.node())) : Optional.empty();
            case "Sigmoid" -> Optional.of(add(name, LayerGraph.Sigmoidal.SIGMOID, zeros, x.node()));
            case "Tanh" -> Optional.of(add(name, LayerGraph.Sigmoidal.TANH, zeros, x.node()));
            case "Neg" -> Optional.of(scaled(name, x, null, numbers(zeros.numel(), -1), null, zeros));
            case "Add", "Sub", "Mul", "Div" -> arithmetic(node.operator(), name, given, zeros);
            case "MaxPool", "AveragePool" -> pool(node, name, x, zeros);
            case "GlobalAveragePool", "GlobalMaxPool", "ReduceMean" -> wholePool(node, name, given, zeros);
            default -> Optional.empty();
        };
    }

    private boolean isRelu(Node node, List<@Nullable Value> given) {
        double[] limits = {node.number("min", Double.NEGATIVE_INFINITY), node.number("max", Double.POSITIVE_INFINITY)};
        for (int i = 1; i < given.size(); i++) {
            Value limit = given.get(i);
            if (limit != null) {
                limits[i - 1] = limit.isConstant() ? Tensors.floats(limit.tensor())[0] : Double.NaN;
            }
        }
        return limits[0] == 0 && limits[1] >= Float.MAX_VALUE;
    }

    private Optional<Value> convolution(Node node, String name, List<@Nullable Value> given, Tensor zeros) {
        Value x = given.get(0);
        Value weight = given.get(1);
        Value bias = given.size() > 2 ? given.get(2) : null;
        if (x == null
                || weight == null
                || x.isConstant()
                || !othersAreConstant(given)
                || x.tensor().dim() != 4) {
            return Optional.empty();
        }
        Optional<float[]> weights = floats(weight.tensor());
        Optional<float[]> biases =
                bias == null ? Optional.of(new float[(int) weight.tensor().size(0)]) : floats(bias.tensor());
        if (weights.isEmpty() || biases.isEmpty()) {
            return Optional.empty();
        }
        long[] sides = Tensors.sides(weight.tensor());
        Window window = Window.of(node, Arrays.copyOfRange(sides, 2, 4));
        Window.Places places =
                window.on(node, new long[] {x.tensor().size(2), x.tensor().size(3)});
        Value image = shaped(name, x);
        return Optional.of(addImage(
                name,
                new LayerGraph.Convolution(
                        ints(sides),
                        weights.get(),
                        biases.get(),
                        ints(window.strides()),
                        pads(places),
                        ints(window.dilations()),
                        (int) node.integer("group", 1)),
                zeros,
                image.node()));
    }

    private static int[] pads(Window.Places places) {
        return new int[] {
            (int) places.before()[0], (int) places.before()[1], (int) places.after()[0], (int) places.after()[1]
        };
    }

    private Optional<Value> gemm(Node node, String name, List<@Nullable Value> given, Tensor zeros) {
        Value x = given.get(0);
        Value weight = given.get(1);
        Value bias = given.size() > 2 ? given.get(2) : null;
        if (x == null
                || weight == null
                || x.isConstant()
                || !othersAreConstant(given)
                || node.number("alpha", 1) != 1
                || node.number("beta", 1) != 1) {
            return Optional.empty();
        }
        Tensor rows =
                node.flag("transB", false) ? weight.tensor() : weight.tensor().t();
        return dense(name, x, rows, bias == null ? null : torch.add(torch.zeros_like(zeros), bias.tensor()), zeros);
    }

    private Optional<Value> product(String name, List<@Nullable Value> given, Tensor zeros) {
        Value left = given.get(0);
        Value right = given.get(1);
        if (left == null || right == null || left.isConstant() == right.isConstant()) {
            return Optional.empty();
        }
        Value x = left.isConstant() ? right : left;
        Tensor weight = left.isConstant() ? left.tensor() : right.tensor();
        if (weight.dim() != 2) {
            return Optional.empty();
        }
        return dense(name, x, left.isConstant() ? weight : weight.t(), null, zeros);
    }

    /** Adds a fully connected layer, unless the product is of several rows. */
    private Optional<Value> dense(String name, Value x, Tensor rows, @Nullable Tensor bias, Tensor zeros) {
        if (rows.dim() != 2 || rows.size(1) != x.size() || rows.size(0) != zeros.numel()) {
            return Optional.empty();
        }
        Optional<float[]> weights = floats(rows);
        Optional<float[]> biases = bias == null ? Optional.of(new float[(int) zeros.numel()]) : floats(bias);
        if (weights.isEmpty() || biases.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(add(
                name,
                new LayerGraph.Dense((int) rows.size(0), (int) rows.size(1), weights.get(), biases.get()),
                zeros,
                x.node()));
    }

    private Optional<Value> batchNorm(Node node, String name, List<@Nullable Value> given, Tensor zeros) {
        Value x = given.get(0);
        if (x == null
                || x.isConstant()
                || !othersAreConstant(given)
                || given.size() != 5
                || x.tensor().dim() < 2) {
            return Optional.empty();
        }
        double[][] parameters = new double[4][];
        for (int i = 0; i < 4; i++) {
            Value parameter = given.get(i + 1);
            if (parameter == null || floats(parameter.tensor()).isEmpty()) {
                return Optional.empty();
            }
            parameters[i] = doubles(parameter.tensor());
        }
        double epsilon = node.number("epsilon", 1e-5);
        int size = x.size();
        int plane = (int) (size / x.tensor().size(1));
        double[] subtracted = new double[size];
        double[] factors = new double[size];
        double[] added = new double[size];
        for (int i = 0; i < size; i++) {
            int channel = i / plane;
            subtracted[i] = parameters[2][channel];
            factors[i] = parameters[0][channel] / Math.sqrt(parameters[3][channel] + epsilon);
            added[i] = parameters[1][channel];
        }
        return Optional.of(scaled(name, x, subtracted, factors, added, zeros));
    }

    private Optional<Value> arithmetic(String operator, String name, List<@Nullable Value> given, Tensor zeros) {
        Value left = given.get(0);
        Value right = given.get(1);
        if (left == null || right == null) {
            return Optional.empty();
        }
        if (!left.isConstant() && !right.isConstant()) {
            boolean sameShape = Arrays.equals(Tensors.sides(left.tensor()), Tensors.sides(right.tensor()));
            if (!sameShape || operator.equals("Mul") || operator.equals("Div")) {
                return Optional.empty();
            }
            Value second = operator.equals("Add")
                    ? right
                    : scaled(name, right, null, numbers(right.size(), -1), null, right.tensor());
            return Optional.of(add(name, new LayerGraph.Add(), zeros, left.node(), second.node()));
        }
        Value x = left.isConstant() ? right : left;
        Value constant = left.isConstant() ? left : right;
        if (zeros.numel() != x.size() || floats(constant.tensor()).isEmpty()) {
            return Optional.empty();
        }
        double[] numbers =
                doubles(torch.add(zeros.to(torch.ScalarType.Double).mul(new Scalar(0.0)), constant.tensor()));
        if (operator.equals("Div") && left.isConstant()) {
            return Optional.empty();
        }
        return Optional.of(
                switch (operator) {
                    case "Add" -> scaled(name, x, null, numbers(x.size(), 1), numbers, zeros);
                    case "Sub" ->
                        left.isConstant()
                                ? scaled(name, x, null, numbers(x.size(), -1), numbers, zeros)
                                : scaled(name, x, numbers, numbers(x.size(), 1), null, zeros);
                    case "Mul" -> scaled(name, x, null, numbers, null, zeros);
                    default ->
                        scaled(
                                name,
                                x,
                                null,
                                Arrays.stream(numbers).map(value -> 1 / value).toArray(),
                                null,
                                zeros);
                });
    }

    private Value scaled(
            String name,
            Value x,
            double @Nullable [] subtracted,
            double[] factors,
            double @Nullable [] added,
            Tensor zeros) {
        double[] none = new double[factors.length];
        return add(
                name,
                new LayerGraph.Scale(subtracted == null ? none : subtracted, factors, added == null ? none : added),
                zeros,
                x.node());
    }

    private Optional<Value> pool(Node node, String name, Value x, Tensor zeros) {
        if (x.isConstant() || x.tensor().dim() != 4) {
            return Optional.empty();
        }
        Window window = Window.of(node, node.integers("kernel_shape").orElseThrow());
        long[] image = {x.tensor().size(2), x.tensor().size(3)};
        Window.Places places = window.on(node, image);
        boolean isDense = Arrays.stream(window.dilations()).allMatch(dilation -> dilation == 1);
        boolean isMaximum = node.operator().equals("MaxPool");
        boolean isInside = IntStream.range(0, 2)
                .allMatch(side -> (places.count()[side] - 1) * window.strides()[side] + window.kernel()[side]
                        <= image[side] + places.before()[side] + places.after()[side]);
        boolean countsPads = node.flag("count_include_pad", false)
                || Arrays.stream(pads(places)).allMatch(pad -> pad == 0);
        if (!isDense || (!isMaximum && !(isInside && countsPads))) {
            return Optional.empty();
        }
        Value shaped = shaped(name, x);
        return Optional.of(addImage(
                name,
                isMaximum
                        ? new LayerGraph.MaxPool(ints(window.kernel()), ints(window.strides()), pads(places))
                        : new LayerGraph.AveragePool(ints(window.kernel()), ints(window.strides()), pads(places)),
                zeros,
                shaped.node()));
    }

    /** Adds a pool over whole channels. */
    private Optional<Value> wholePool(Node node, String name, List<@Nullable Value> given, Tensor zeros) {
        Value x = given.get(0);
        if (x == null || x.isConstant() || x.tensor().dim() != 4) {
            return Optional.empty();
        }
        if (node.operator().equals("ReduceMean")) {
            Value input = given.size() > 1 ? given.get(1) : null;
            long[] axes = input != null
                    ? Tensors.longs(input.tensor())
                    : node.integers("axes").orElse(new long[0]);
            long[] counted = Arrays.stream(axes)
                    .map(axis -> axis < 0 ? axis + 4 : axis)
                    .sorted()
                    .toArray();
            if (!Arrays.equals(counted, new long[] {2, 3})) {
                return Optional.empty();
            }
        }
        int[] all = {(int) x.tensor().size(2), (int) x.tensor().size(3)};
        LayerGraph.Operation operation = node.operator().equals("GlobalMaxPool")
                ? new LayerGraph.MaxPool(all, all, new int[4])
                : new LayerGraph.AveragePool(all, all, new int[4]);
        Value image = shaped(name, x);
        Tensor pooled = torch.zeros(new long[] {1, x.tensor().size(1), 1, 1});
        Value result = addImage(name, operation, pooled, image.node());
        return Optional.of(new Value(zeros, result.node()));
    }

    /** Adds what moves numbers to other places, or nothing if all stay where they are. */
    private Value moved(String name, Value x, Function<Tensor, Tensor> move) {
        Tensor indices = indices(x, 1);
        double[] once = doubles(move.apply(indices));
        double[] shifted = doubles(move.apply(indices.add(new Scalar(SHIFT))));
        return rearranged(name, x.node(), x.size(), once, shifted, move.apply(x.tensor()));
    }

    private static Tensor indices(Value x, double first) {
        return torch.arange(new Scalar((double) x.size()), new TensorOptions(torch.ScalarType.Double))
                .add(new Scalar(first))
                .reshape(Tensors.sides(x.tensor()));
    }

    private Value rearranged(String name, int node, int size, double[] once, double[] shifted, Tensor zeros) {
        int[] source = new int[once.length];
        float[] constants = new float[once.length];
        boolean stays = once.length == size;
        for (int i = 0; i < source.length; i++) {
            boolean isConstant = shifted[i] == once[i];
            source[i] = isConstant ? -1 : (int) once[i] - 1;
            constants[i] = isConstant ? (float) once[i] : 0;
            stays &= source[i] == i;
        }
        return stays ? new Value(zeros, node) : add(name, new LayerGraph.Rearrangement(source, constants), zeros, node);
    }

    private Value concatenated(String name, List<@Nullable Value> given, Function<@Nullable Tensor[], Tensor> kernel) {
        List<Value> variables = new ArrayList<>();
        Tensor[] once = new Tensor[given.size()];
        Tensor[] shifted = new Tensor[given.size()];
        Tensor[] zeros = new Tensor[given.size()];
        int size = 0;
        for (int i = 0; i < once.length; i++) {
            Value value = given.get(i);
            if (value == null) {
                throw new GauntletException("A concatenation at %s lacks an input.".formatted(name));
            }
            zeros[i] = value.tensor();
            once[i] = value.tensor().to(torch.ScalarType.Double);
            shifted[i] = once[i];
            if (!value.isConstant()) {
                once[i] = indices(value, 1 + size);
                shifted[i] = once[i].add(new Scalar(SHIFT));
                variables.add(value);
                size += value.size();
            }
        }
        int node = variables.get(0).node();
        if (variables.size() > 1) {
            node = add(
                            name,
                            new LayerGraph.Concatenation(),
                            torch.zeros(new long[] {size}),
                            variables.stream().mapToInt(Value::node).toArray())
                    .node();
        }
        return rearranged(
                name, node, size, doubles(kernel.apply(once)), doubles(kernel.apply(shifted)), kernel.apply(zeros));
    }

    /** Gives a value the shape of an image. */
    private Value shaped(String name, Value x) {
        return Arrays.equals(nodes.get(x.node()).shape(), sides(x.tensor(), 1))
                ? x
                : addImage(name, new LayerGraph.Reshape(), x.tensor(), x.node());
    }

    private void output(String logits, OutputKind kind, long[] columns) {
        Value last = value(logits);
        if (last.isConstant()) {
            throw new GauntletException("The output '%s' does not depend on the input.".formatted(logits));
        }
        if (kind == OutputKind.ONE_LOGIT && last.size() == 1) {
            add("the output", new LayerGraph.Dense(2, 1, new float[] {0, 1}, new float[2]), new int[] {2}, last.node());
        } else if (kind != OutputKind.LOGITS) {
            add("the output", new LayerGraph.Unsupported(kind.name()), new int[] {last.size()}, last.node());
        } else if (columns.length > 0) {
            int[] source = Arrays.stream(columns).mapToInt(Math::toIntExact).toArray();
            add(
                    "the output",
                    new LayerGraph.Rearrangement(source, new float[source.length]),
                    new int[] {source.length},
                    last.node());
        } else if (last.node() != nodes.size() - 1) {
            add("the output", new LayerGraph.Reshape(), new int[] {last.size()}, last.node());
        }
    }

    private void unsupported(String what, String name, int size) {
        add(name, new LayerGraph.Unsupported(what), new int[] {size}, nodes.size() - 1);
    }

    private Value add(String name, LayerGraph.Operation operation, Tensor zeros, int... inputs) {
        add(name, operation, sides(zeros, 0), inputs);
        return new Value(zeros, nodes.size() - 1);
    }

    /** Adds a layer that gives an image, without the side of the examples. */
    private Value addImage(String name, LayerGraph.Operation operation, Tensor zeros, int input) {
        add(name, operation, sides(zeros, 1), input);
        return new Value(zeros, nodes.size() - 1);
    }

    private void add(String name, LayerGraph.Operation operation, int[] sides, int... inputs) {
        nodes.add(new LayerGraph.Node(name, operation, inputs, sides));
    }

    private static int[] sides(Tensor tensor, int skipped) {
        return Arrays.stream(Tensors.sides(tensor))
                .skip(skipped)
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    private static double[] numbers(long count, double value) {
        return LongStream.range(0, count).mapToDouble(i -> value).toArray();
    }

    private static double[] doubles(Tensor tensor) {
        Tensor wide = tensor.to(torch.ScalarType.Double).contiguous();
        double[] values = new double[Math.toIntExact(wide.numel())];
        if (values.length > 0) {
            wide.data_ptr_double().get(values);
        }
        return values;
    }

    /** Returns the numbers as 32-bit floats, if they are such. */
    private static Optional<float[]> floats(Tensor tensor) {
        float[] values = Tensors.floats(tensor);
        double[] exact = doubles(tensor);
        for (int i = 0; i < values.length; i++) {
            if (values[i] != exact[i] && !Double.isNaN(exact[i])) {
                return Optional.empty();
            }
        }
        return Optional.of(values);
    }
}
