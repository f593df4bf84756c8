package dev.gauntlet.onnx;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A description of an ONNX file for attacks.
 *
 * @param opset the version of the operators
 * @param producer the program that wrote the file, with its version; may be empty
 * @param parameters the number of floating-point numbers in the file
 * @param layers the nodes in order, each with its name and the shape of its weights
 * @param input the input with its shape and layout
 * @param shape the shape of an image, if the file defines it
 * @param layout the order of the numbers of an image
 * @param takesIntegers whether the input is an integer type, such as bytes
 * @param output the output that is used as logits, with its shape
 * @param otherOutputs the other outputs
 * @param obstacle why it has no gradient, if it has none
 */
public record OnnxDescription(
        long opset,
        String producer,
        long parameters,
        List<String> layers,
        String input,
        Optional<ImageShape> shape,
        Layout layout,
        boolean takesIntegers,
        String output,
        List<String> otherOutputs,
        Optional<String> obstacle) {
    public OnnxDescription {
        layers = List.copyOf(layers);
        otherOutputs = List.copyOf(otherOutputs);
    }

    static OnnxDescription of(OnnxFile file) {
        Graph graph = file.graph();
        return new OnnxDescription(
                graph.opset(),
                graph.producer(),
                file.parameters(),
                graph.nodes().stream().map(node -> line(graph, node)).toList(),
                "%s %s"
                        .formatted(
                                graph.inputs().get(0),
                                file.input().sides().length == 4 ? file.input().layout() : "flat"),
                file.input().shape(),
                file.input().layout(),
                ElementType.isInteger(file.input().type()),
                file.output().toString(),
                graph.outputs().stream()
                        .filter(port -> !port.equals(file.output()))
                        .map(Graph.Port::toString)
                        .toList(),
                file.obstacle()
                        .or(() -> CompiledGraph.obstacle(
                                file.path().toString(),
                                graph,
                                file.input().name(),
                                file.tails().get(0).logits())));
    }

    private static String line(Graph graph, Node node) {
        String weights = node.inputs().stream()
                .filter(graph.constants()::containsKey)
                .map(name -> graph.constants().get(name))
                .filter(constant -> constant.type().isFloating() && constant.sides().length > 0)
                .map(constant ->
                        Arrays.stream(constant.sides()).mapToObj(Long::toString).collect(Collectors.joining("x")))
                .collect(Collectors.joining(", "));
        return weights.isEmpty()
                ? "%s  %s".formatted(node.operator(), node.name())
                : "%s  %s  %s".formatted(node.operator(), node.name(), weights);
    }
}
