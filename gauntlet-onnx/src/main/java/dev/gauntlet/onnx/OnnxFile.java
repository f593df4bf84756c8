package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Sha256;
import dev.gauntlet.model.ModelContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * An ONNX file that has been read: its graph, and which input and output an evaluation works with.
 *
 * @param path the file
 * @param sha256 the SHA-256 of its content or, with tensors in other files, of its content and theirs
 * @param graph what is in it
 * @param input its input
 * @param output the output that is taken for the logits
 */
record OnnxFile(Path path, String sha256, Graph graph, InputPort input, Graph.Port output) {
    /** Larger files cannot be mapped by Java, and the format itself ends there. */
    private static final long MAXIMUM_FILE = 2_000_000_000;

    /**
     * Reads a file.
     *
     * @param path the file
     * @param contract what the model wants to be given
     */
    static OnnxFile read(Path path, ModelContract contract) {
        ByteBuffer content = mapped(path);
        Graph graph = GraphReader.read(path, content.duplicate());
        if (graph.inputs().size() != 1) {
            throw new GauntletException("%s takes %d inputs (%s); a classifier takes one, the images."
                    .formatted(path, graph.inputs().size(), ports(graph.inputs())));
        }
        return new OnnxFile(
                path,
                sha256(content, graph),
                graph,
                InputPort.of(path.toString(), graph.inputs().get(0), contract),
                output(path, graph.outputs(), contract.logits()));
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

    private static Graph.Port output(Path path, List<Graph.Port> outputs, Optional<String> name) {
        if (outputs.isEmpty()) {
            throw new GauntletException("%s declares no output.".formatted(path));
        }
        if (name.isPresent()) {
            return outputs.stream()
                    .filter(port -> port.name().equals(name.get()))
                    .findFirst()
                    .orElseThrow(() -> new GauntletException(
                            "%s has no output '%s'; it has %s.".formatted(path, name.get(), ports(outputs))));
        }
        // beside the logits some files give the predicted label, as an integer
        return outputs.stream()
                .filter(port -> port.type() == ElementType.FLOAT.code() && port.sides().length == 2)
                .findFirst()
                .orElse(outputs.get(0));
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

    /**
     * Returns the node that gives the output if it is a softmax over the classes, whose input is then the logits.
     *
     * @return the softmax, or nothing
     */
    Optional<Node> softmaxAtTheEnd() {
        String name = output.name();
        for (int i = graph.nodes().size() - 1; i >= 0; i--) {
            Node node = graph.nodes().get(i);
            if (!node.outputs().contains(name)) {
                continue;
            }
            if (node.operator().equals("Identity") && node.hasInput(0)) {
                name = node.inputs().get(0);
                continue;
            }
            long axis = node.integer("axis", graph.opset() >= 13 ? -1 : 1);
            boolean overClasses = axis == 1 || axis == -1;
            return node.operator().equals("Softmax") && overClasses && node.hasInput(0)
                    ? Optional.of(node)
                    : Optional.empty();
        }
        return Optional.empty();
    }
}
