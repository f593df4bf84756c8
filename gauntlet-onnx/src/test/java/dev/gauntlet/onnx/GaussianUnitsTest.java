package dev.gauntlet.onnx;

import static dev.gauntlet.onnx.OperatorCase.operator;
import static dev.gauntlet.onnx.OperatorCase.sides;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.testkit.OnnxElement;
import dev.gauntlet.testkit.OnnxWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The Gaussian error linear unit, in one step and as its parts. */
class GaussianUnitsTest extends OperatorContract {
    @Override
    Stream<OperatorCase> cases() {
        return all();
    }

    /** The Gaussian error linear unit in the forms in which it is exported, and forms that only look like it. */
    static Stream<OperatorCase> all() {
        List<OperatorCase> cases = new ArrayList<>();
        for (double half : new double[] {0.5, 0.25}) {
            for (double one : new double[] {1, -1}) {
                cases.add(operator("Gelu in parts %s %s".formatted(half, one), 13, sides(2, 3, 4), graph -> {
                    unitConstants(graph, half, one);
                    graph.node("Div", List.of("x", "r"), List.of("d"))
                            .node("Erf", "d", "e")
                            .node("Add", List.of("e", "o"), List.of("s"))
                            .node("Mul", List.of("x", "s"), List.of("p"))
                            .node("Mul", List.of("p", "h"), List.of("y"));
                }));
                cases.add(operator("Gelu halved first %s %s".formatted(half, one), 13, sides(2, 3, 4), graph -> {
                    unitConstants(graph, half, one);
                    graph.node("Mul", List.of("h", "x"), List.of("p"))
                            .node("Mul", List.of("x", "q"), List.of("d"))
                            .node("Erf", "d", "e")
                            .node("Add", List.of("o", "e"), List.of("s"))
                            .node("Mul", List.of("s", "p"), List.of("y"));
                }));
            }
        }
        for (String seen : List.of("d", "e", "s", "p")) {
            cases.add(operator("Gelu whose %s is also wanted".formatted(seen), 13, sides(3, 4), graph -> {
                unitConstants(graph, 0.5, 1);
                graph.node("Div", List.of("x", "r"), List.of("d"))
                        .node("Erf", "d", "e")
                        .node("Add", List.of("e", "o"), List.of("s"))
                        .node("Mul", List.of("x", "s"), List.of("p"))
                        .node("Mul", List.of("p", "h"), List.of("g"))
                        .node("Add", List.of("g", seen), List.of("y"));
            }));
        }
        cases.add(operator("Gelu of another", 13, sides(3, 4), graph -> {
            unitConstants(graph, 0.5, 1);
            graph.node("Tanh", "x", "t")
                    .node("Div", List.of("x", "r"), List.of("d"))
                    .node("Erf", "d", "e")
                    .node("Add", List.of("e", "o"), List.of("s"))
                    .node("Mul", List.of("t", "s"), List.of("p"))
                    .node("Mul", List.of("p", "h"), List.of("y"));
        }));
        return cases.stream();
    }

    private static void unitConstants(OnnxWriter graph, double half, double one) {
        graph.floats("r", sides(), (float) Math.sqrt(2))
                .floats("q", sides(), (float) Math.sqrt(0.5))
                .floats("o", sides(), (float) one)
                .floats("h", sides(), (float) half);
    }

    @Test
    void gaussianUnitIsComputedInOneStep() {
        List<Integer> steps = new ArrayList<>();
        all().forEach(one -> {
            Graph graph = GraphReader.read(Path.of("test"), ByteBuffer.wrap(one.file(OnnxElement.FLOAT)));
            try (CompiledGraph program = CompiledGraph.of("test", graph, "x", "y")) {
                steps.add(program.size());
            }
        });

        assertThat(steps).containsExactly(1, 1, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6);
    }
}
