package dev.gauntlet.onnx;

import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.integers;
import static dev.gauntlet.testkit.OnnxWriter.numbers;
import static dev.gauntlet.testkit.OnnxWriter.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.gauntlet.GauntletException;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.testkit.OnnxElement;
import dev.gauntlet.testkit.OnnxWriter;
import dev.gauntlet.testkit.ProtobufWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that somebody wrote to break the program: each has to end in one line. */
class HostileOnnxTest {
    @TempDir
    private Path folder;

    private static Arguments hostile(String name, String reason, UnaryOperator<OnnxWriter> graph) {
        return Arguments.of(Named.of(name, graph), reason);
    }

    static Stream<Arguments> hostileGraphs() {
        return Stream.of(
                hostile(
                        "a circle",
                        "takes the value 'b', which no earlier node defines",
                        graph -> graph.node("Add", List.of("x", "b"), List.of("a"))
                                .node("Neg", "a", "b")
                                .node("Neg", "b", "y")),
                hostile(
                        "a node that takes itself",
                        "which no earlier node defines",
                        graph -> graph.node("Add", List.of("x", "y"), List.of("y"))),
                hostile(
                        "nothing gives the output",
                        "does not depend on the input",
                        graph -> graph.node("Neg", "x", "a")),
                hostile(
                        "a value given twice",
                        "two nodes define the value 'y'",
                        graph -> graph.node("Neg", "x", "y").node("Neg", "x", "y")),
                hostile(
                        "a tensor of gigantic sides",
                        "which is too large for any file",
                        graph -> graph.tensor(OnnxWriter.rawTensor(
                                        "w", OnnxElement.FLOAT, new long[] {1L << 40, 1L << 40}, new byte[4]))
                                .node("Add", List.of("x", "w"), List.of("y"))),
                hostile(
                        "a tensor of negative sides",
                        "which is too large for any file",
                        graph -> graph.tensor(
                                        OnnxWriter.rawTensor("w", OnnxElement.FLOAT, new long[] {-1, -4}, new byte[16]))
                                .node("Add", List.of("x", "w"), List.of("y"))),
                hostile(
                        "a tensor of no numbers but gigantic sides",
                        "which is too large for any file",
                        graph -> graph.tensor(OnnxWriter.rawTensor(
                                        "w", OnnxElement.FLOAT, new long[] {0, 1L << 40, 1L << 40}, new byte[0]))
                                .node("Add", List.of("x", "w"), List.of("y"))),
                hostile(
                        "a tensor with too few numbers",
                        "takes 400 bytes, but has 4",
                        graph -> graph.tensor(
                                        OnnxWriter.rawTensor("w", OnnxElement.FLOAT, new long[] {100}, new byte[4]))
                                .node("Add", List.of("x", "w"), List.of("y"))),
                hostile(
                        "a tensor of an unknown type",
                        "type number 99",
                        graph -> graph.tensor(ProtobufWriter.message(out -> {
                                    out.integer(2, 99);
                                    out.text(8, "w");
                                }))
                                .node("Add", List.of("x", "w"), List.of("y"))),
                hostile(
                        "a gigantic constant",
                        "would have more than",
                        graph -> graph.longs("s", 1 << 20, 1 << 20)
                                .node("ConstantOfShape", "s", "c")
                                .node("Add", List.of("x", "c"), List.of("y"))),
                hostile(
                        "a gigantic expansion",
                        "would have more than",
                        graph -> graph.longs("s", 1 << 20, 1 << 20, 1, 1)
                                .node("Expand", List.of("x", "s"), List.of("y"))),
                hostile(
                        "gigantic tiles",
                        "would have more than",
                        graph -> graph.longs("s", Long.MAX_VALUE, 4).node("Tile", List.of("x", "s"), List.of("y"))),
                hostile(
                        "negative tiles",
                        "is negative",
                        graph -> graph.longs("s", -1, 4).node("Tile", List.of("x", "s"), List.of("y"))),
                hostile(
                        "a gigantic pad",
                        "has the pads",
                        graph ->
                                graph.longs("s", 0, 0, 0, Long.MAX_VALUE).node("Pad", List.of("x", "s"), List.of("y"))),
                hostile(
                        "a gigantic picture",
                        "would have more than",
                        graph -> graph.tensor(new OnnxWriter(13).floatTensor("s", new long[] {2}, 1e9f, 1e9f))
                                .node("Resize", List.of("x", "", "s"), List.of("y"))),
                hostile(
                        "a scale that is no number",
                        "resizes a dimension",
                        graph -> graph.tensor(new OnnxWriter(13).floatTensor("s", new long[] {2}, 1, Float.NaN))
                                .node("Resize", List.of("x", "", "s"), List.of("y"))),
                hostile("doubling without end", "too many for the memory", graph -> {
                    OnnxWriter writer = graph.node("Concat", List.of("x", "x"), List.of("c0"), integer("axis", 1));
                    for (int i = 1; i < 60; i++) {
                        String last = "c" + (i - 1);
                        writer = writer.node("Concat", List.of(last, last), List.of("c" + i), integer("axis", 1));
                    }
                    return writer.node("ReduceSum", "c59", "y");
                }),
                hostile("constants without end", "makes the computed constants exceed", graph -> {
                    OnnxWriter writer = graph.longs("s", 1 << 13, 1 << 11, 1);
                    for (int i = 0; i < 20; i++) {
                        writer = writer.node("ConstantOfShape", "s", "c" + i);
                    }
                    writer = writer.node("Add", List.of("x", "c0"), List.of("y0"));
                    for (int i = 1; i < 20; i++) {
                        writer = writer.node("Add", List.of("y" + (i - 1), "c" + i), List.of("y" + i));
                    }
                    return writer.node("Identity", "y19", "y");
                }),
                hostile("squaring without end", "would have more than", graph -> {
                    OnnxWriter writer = graph.longs("l", -1, 1)
                            .longs("r", 1, -1)
                            .longs("v", -1)
                            .node("Identity", "x", "c0");
                    for (int i = 1; i < 10; i++) {
                        writer = writer.node("Reshape", List.of("c" + (i - 1), "l"), List.of("l" + i))
                                .node("Reshape", List.of("c" + (i - 1), "r"), List.of("r" + i))
                                .node("MatMul", List.of("l" + i, "r" + i), List.of("c" + i));
                    }
                    return writer.node("ReduceSum", "c9", "y");
                }),
                hostile(
                        "a gigantic window",
                        "has kernel_shape",
                        graph -> graph.node("MaxPool", "x", "y", integers("kernel_shape", Long.MAX_VALUE, 1))),
                hostile(
                        "a window without a step",
                        "has strides",
                        graph -> graph.node(
                                "MaxPool", "x", "y", integers("kernel_shape", 1, 1), integers("strides", 0, 0))),
                hostile(
                        "a convolution of a vector",
                        "has an input of 2 dimensions",
                        graph -> graph.node("Conv", List.of("x", "x"), List.of("y"))),
                hostile(
                        "an axis that is not there",
                        "has the axis 7",
                        graph -> graph.node("Softmax", "x", "a", integer("axis", 7))
                                .node("Neg", "a", "y")),
                hostile(
                        "an element that is not there",
                        "takes element 5 of a dimension of 4",
                        graph -> graph.longs("i", 5)
                                .node("Gather", List.of("x", "i"), List.of("y"), integer("axis", 1))),
                hostile(
                        "no inputs at all",
                        "requires an input number 1",
                        graph -> graph.node("Add", List.of(), List.of("a"))
                                .node("Add", List.of("x", "a"), List.of("y"))),
                hostile(
                        "an attribute of another kind",
                        "of the wrong kind",
                        graph -> graph.node("Softmax", "x", "y", numbers("axis", 1))),
                hostile(
                        "shapes that do not fit",
                        "cannot be computed",
                        graph -> graph.floats("w", new long[] {3}, 1, 2, 3)
                                .node("Add", List.of("x", "w"), List.of("y"))),
                hostile(
                        "an impossible shape",
                        "cannot be computed",
                        graph -> graph.longs("s", -1, -1, 3).node("Reshape", List.of("x", "s"), List.of("y"))),
                hostile(
                        "a split that does not add up",
                        "splits a dimension of 4",
                        graph -> graph.longs("s", 3, 3)
                                .node("Split", List.of("x", "s"), List.of("y", "z"), integer("axis", 1))),
                hostile(
                        "a sum over what is not there",
                        "has an input of 2 dimensions for 'abc'",
                        graph -> graph.node("Einsum", "x", "y", text("equation", "abc->a"))),
                hostile(
                        "an equation that is none",
                        "which is not supported",
                        graph -> graph.node("Einsum", "x", "y", text("equation", "...->\u0000"))),
                hostile(
                        "a gigantic outer product",
                        "would have more than",
                        graph -> graph.longs("s", 1 << 12, 1 << 5)
                                .node("ConstantOfShape", "s", "c")
                                .node("Einsum", List.of("c", "c"), List.of("p"), text("equation", "ab,cd->abcd"))
                                .node("Add", List.of("x", "p"), List.of("y"))),
                hostile(
                        "a range without end",
                        "would have more than",
                        graph -> graph.floats("a", new long[0], 0)
                                .floats("b", new long[0], 1e12f)
                                .floats("c", new long[0], 1)
                                .node("Range", List.of("a", "b", "c"), List.of("r"))
                                .node("Add", List.of("x", "r"), List.of("y"))),
                hostile(
                        "a range without steps",
                        "in steps of 0.0",
                        graph -> graph.floats("a", new long[0], 0)
                                .floats("b", new long[0], 1)
                                .floats("c", new long[0], 0)
                                .node("Range", List.of("a", "b", "c"), List.of("r"))
                                .node("Add", List.of("x", "r"), List.of("y"))),
                hostile(
                        "a remainder by nothing",
                        "divides by 0",
                        graph -> graph.longs("a", 7)
                                .longs("b", 0)
                                .node("Mod", List.of("a", "b"), List.of("r"))
                                .node("CastLike", List.of("r", "x"), List.of("f"))
                                .node("Add", List.of("x", "f"), List.of("y"))),
                hostile(
                        "a Gaussian unit of one factor",
                        "requires an input number 2",
                        graph -> graph.floats("r", new long[0], (float) Math.sqrt(2))
                                .floats("o", new long[0], 1)
                                .node("Div", List.of("x", "r"), List.of("d"))
                                .node("Erf", "d", "e")
                                .node("Add", List.of("e", "o"), List.of("s"))
                                .node("Mul", "s", "y")),
                hostile(
                        "no number where one is needed",
                        "requires a single number as input number 2, but there are 0",
                        graph -> graph.longs("k").node("Trilu", List.of("x", "k"), List.of("y"))),
                hostile(
                        "no mode where one is needed",
                        "requires a single number as input number 3, but there are 0",
                        graph -> graph.longs("t").node("Dropout", List.of("x", "", "t"), List.of("y"))),
                hostile(
                        "a place that is not there",
                        "writes to position 4 of a dimension of 4",
                        graph -> graph.tensor(OnnxWriter.longTensor("i", new long[] {1, 2}, 0, 4))
                                .floats("u", new long[] {1}, 1)
                                .node("ScatterND", List.of("x", "i", "u"), List.of("y"))),
                hostile(
                        "places deeper than the sides",
                        "has indices of shape [1, 3] for an input of 2 dimensions",
                        graph -> graph.tensor(OnnxWriter.longTensor("i", new long[] {1, 3}, 0, 0, 0))
                                .floats("u", new long[] {1}, 1)
                                .node("ScatterND", List.of("x", "i", "u"), List.of("y"))),
                hostile(
                        "groups that do not divide the channels",
                        "cannot be computed",
                        graph -> graph.floats("w", new long[] {4}, 1, 2, 3, 4)
                                .node(
                                        "GroupNormalization",
                                        List.of("x", "w", "w"),
                                        List.of("y"),
                                        integer("num_groups", 3))),
                hostile(
                        "a slice without a step",
                        "has a step of 0",
                        graph -> graph.longs("s", 0)
                                .longs("e", 2)
                                .node("Slice", List.of("x", "s", "e", "s", "s"), List.of("y"))));
    }

    @ParameterizedTest
    @MethodSource("hostileGraphs")
    void hostileGraphEndsInOneLine(UnaryOperator<OnnxWriter> graph, String reason) {
        OnnxWriter writer = new OnnxWriter(13).input("x", -1, 4).output("y", -1, 4);
        Path file = graph.apply(writer).write(folder.resolve("hostile.onnx"));

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW).close())
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(reason)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 1073741824, 4",
        "1073741824, 1, 4",
        "4294967295, 1, 4",
        "9223372036854775807, 1, 4",
        "-1, 65536, 65536"
    })
    void inputOfGiganticSidesEndsInOneLine(long examples, long rows, long columns) {
        Path file = new OnnxWriter(13)
                .input("x", examples, 1, rows, columns)
                .output("y", -1, 4)
                .node("Flatten", "x", "y")
                .write(folder.resolve("gigantic.onnx"));

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW).close())
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith("at most 16,777,216 numbers per image and 67,108,864 in total are supported.");
    }

    private static byte[] small() {
        return new OnnxWriter(13)
                .input("x", -1, 1, 4, 4)
                .output("y", -1, 3)
                .floats("w", new long[] {2, 1, 3, 3}, OnnxModelsTest.random(18, 1))
                .floats("d", new long[] {2, 3}, OnnxModelsTest.random(6, 2))
                .longs("s", 0, -1)
                .node("Conv", List.of("x", "w"), List.of("c"), integers("pads", 1, 1, 1, 1))
                .node("Relu", "c", "r")
                .node("MaxPool", "r", "p", integers("kernel_shape", 4, 4))
                .node("Reshape", List.of("p", "s"), List.of("f"))
                .node("MatMul", List.of("f", "d"), List.of("y"))
                .bytes();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7})
    void groupsInsideGroupsWithoutEndAreRefused(int inField) throws IOException {
        // the tag of a group that begins, of a field that ONNX does not have
        byte[] groups = new byte[2_000_000];
        Arrays.fill(groups, (byte) (15 << 3 | 3));
        byte[] file = ProtobufWriter.message(out -> out.bytes(inField, groups));
        assertThat(refuses(file, "groups in field " + inField)).isTrue();
        assertThat(refuses(groups, "groups alone")).isTrue();
    }

    /** Subgraphs are not entered, so their depth does not matter; ONNX Runtime would enter them, but is not asked. */
    @Test
    void graphsInsideGraphsWithoutEndAreRefused() throws IOException {
        byte[] inner = new OnnxWriter(13).node("Neg", "x", "y").bytes();
        for (int depth = 0; depth < 300; depth++) {
            byte[] body = inner;
            byte[] attribute = ProtobufWriter.message(out -> {
                out.text(1, "then_branch");
                out.bytes(6, body);
                out.integer(20, 5);
            });
            inner = ProtobufWriter.message(out -> out.bytes(1, ProtobufWriter.message(node -> {
                node.text(2, "y");
                node.text(4, "If");
                node.bytes(5, attribute);
            })));
        }
        byte[] graph = inner;
        byte[] file = ProtobufWriter.message(out -> {
            out.bytes(7, graph);
            out.bytes(8, ProtobufWriter.message(set -> set.integer(2, 13)));
        });
        assertThat(refuses(file, "graphs in graphs")).isTrue();
    }

    @Test
    void everyBeginningOfAFileIsRefusedOrRead() throws IOException {
        byte[] whole = small();
        int refused = 0;
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            refused += refuses(cut, "cut after %d bytes".formatted(length)) ? 1 : 0;
        }
        assertThat(refused).isEqualTo(whole.length);
        assertThat(refuses(whole, "whole")).isFalse();
    }

    @Test
    void damagedFilesAreRefusedOrRead() throws IOException {
        byte[] whole = small();
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<Integer> refused = new ArrayList<>();
        for (int trial = 0; trial < 1500; trial++) {
            byte[] damaged = whole.clone();
            int changes = 1 + random.nextInt(4);
            for (int i = 0; i < changes; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            if (refuses(damaged, "seed %d, trial %d".formatted(seed, trial))) {
                refused.add(trial);
            }
        }
        assertThat(refused).as("seed %d", seed).isNotEmpty();
    }

    private boolean refuses(byte[] content, String what) throws IOException {
        Path file = Files.write(folder.resolve("damaged.onnx"), content);
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW)) {
            assertThat(model.card().sha256().orElseThrow()).hasSize(64);
            return false;
        } catch (GauntletException e) {
            assertThat(e.getMessage()).as(what).doesNotContain("\n");
            return true;
        } catch (RuntimeException e) {
            return fail(what, e);
        }
    }
}
