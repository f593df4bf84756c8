package dev.gauntlet.onnx;

import dev.gauntlet.model.OutputKind;
import dev.gauntlet.model.RawOutputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The operations between the logits of a graph and its output.
 *
 * <p>It is guessed from the names of the operators, so the caller must compare the outputs after removing it.
 *
 * @param logits the name of the value with the logits
 * @param stages the functions from the logits to the output, in order; empty if the output is the logits
 * @param isScaled whether the output is also multiplied by a positive number and shifted
 * @param output the name of the value with the output as numbers
 */
record Tail(String logits, List<Squash> stages, boolean isScaled, String output) {
    /** Operators that preserve the numbers and change only their shape or type. */
    private static final Set<String> CARRIERS = Set.of(
            "Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Cast", "CastLike");

    /** The largest number of bounds and logarithms; no model has more. */
    private static final int DEEPEST = 8;

    /** The operator that wraps a matrix in dictionaries, used by converters of scikit-learn and LightGBM. */
    private static final String ZIP_MAP = "ai.onnx.ml.ZipMap";

    Tail {
        stages = List.copyOf(stages);
    }

    /**
     * A function that preserves the order of the logits of an image, and whose gradient vanishes where it saturates.
     */
    enum Squash {
        SOFTMAX("a softmax") {
            @Override
            float[] apply(float[] row) {
                double largest = Double.NEGATIVE_INFINITY;
                for (float value : row) {
                    largest = Math.max(largest, value);
                }
                double sum = 0;
                for (float value : row) {
                    sum += Math.exp(value - largest);
                }
                float[] squashed = new float[row.length];
                for (int k = 0; k < row.length; k++) {
                    squashed[k] = (float) (Math.exp(row[k] - largest) / sum);
                }
                return squashed;
            }
        },
        SIGMOID("a sigmoid of each output") {
            @Override
            float[] apply(float[] row) {
                float[] squashed = new float[row.length];
                for (int k = 0; k < row.length; k++) {
                    squashed[k] = (float) (1 / (1 + Math.exp(-row[k])));
                }
                return squashed;
            }
        },
        TANH("a hyperbolic tangent of each output") {
            @Override
            float[] apply(float[] row) {
                float[] squashed = new float[row.length];
                for (int k = 0; k < row.length; k++) {
                    squashed[k] = (float) Math.tanh(row[k]);
                }
                return squashed;
            }
        },
        /** The probability of class 1 beside that of class 0. */
        PAIR("its complement") {
            @Override
            float[] apply(float[] row) {
                return new float[] {1 - row[0], row[0]};
            }
        },
        LOGARITHM("its logarithm") {
            @Override
            float[] apply(float[] row) {
                throw new IllegalStateException("a logarithm is compared before it is computed");
            }
        };

        private final String title;

        Squash(String title) {
            this.title = title;
        }

        abstract float[] apply(float[] row);
    }

    /**
     * Finds the possible tails of a graph.
     *
     * @param graph the graph
     * @param output the name of its output
     * @return the tails, the longest first; the last one is empty
     */
    static List<Tail> candidates(Graph graph, String output) {
        Search search = new Search(graph);
        String numbers =
                wrapper(graph, output).map(node -> node.inputs().get(0)).orElse(output);
        List<Tail> candidates = new ArrayList<>();
        search.squash(numbers, 0)
                .ifPresent(found -> candidates.add(new Tail(found.logits, found.stages, found.isScaled, numbers)));
        candidates.add(new Tail(numbers, List.of(), false, numbers));
        return candidates;
    }

    /** Tells whether an output is a matrix wrapped in dictionaries. */
    static boolean isWrapped(Graph graph, String output) {
        return wrapper(graph, output).isPresent();
    }

    private static Optional<Node> wrapper(Graph graph, String output) {
        return graph.nodes().stream()
                .filter(node ->
                        node.operator().equals(ZIP_MAP) && node.outputs().contains(output) && node.hasInput(0))
                .findFirst();
    }

    /**
     * The classes of the columns of a matrix in dictionaries: their names in class order, and the column of each class.
     *
     * @param names the names, sorted
     * @param columns the columns
     */
    record Columns(List<String> names, int[] columns) {
        /** Returns what a reader must know: the numbers of the classes, unless their names are 0, 1, ... */
        Optional<String> notice() {
            List<String> plain =
                    IntStream.range(0, names.size()).mapToObj(Integer::toString).toList();
            return names.equals(plain)
                    ? Optional.empty()
                    : Optional.of("The file names its classes %s; they are classes 0 to %d in this order."
                            .formatted(
                                    String.join(", ", names.subList(0, Math.min(names.size(), LISTED)))
                                            + (names.size() > LISTED ? ", ..." : ""),
                                    names.size() - 1));
        }

        private static final int LISTED = 20;

        boolean isInOrder() {
            return IntStream.range(0, columns.length).allMatch(k -> columns[k] == k);
        }
    }

    /** Returns the classes of the columns, if the output is a matrix in dictionaries with class names. */
    static Optional<Columns> columns(Graph graph, String output) {
        Optional<Node> wrapper = wrapper(graph, output);
        if (wrapper.isEmpty()) {
            return Optional.empty();
        }
        long[] numbers = wrapper.get().integers("classlabels_int64s").orElse(new long[0]);
        List<String> texts = wrapper.get().texts("classlabels_strings");
        int count = Math.max(numbers.length, texts.size());
        int[] columns = IntStream.range(0, count)
                .boxed()
                .sorted((a, b) -> texts.isEmpty()
                        ? Long.compare(numbers[a], numbers[b])
                        : texts.get(a).compareTo(texts.get(b)))
                .mapToInt(column -> column)
                .toArray();
        List<String> names = Arrays.stream(columns)
                .mapToObj(column -> texts.isEmpty() ? Long.toString(numbers[column]) : texts.get(column))
                .toList();
        return count == 0 ? Optional.empty() : Optional.of(new Columns(names, columns));
    }

    boolean cuts() {
        return !stages.isEmpty();
    }

    /** Describes that the tail was removed. */
    Optional<String> notice() {
        if (!cuts()) {
            return Optional.empty();
        }
        boolean isLogarithm = stages.get(stages.size() - 1) == Squash.LOGARITHM;
        String squashes = stages.stream()
                .filter(stage -> stage != Squash.LOGARITHM)
                .map(stage -> stage.title)
                .collect(Collectors.joining(" and "));
        return Optional.of(
                "The model ends in %s; its input is used as logits, because attacks on probabilities fail where they round to 0 or 1."
                        .formatted(isLogarithm ? "the logarithm of " + squashes : squashes));
    }

    /**
     * Compares the output of the graph with this tail applied to the logits.
     *
     * @param output the output of the graph
     * @param outputs the values used as logits
     * @return the difference; infinite if the shapes differ
     */
    Difference difference(RawOutputs output, RawOutputs outputs) {
        // the softmax of a single number is always 1
        boolean isConstant = stages.contains(Squash.SOFTMAX) && outputs.perExample() == 1;
        boolean isLogarithm = cuts() && stages.get(stages.size() - 1) == Squash.LOGARITHM;
        float[] expected = output.values();
        if (isLogarithm) {
            // the logarithm of a number that was rounded to 0 is infinite
            expected = new float[expected.length];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = (float) Math.exp(output.values()[i]);
            }
        }
        float[] actual = applied(outputs, isLogarithm ? stages.subList(0, stages.size() - 1) : stages);
        if (isConstant || expected.length != actual.length) {
            return Difference.ENDLESS;
        }
        return Difference.of(expected, isScaled ? scaled(actual, expected) : actual);
    }

    /** Computes the best-fitting factor and offset; a negative factor is not accepted. */
    private static float[] scaled(float[] values, float[] target) {
        double n = values.length;
        double meanX = 0;
        double meanY = 0;
        for (int i = 0; i < values.length; i++) {
            meanX += values[i] / n;
            meanY += target[i] / n;
        }
        double covariance = 0;
        double variance = 0;
        for (int i = 0; i < values.length; i++) {
            covariance += (values[i] - meanX) * (target[i] - meanY);
            variance += (values[i] - meanX) * (values[i] - meanX);
        }
        double factor = covariance / variance;
        if (!(factor > 0)) {
            return values;
        }
        float[] scaled = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            scaled[i] = (float) (meanY + factor * (values[i] - meanX));
        }
        return scaled;
    }

    /** Returns the meaning of the values that this tail uses as logits. */
    OutputKind kind(RawOutputs outputs) {
        if (!cuts()) {
            return OutputKind.of(outputs);
        }
        return outputs.perExample() == 1 ? OutputKind.ONE_LOGIT : OutputKind.LOGITS;
    }

    private static float[] applied(RawOutputs outputs, List<Squash> stages) {
        if (stages.isEmpty()) {
            return outputs.values();
        }
        float[] values = new float[0];
        for (int row = 0; row < outputs.size(); row++) {
            int first = row * outputs.perExample();
            float[] squashed = Arrays.copyOfRange(outputs.values(), first, first + outputs.perExample());
            for (Squash stage : stages) {
                squashed = stage.apply(squashed);
            }
            if (row == 0) {
                values = new float[outputs.size() * squashed.length];
            }
            System.arraycopy(squashed, 0, values, row * squashed.length, squashed.length);
        }
        return values;
    }

    private record Found(String logits, List<Squash> stages, boolean isScaled) {
        static Found of(String logits, Squash... stages) {
            return new Found(logits, List.of(stages), false);
        }

        Found and(Squash stage) {
            return new Found(
                    logits, Stream.concat(stages.stream(), Stream.of(stage)).toList(), isScaled);
        }

        Found times() {
            return new Found(logits, stages, true);
        }
    }

    /** Walks from an output towards the input. */
    private static final class Search {
        private final Graph graph;
        private final Map<String, Node> producers = new HashMap<>();

        Search(Graph graph) {
            this.graph = graph;
            for (Node node : graph.nodes()) {
                // a secondary output of a node is something else, such as the mask of a dropout
                if (node.hasOutput(0)) {
                    producers.put(node.outputs().get(0), node);
                }
            }
        }

        private boolean isConstant(String name) {
            Node node = producers.get(name);
            return graph.constants().containsKey(name)
                    || (node != null && node.operator().equals("Constant"));
        }

        private Optional<Node> producer(String name) {
            return Optional.ofNullable(producers.get(name)).filter(node -> node.hasInput(0));
        }

        /**
         * Finds the operator that computes the numbers of a value, skipping operators that only reshape or convert
         * them.
         */
        private Optional<Node> maker(String name) {
            Optional<Node> node = producer(name);
            for (int steps = 0; node.isPresent() && CARRIERS.contains(node.get().operator()); steps++) {
                // more steps than nodes means a cycle
                node = steps > producers.size()
                        ? Optional.empty()
                        : producer(node.get().inputs().get(0));
            }
            return node;
        }

        private Optional<Node> maker(String name, String operator) {
            return maker(name).filter(node -> node.operator().equals(operator));
        }

        private static Optional<String> input(Node node, int index) {
            return node.hasInput(index) ? Optional.of(node.inputs().get(index)) : Optional.empty();
        }

        /** Finds all squashing functions of a value, the last first. */
        Optional<Found> squash(String name, int depth) {
            return last(name, depth).map(found -> {
                boolean isPlain = !found.stages.contains(Squash.PAIR) && !found.stages.contains(Squash.LOGARITHM);
                Optional<Found> before = isPlain ? squash(found.logits, depth + 1) : Optional.empty();
                // scaling in between could not be checked
                return before.filter(inner -> !inner.isScaled && !inner.stages.contains(Squash.LOGARITHM))
                        .map(inner -> new Found(
                                inner.logits,
                                Stream.concat(inner.stages.stream(), found.stages.stream())
                                        .toList(),
                                found.isScaled))
                        .orElse(found);
            });
        }

        private Optional<Found> last(String name, int depth) {
            Node node = maker(name).orElse(null);
            if (node == null || depth >= DEEPEST) {
                return Optional.empty();
            }
            String first = node.inputs().get(0);
            return switch (node.operator()) {
                case "Softmax" -> Optional.of(Found.of(first, Squash.SOFTMAX));
                case "Sigmoid" -> Optional.of(Found.of(first, Squash.SIGMOID));
                case "Tanh" -> Optional.of(Found.of(first, Squash.TANH));
                // a clip of anything else is part of the model
                case "Clip", "Min", "Max" -> throughBounds(node, depth + 1);
                case "Exp" ->
                    maker(first, "LogSoftmax")
                            .flatMap(log -> input(log, 0))
                            .map(logits -> Found.of(logits, Squash.SOFTMAX));
                case "Log" ->
                    last(first, depth + 1).filter(found -> !found.isScaled).map(found -> found.and(Squash.LOGARITHM));
                case "Div" ->
                    input(node, 1).flatMap(second -> quotient(first, second).or(() -> scaled(first, second, depth)));
                case "Mul" ->
                    input(node, 1)
                            .flatMap(second -> product(first, second)
                                    .or(() -> product(second, first))
                                    .or(() -> scaled(first, second, depth))
                                    .or(() -> scaled(second, first, depth)));
                case "Add" ->
                    input(node, 1)
                            .flatMap(second -> scaled(first, second, depth).or(() -> scaled(second, first, depth)));
                case "Sub" -> input(node, 1).flatMap(second -> scaled(first, second, depth));
                case "Concat" ->
                    node.inputs().size() == 2 ? pair(first, node.inputs().get(1), depth) : Optional.empty();
                case "Reciprocal" -> sigmoid(first);
                default -> Optional.empty();
            };
        }

        /** Skips a multiplication by a constant or an addition of one. */
        private Optional<Found> scaled(String value, String constant, int depth) {
            return isConstant(constant) ? last(value, depth + 1).map(Found::times) : Optional.empty();
        }

        /** Recognizes 1 - p beside p. */
        private Optional<Found> pair(String complement, String probability, int depth) {
            Optional<Node> own = maker(probability);
            return maker(complement, "Sub")
                    .flatMap(difference -> input(difference, 1))
                    .flatMap(this::maker)
                    .filter(node -> own.filter(node::equals).isPresent())
                    .flatMap(node -> last(probability, depth + 1))
                    .filter(found -> found.stages.equals(List.of(Squash.SIGMOID)) && !found.isScaled)
                    .map(found -> found.and(Squash.PAIR));
        }

        private Optional<Found> throughBounds(Node node, int depth) {
            return node.inputs().stream()
                    .filter(producers::containsKey)
                    .map(name -> last(name, depth))
                    .flatMap(Optional::stream)
                    .findFirst();
        }

        /** Recognizes exp(z) / sum(exp(z)), 1 / (1 + exp(-z)) and exp(z) / (1 + exp(z)). */
        private Optional<Found> quotient(String numerator, String denominator) {
            Optional<Node> power = maker(numerator, "Exp");
            if (power.isEmpty()) {
                return sigmoid(denominator);
            }
            return softmax(power.get(), denominator)
                    .or(() -> maker(denominator, "Add")
                            .filter(sum -> sum.inputs().stream()
                                    .anyMatch(term -> maker(term)
                                            .filter(power.get()::equals)
                                            .isPresent()))
                            .flatMap(sum -> input(power.get(), 0))
                            .map(logits -> Found.of(logits, Squash.SIGMOID)));
        }

        /** Recognizes exp(z) times 1 / sum(exp(z)). */
        private Optional<Found> product(String numerator, String inverse) {
            return maker(numerator, "Exp")
                    .flatMap(power -> maker(inverse, "Reciprocal")
                            .flatMap(reciprocal ->
                                    softmax(power, reciprocal.inputs().get(0))));
        }

        private Optional<Found> softmax(Node power, String sum) {
            Optional<Node> adding = maker(sum)
                    .flatMap(node -> node.operator().equals("Add")
                            // a small number that prevents a division by 0
                            ? node.inputs().stream()
                                    .map(this::maker)
                                    .flatMap(Optional::stream)
                                    .findFirst()
                            : Optional.of(node));
            return adding.filter(node -> node.operator().equals("ReduceSum")
                            || node.operator().equals("ReduceL1"))
                    .filter(node ->
                            maker(node.inputs().get(0)).filter(power::equals).isPresent())
                    .flatMap(node -> input(power, 0))
                    .map(this::withoutShift)
                    .map(logits -> Found.of(logits, Squash.SOFTMAX));
        }

        /** Returns z from z - max(z). */
        private String withoutShift(String name) {
            return maker(name, "Sub")
                    .filter(node -> input(node, 1)
                            .flatMap(largest -> maker(largest, "ReduceMax"))
                            .isPresent())
                    .map(node -> node.inputs().get(0))
                    .orElse(name);
        }

        /** Recognizes the denominator 1 + exp(-z). */
        private Optional<Found> sigmoid(String denominator) {
            return maker(denominator, "Add")
                    .flatMap(sum -> sum.inputs().stream()
                            .map(term -> maker(term, "Exp"))
                            .flatMap(Optional::stream)
                            .findFirst())
                    .flatMap(power -> maker(power.inputs().get(0)))
                    .flatMap(this::negated)
                    .map(logits -> Found.of(logits, Squash.SIGMOID));
        }

        private Optional<String> negated(Node node) {
            return switch (node.operator()) {
                case "Neg" -> input(node, 0);
                case "Sub" -> input(node, 1);
                case "Mul" ->
                    node.inputs().stream().filter(producers::containsKey).findFirst();
                default -> Optional.empty();
            };
        }
    }
}
