package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.model.InputSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An ONNX file that has been read: its graph, and which input and output an evaluation works with.
 *
 * @param path the file
 * @param sha256 the SHA-256 of its content or, with tensors in other files, of its content and theirs
 * @param graph what is in it
 * @param input its input
 * @param output the output that is taken for the logits
 * @param contract what the model is given
 * @param notices what a reader must know of these choices
 */
record OnnxFile(
        Path path,
        String sha256,
        Graph graph,
        InputPort input,
        Graph.Port output,
        InputSpec contract,
        List<String> notices) {
    /** Larger files cannot be mapped by Java, and the format itself ends there. */
    private static final long MAXIMUM_FILE = 2_000_000_000;

    /**
     * Reads a file.
     *
     * @param path the file
     * @param contract what the model wants to be given
     */
    static OnnxFile read(Path path, InputSpec contract) {
        ByteBuffer content = mapped(path);
        Graph graph = GraphReader.read(path, content.duplicate());
        if (graph.inputs().size() != 1) {
            throw new GauntletException("%s takes %d inputs (%s); a classifier takes one, the images."
                    .formatted(path, graph.inputs().size(), ports(graph.inputs())));
        }
        InputPort input = InputPort.of(path.toString(), graph.inputs().get(0), contract);
        Graph.Port output = output(path, graph, contract.logits());
        List<String> notices = new ArrayList<>();
        input.notice(contract).ifPresent(notices::add);
        if (graph.outputs().size() > 1 && contract.logits().isEmpty()) {
            notices.add(
                    "The model has several outputs (%s); '%s' is taken for the logits, choose another by its name with --logits."
                            .formatted(ports(graph.outputs()), output.name()));
        }
        Tail.columns(graph, output.name()).flatMap(Tail.Columns::notice).ifPresent(notices::add);
        return new OnnxFile(
                path, sha256(content, graph), graph, input, output, input.contract(contract), List.copyOf(notices));
    }

    private static String sha256(ByteBuffer content, Graph graph) {
        MessageDigest digest = Sha256.digest();
        digest.update(content);
        for (String name : graph.external()) {
            Constant constant = graph.constants().get(name);
            if (constant != null) {
                digest.update(constant.content().duplicate());
            }
        }
        return Sha256.hex(digest);
    }

    private static Graph.Port output(Path path, Graph graph, Optional<String> name) {
        List<Graph.Port> outputs = graph.outputs();
        if (outputs.isEmpty()) {
            throw new GauntletException("%s declares no output.".formatted(path));
        }
        if (name.isPresent()) {
            return outputs.stream()
                    .filter(port -> port.name().equals(name.get()))
                    .findFirst()
                    .or(() -> IntStream.range(0, outputs.size())
                            .filter(place -> Integer.toString(place).equals(name.get()))
                            .mapToObj(outputs::get)
                            .findFirst())
                    .orElseThrow(() -> new GauntletException(
                            "%s has no output '%s'; it has %s.".formatted(path, name.get(), ports(outputs))));
        }
        return outputs.stream()
                .min(Comparator.comparingInt(port -> oddness(graph, port)))
                .orElseThrow();
    }

    /** Says how much is against an output being the logits; beside them many files give the class as an integer. */
    private static int oddness(Graph graph, Graph.Port port) {
        boolean isFloating = ElementType.isFloating(port.type());
        // an image or a feature map has several sides
        boolean isRow =
                Arrays.stream(port.sides()).skip(1).filter(side -> side != 1).count() <= 1;
        String name = port.name().toLowerCase(Locale.ROOT);
        if (isFloating && isRow && name.equals("logits")) {
            return 0;
        }
        if (isFloating && isRow && name.contains("logit")) {
            return name.contains("aux") ? 2 : 1;
        }
        if (isFloating && isRow && port.sides().length >= 2) {
            return 2;
        }
        if (Tail.isWrapped(graph, port.name())) {
            return 3;
        }
        if (isFloating) {
            return isRow ? 4 : 5;
        }
        return ElementType.isInteger(port.type()) ? 6 : 7;
    }

    /** Says why the output has no gradient, if that is so. */
    Optional<String> outputObstacle() {
        if (ElementType.isFloating(output.type()) || Tail.isWrapped(graph, output.name())) {
            return Optional.empty();
        }
        if (givesClassNumbers()) {
            return Optional.of(onlyClasses());
        }
        return Optional.of(
                "%s gives %s in its output %s, where numbers are expected; choose another output with --logits."
                        .formatted(path, ElementType.name(output.type()), output));
    }

    /** Tells whether there is a single integer for each image. */
    private boolean givesClassNumbers() {
        return ElementType.isInteger(output.type())
                && Arrays.stream(output.sides()).skip(1).allMatch(side -> side == 1);
    }

    private static String ports(List<Graph.Port> ports) {
        return ports.isEmpty()
                ? "none"
                : ports.stream().map(Graph.Port::toString).collect(Collectors.joining(", "));
    }

    /** Leaves the content on the disk, from where the weights go straight to libtorch. */
    private static ByteBuffer mapped(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new GauntletException("There is no model file %s; check the path.".formatted(file));
        }
        try (FileChannel channel = FileChannel.open(file)) {
            if (channel.size() > MAXIMUM_FILE) {
                throw new GauntletException(
                        "%s is larger than %d bytes; keep its weights in external data.".formatted(file, MAXIMUM_FILE));
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        } catch (IOException e) {
            throw new GauntletException("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
        }
    }

    /** Says that there are no logits, only predictions, and what to do. */
    String onlyClasses() {
        return "%s gives only the number of the predicted class, which has no gradient; %s"
                .formatted(path, BlackBoxAdvice.forDecisions(path));
    }

    /** Says why there is no gradient from the output to the input, whatever is between them, and what to do. */
    Optional<String> obstacle() {
        return input.obstacle()
                .map(reason -> "%s; %s"
                        .formatted(
                                reason,
                                outputObstacle().isPresent()
                                        ? BlackBoxAdvice.forDecisions(path)
                                        : BlackBoxAdvice.forLogits(path)))
                .or(this::outputObstacle);
    }

    /** Tells whether the file computes with floats of 16 bits. */
    boolean roundsToHalves() {
        return ElementType.isHalf(input.type())
                || graph.constants().values().stream()
                        .anyMatch(constant -> constant.type().isHalf())
                || graph.nodes().stream()
                        .anyMatch(node -> node.operator().equals("Cast") && ElementType.isHalf(node.integer("to", 0)));
    }

    /** Returns which columns are which classes, if the file says it. */
    Optional<Tail.Columns> columns() {
        return Tail.columns(graph, output.name());
    }

    /** Returns what may stand between the logits and the output, that which cuts off most first. */
    List<Tail> tails() {
        return Tail.candidates(graph, output.name());
    }

    String name() {
        return String.valueOf(path.getFileName());
    }

    /** Returns the number of floating-point numbers in the file, which is near that of the trained ones. */
    long parameters() {
        return graph.constants().values().stream()
                .filter(constant -> constant.type().isFloating())
                .mapToLong(Constant::count)
                .sum();
    }

    /** Says which operators there are, and how many of each. */
    String architecture() {
        Map<String, Integer> counts = new TreeMap<>();
        graph.nodes().forEach(node -> counts.merge(node.operator(), 1, Integer::sum));
        return "ONNX opset %d: %s"
                .formatted(
                        graph.opset(),
                        counts.entrySet().stream()
                                .map(entry -> entry.getValue() == 1
                                        ? entry.getKey()
                                        : "%d %s".formatted(entry.getValue(), entry.getKey()))
                                .collect(Collectors.joining(", ")));
    }
}
