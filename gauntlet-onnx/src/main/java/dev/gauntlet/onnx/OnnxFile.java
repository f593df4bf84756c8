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
import java.util.stream.Stream;

/**
 * A parsed ONNX file: its graph, and the input and output that an evaluation uses.
 *
 * @param path the file
 * @param sha256 the SHA-256 of its content or, with tensors in other files, of its content and theirs
 * @param graph its graph
 * @param input its input
 * @param output the output that is used as logits
 * @param contract its preprocessing
 * @param notices what a reader must know about these choices
 */
record OnnxFile(
        Path path,
        String sha256,
        Graph graph,
        InputPort input,
        Graph.Port output,
        InputSpec contract,
        List<String> notices) {
    /** Java cannot map larger files, and the format itself has the same limit. */
    private static final long MAXIMUM_FILE = 2_000_000_000;

    /**
     * Reads a file.
     *
     * @param path the file
     * @param contract the preprocessing that the model expects
     */
    static OnnxFile read(Path path, InputSpec contract) {
        ByteBuffer content = mapped(path);
        Graph graph = GraphReader.read(path, content.duplicate());
        if (graph.inputs().size() != 1) {
            throw new GauntletException("%s takes %d inputs (%s); an image classifier takes exactly one."
                    .formatted(path, graph.inputs().size(), ports(graph.inputs())));
        }
        InputPort input = InputPort.of(path.toString(), graph.inputs().get(0), contract);
        Graph.Port output = output(path, graph, contract.logits());
        List<String> notices = new ArrayList<>();
        input.notice(contract).ifPresent(notices::add);
        if (graph.outputs().size() > 1 && contract.logits().isEmpty()) {
            notices.add(
                    "The model has several outputs (%s); '%s' is used as the logits; if that is wrong, select another output by name."
                            .formatted(ports(graph.outputs()), output.name()));
        }
        Tail.columns(graph, output.name()).flatMap(Tail.Columns::notice).ifPresent(notices::add);
        return new OnnxFile(
                path, sha256(content, graph), graph, input, output, input.contract(contract), List.copyOf(notices));
    }

    /** Returns the file itself and those that store its tensors. */
    static List<Path> files(Path path) {
        return Stream.concat(Stream.of(path), GraphReader.externalFiles(path, mapped(path)).stream())
                .toList();
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

    /** Rates how unlikely it is that an output contains the logits; many files also return the class as an integer. */
    private static int oddness(Graph graph, Graph.Port port) {
        boolean isFloating = ElementType.isFloating(port.type());
        // an image or a feature map has several dimensions
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

    /** Returns why the output has no gradient, if it has none. */
    Optional<String> outputObstacle() {
        if (ElementType.isFloating(output.type()) || Tail.isWrapped(graph, output.name())) {
            return Optional.empty();
        }
        if (givesClassNumbers()) {
            return Optional.of(onlyClasses());
        }
        return Optional.of(
                "%s returns %s in its output %s, where numbers are expected; select another output for the logits."
                        .formatted(path, ElementType.name(output.type()), output));
    }

    /** Tells whether there is a single integer per image. */
    private boolean givesClassNumbers() {
        return ElementType.isInteger(output.type())
                && Arrays.stream(output.sides()).skip(1).allMatch(side -> side == 1);
    }

    private static String ports(List<Graph.Port> ports) {
        return ports.isEmpty()
                ? "none"
                : ports.stream().map(Graph.Port::toString).collect(Collectors.joining(", "));
    }

    /** Leaves the content on the disk; the weights go directly from there to libtorch. */
    private static ByteBuffer mapped(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new GauntletException("The model file %s does not exist; check the path.".formatted(file));
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

    /** Describes that there are no logits, only predictions, with advice. */
    String onlyClasses() {
        return "%s returns only the number of the predicted class, which has no gradient; %s"
                .formatted(path, BlackBoxAdvice.forDecisions(path));
    }

    /** Describes why the output has no gradient with respect to the input, independent of the graph, with advice. */
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

    /** Tells whether the file computes with 16-bit floats. */
    boolean roundsToHalves() {
        return ElementType.isHalf(input.type())
                || graph.constants().values().stream()
                        .anyMatch(constant -> constant.type().isHalf())
                || graph.nodes().stream()
                        .anyMatch(node -> node.operator().equals("Cast") && ElementType.isHalf(node.integer("to", 0)));
    }

    /** Returns the classes of the columns, if the file defines them. */
    Optional<Tail.Columns> columns() {
        return Tail.columns(graph, output.name());
    }

    /** Returns the possible tails between the logits and the output, the longest first. */
    List<Tail> tails() {
        return Tail.candidates(graph, output.name());
    }

    String name() {
        return String.valueOf(path.getFileName());
    }

    /**
     * Returns the number of floating-point numbers in the file, which approximates the number of trainable parameters.
     */
    long parameters() {
        return graph.constants().values().stream()
                .filter(constant -> constant.type().isFloating())
                .mapToLong(Constant::count)
                .sum();
    }

    /** Lists the operators and their numbers. */
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
