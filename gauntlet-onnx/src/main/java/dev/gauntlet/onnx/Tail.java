package dev.gauntlet.onnx;

import dev.gauntlet.model.OutputKind;
import dev.gauntlet.model.RawOutputs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What stands between the logits of a graph and its output.
 *
 * <p>It is guessed from the names of the operators alone, so whoever cuts it off has to compare the outputs.
 *
 * @param logits the value that holds the logits
 * @param squash what makes the output of them
 * @param output the value that holds what the graph gives as numbers
 */
record Tail(String logits, Squash squash, String output) {
    /** Operators that give the numbers that they are given, in another shape or type at most. */
    private static final Set<String> CARRIERS = Set.of(
            "Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Cast", "CastLike");

    /** A tail of more bounds and logarithms is none that a model has. */
    private static final int DEEPEST = 8;

    /** Wraps a matrix in dictionaries, as converters of scikit-learn and LightGBM do. */
    private static final String ZIP_MAP = "ai.onnx.ml.ZipMap";

    /** A function that keeps the order of the logits of an image, and makes an attack blind where it saturates. */
    enum Squash {
        NONE("") {
            @Override
            void apply(float[] row) {
                // the output is what it is
            }
        },
        SOFTMAX("a softmax") {
            @Override
            void apply(float[] row) {
                double log = logOfSum(row);
                for (int k = 0; k < row.length; k++) {
                    row[k] = (float) Math.exp(row[k] - log);
                }
            }
        },
        LOG_OF_SOFTMAX("the logarithm of a softmax") {
            @Override
            void apply(float[] row) {
                double log = logOfSum(row);
                for (int k = 0; k < row.length; k++) {
                    row[k] = (float) (row[k] - log);
                }
            }
        },
        SIGMOID("a sigmoid of each output") {
            @Override
            void apply(float[] row) {
                for (int k = 0; k < row.length; k++) {
                    row[k] = (float) (1 / (1 + Math.exp(-row[k])));
                }
            }
        };

        private final String title;

        Squash(String title) {
            this.title = title;
        }

        abstract void apply(float[] row);

        private static double logOfSum(float[] row) {
            double largest = Double.NEGATIVE_INFINITY;
            for (float value : row) {
                largest = Math.max(largest, value);
            }
            double sum = 0;
            for (float value : row) {
                sum += Math.exp(value - largest);
            }
            return largest + Math.log(sum);
        }
    }

    /**
     * Finds the tails that a graph seems to have.
     *
     * @param graph the graph
     * @param output the name of its output
     * @return first what cuts off most; last the output as it is
     */
    static List<Tail> candidates(Graph graph, String output) {
        Search search = new Search(graph);
        String numbers = search.unwrapped(output);
        List<Tail> candidates = new ArrayList<>();
        search.squash(numbers, 0).ifPresent(found -> candidates.add(new Tail(found.logits, found.squash, numbers)));
        candidates.add(new Tail(numbers, Squash.NONE, numbers));
        return candidates;
    }

    /** Tells whether an output is a matrix in dictionaries. */
    static boolean isWrapped(Graph graph, String output) {
        return graph.nodes().stream()
                .anyMatch(node ->
                        node.operator().equals(ZIP_MAP) && node.outputs().contains(output) && node.hasInput(0));
    }

    boolean cuts() {
        return squash != Squash.NONE;
    }

    /** Says that the tail was cut off. */
    Optional<String> notice() {
        return cuts()
                ? Optional.of(
                        "The model ends in %s; its input is taken for the logits, because attacks on probabilities fail where they round to 0 or 1."
                                .formatted(squash.title))
                : Optional.empty();
    }

    /**
     * Tells whether the output of the graph is what this tail makes of the logits.
     *
     * @param output what the graph gives
     * @param outputs what is taken for the logits
     * @param tolerance how far both may be apart, relative to the largest or, below 1, absolute
     */
    boolean explains(RawOutputs output, RawOutputs outputs, double tolerance) {
        // of a single number a softmax makes 1, whatever it is
        boolean says = squash == Squash.NONE || squash == Squash.SIGMOID || outputs.perExample() > 1;
        return says
                && output.values().length == outputs.values().length
                && Difference.of(output.values(), applied(outputs)).within(tolerance);
    }

    /** Says what the values are that this tail takes for the logits. */
    OutputKind kind(RawOutputs outputs) {
        if (!cuts()) {
            return OutputKind.of(outputs);
        }
        return outputs.perExample() == 1 ? OutputKind.ONE_LOGIT : OutputKind.LOGITS;
    }

    /** Computes what the graph gives for some logits. */
    float[] applied(RawOutputs outputs) {
        float[] values = outputs.values().clone();
        float[] row = new float[outputs.perExample()];
        for (int first = 0; first < values.length; first += row.length) {
            System.arraycopy(values, first, row, 0, row.length);
            squash.apply(row);
            System.arraycopy(row, 0, values, first, row.length);
        }
        return values;
    }

    private record Found(String logits, Squash squash) {}

    /** Goes from an output towards the input. */
    private static final class Search {
        private final Map<String, Node> producers = new HashMap<>();

        Search(Graph graph) {
            for (Node node : graph.nodes()) {
                for (int i = 0; i < node.outputs().size(); i++) {
                    // a further output of a node is another thing, such as the mask of a dropout
                    if (i == 0 && node.hasOutput(i)) {
                        producers.put(node.outputs().get(i), node);
                    }
                }
            }
        }

        /** Returns what is inside the dictionaries. */
        String unwrapped(String name) {
            return producer(name)
                    .filter(node -> node.operator().equals(ZIP_MAP))
                    .map(node -> node.inputs().get(0))
                    .orElse(name);
        }

        private Optional<Node> producer(String name) {
            return Optional.ofNullable(producers.get(name)).filter(node -> node.hasInput(0));
        }

        /** Finds the operator that makes the numbers of a value, behind those that only carry them. */
        private Optional<Node> maker(String name) {
            Optional<Node> node = producer(name);
            for (int steps = 0; node.isPresent() && CARRIERS.contains(node.get().operator()); steps++) {
                // more nodes than there are is a circle
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

        Optional<Found> squash(String name, int depth) {
            Node node = maker(name).orElse(null);
            if (node == null || depth == DEEPEST) {
                return Optional.empty();
            }
            String first = node.inputs().get(0);
            return switch (node.operator()) {
                case "Softmax" -> Optional.of(new Found(first, Squash.SOFTMAX));
                case "Sigmoid" -> Optional.of(new Found(first, Squash.SIGMOID));
                // a clip of anything else is a part of the model
                case "Clip", "Min", "Max" -> throughBounds(node, depth + 1);
                case "Exp" ->
                    maker(first, "LogSoftmax")
                            .flatMap(log -> input(log, 0))
                            .map(logits -> new Found(logits, Squash.SOFTMAX));
                case "Log" ->
                    squash(first, depth + 1)
                            .filter(found -> found.squash == Squash.SOFTMAX)
                            .map(found -> new Found(found.logits, Squash.LOG_OF_SOFTMAX));
                case "Div" -> input(node, 1).flatMap(second -> quotient(first, second));
                case "Mul" ->
                    input(node, 1).flatMap(second -> product(first, second).or(() -> product(second, first)));
                case "Reciprocal" -> sigmoid(first);
                default -> Optional.empty();
            };
        }

        private Optional<Found> throughBounds(Node node, int depth) {
            return node.inputs().stream()
                    .filter(producers::containsKey)
                    .map(name -> squash(name, depth))
                    .flatMap(Optional::stream)
                    .findFirst();
        }

        /** Recognises exp(z) / sum(exp(z)), 1 / (1 + exp(-z)) and exp(z) / (1 + exp(z)). */
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
                            .map(logits -> new Found(logits, Squash.SIGMOID)));
        }

        /** Recognises exp(z) times 1 / sum(exp(z)). */
        private Optional<Found> product(String numerator, String inverse) {
            return maker(numerator, "Exp")
                    .flatMap(power -> maker(inverse, "Reciprocal")
                            .flatMap(reciprocal ->
                                    softmax(power, reciprocal.inputs().get(0))));
        }

        private Optional<Found> softmax(Node power, String sum) {
            Optional<Node> adding = maker(sum)
                    .flatMap(node -> node.operator().equals("Add")
                            // a small number against a division by 0
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
                    .map(logits -> new Found(logits, Squash.SOFTMAX));
        }

        /** Takes z of z - max(z). */
        private String withoutShift(String name) {
            return maker(name, "Sub")
                    .filter(node -> input(node, 1)
                            .flatMap(largest -> maker(largest, "ReduceMax"))
                            .isPresent())
                    .map(node -> node.inputs().get(0))
                    .orElse(name);
        }

        /** Recognises the denominator 1 + exp(-z). */
        private Optional<Found> sigmoid(String denominator) {
            return maker(denominator, "Add")
                    .flatMap(sum -> sum.inputs().stream()
                            .map(term -> maker(term, "Exp"))
                            .flatMap(Optional::stream)
                            .findFirst())
                    .flatMap(power -> maker(power.inputs().get(0)))
                    .flatMap(this::negated)
                    .map(logits -> new Found(logits, Squash.SIGMOID));
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
