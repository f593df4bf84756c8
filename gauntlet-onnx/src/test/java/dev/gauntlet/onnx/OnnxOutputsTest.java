package dev.gauntlet.onnx;

import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.integers;
import static dev.gauntlet.testkit.OnnxWriter.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.testkit.OnnxElement;
import dev.gauntlet.testkit.OnnxWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models whose outputs are not plain logits: all are the same linear classifier. */
class OnnxOutputsTest {
    private static final String SOFTMAX = "The model ends in a softmax;";
    private static final String SIGMOID = "The model ends in a sigmoid of each output;";
    private static final String PROBABILITIES = "The model returns probabilities;";
    private static final String ODDS = "Each output of the model is between 0 and 1, as after a sigmoid;";

    /** Weights by pixel and class; saturated logits, of which a softmax in 32 bits is 0 and 1. */
    private static final float[] STEEP = {90, -30, 0, -45, 60, 15};

    private static final float[] GENTLE = {0.9f, -0.3f, 0, -0.45f, 0.6f, 0.15f};

    @TempDir
    private Path folder;

    private static Batch images(float... pixels) {
        int count = pixels.length / 2;
        return new Batch(new ImageShape(1, 1, 2), new int[count], new int[count], pixels);
    }

    private static Batch sample() {
        return images(1, 0, 0, 1, 0.25f, 0.75f, 0.5f, 0.5f);
    }

    /** The linear classifier, whose logits are the value z. */
    private static OnnxWriter linear(float... weights) {
        return new OnnxWriter(13)
                .input("x", -1, 2)
                .floats("w", new long[] {2, weights.length / 2}, weights)
                .node("MatMul", List.of("x", "w"), List.of("z"));
    }

    /** An end of a graph, with how its output looks. */
    record End(String name, UnaryOperator<OnnxWriter> nodes, String notice, List<Long> sides) {
        @Override
        public String toString() {
            return name;
        }

        OnnxWriter after(OnnxWriter graph) {
            return nodes.apply(graph)
                    .output("y", sides.stream().mapToLong(Long::longValue).toArray());
        }
    }

    private static End end(String name, String notice, UnaryOperator<OnnxWriter> nodes, long... sides) {
        return new End(
                name,
                nodes,
                notice,
                sides.length == 0
                        ? List.of(-1L, 3L)
                        : LongStream.of(sides).boxed().toList());
    }

    private static OnnxWriter softmax(OnnxWriter graph) {
        return graph.node("Softmax", "z", "s", integer("axis", 1));
    }

    private static OnnxWriter sigmoid(OnnxWriter graph) {
        return graph.node("Sigmoid", "z", "s");
    }

    /** Makes q, the second of a softmax of 0 and the value. */
    private static OnnxWriter sigmoidFromSoftmax(OnnxWriter graph, String value, long axis) {
        return graph.floats("none", new long[0], 0)
                .longs("a", axis)
                .longs("from", 1)
                .longs("to", 2)
                .node("Mul", List.of(value, "none"), List.of("zero"))
                .node("Concat", List.of("zero", value), List.of("both"), integer("axis", axis))
                .node("Softmax", "both", "p", integer("axis", axis))
                .node("Slice", List.of("p", "from", "to", "a"), List.of("q"));
    }

    private static OnnxWriter bounds(OnnxWriter graph) {
        return graph.floats("lo", new long[0], 1e-7f).floats("hi", new long[0], 1 - 1e-7f);
    }

    static Stream<End> cutEnds() {
        return Stream.of(
                end("Identity", SOFTMAX, g -> softmax(g).node("Identity", "s", "y")),
                end("Flatten", SOFTMAX, g -> softmax(g).node("Flatten", "s", "y")),
                end("Cast", SOFTMAX, g -> softmax(g).node("Cast", "s", "y", integer("to", 1))),
                end("Dropout", SOFTMAX, g -> softmax(g).node("Dropout", "s", "y")),
                end(
                        "Reshape",
                        SOFTMAX,
                        g -> softmax(g).longs("t", -1, 3).node("Reshape", List.of("s", "t"), List.of("y"))),
                end(
                        "Unsqueeze and Squeeze",
                        SOFTMAX,
                        g -> softmax(g)
                                .longs("a", 2)
                                .node("Unsqueeze", List.of("s", "a"), List.of("u"))
                                .node("Squeeze", List.of("u", "a"), List.of("y"))),
                end(
                        "sides of length 1",
                        SOFTMAX,
                        g -> softmax(g).longs("a", 2, 3).node("Unsqueeze", List.of("s", "a"), List.of("y")),
                        -1,
                        3,
                        1,
                        1),
                end("Clip", SOFTMAX, g -> bounds(softmax(g)).node("Clip", List.of("s", "lo", "hi"), List.of("y"))),
                end(
                        "Max and Min",
                        SOFTMAX,
                        g -> bounds(softmax(g))
                                .node("Max", List.of("lo", "s"), List.of("c"))
                                .node("Min", List.of("c", "hi"), List.of("y"))),
                end(
                        "Clip, Cast and Flatten",
                        SOFTMAX,
                        g -> bounds(softmax(g))
                                .node("Clip", List.of("s", "lo", "hi"), List.of("c"))
                                .node("Cast", "c", "d", integer("to", 11))
                                .node("Cast", "d", "e", integer("to", 1))
                                .node("Flatten", "e", "y")),
                end(
                        "Exp, ReduceSum and Div",
                        SOFTMAX,
                        g -> g.longs("a", 1)
                                .node("ReduceMax", "z", "m", integers("axes", 1))
                                .node("Sub", List.of("z", "m"), List.of("d"))
                                .node("Exp", "d", "e")
                                .node("ReduceSum", List.of("e", "a"), List.of("t"))
                                .node("Div", List.of("e", "t"), List.of("y"))),
                end(
                        "Exp times the reciprocal of a sum with a small number",
                        SOFTMAX,
                        g -> g.longs("a", 1)
                                .floats("tiny", new long[0], 1e-12f)
                                .node("ReduceMax", "z", "m", integers("axes", 1))
                                .node("Sub", List.of("z", "m"), List.of("d"))
                                .node("Exp", "d", "e")
                                .node("ReduceSum", List.of("e", "a"), List.of("t"))
                                .node("Add", List.of("tiny", "t"), List.of("u"))
                                .node("Reciprocal", "u", "r")
                                .node("Mul", List.of("r", "e"), List.of("y"))),
                end(
                        "Exp of LogSoftmax",
                        SOFTMAX,
                        g -> g.node("LogSoftmax", "z", "l").node("Exp", "l", "y")),
                end(
                        "Log of Softmax",
                        "The model ends in the logarithm of a softmax;",
                        g -> softmax(g).node("Log", "s", "y")),
                end(
                        "Log of a bounded Softmax",
                        "The model ends in the logarithm of a softmax;",
                        g -> bounds(softmax(g))
                                .node("Clip", List.of("s", "lo", "hi"), List.of("c"))
                                .node("Log", "c", "y")),
                end(
                        "a hundred times Softmax, less one",
                        SOFTMAX,
                        g -> softmax(g)
                                .floats("hundred", new long[0], 100)
                                .floats("one", new long[0], 1)
                                .node("Mul", List.of("hundred", "s"), List.of("h"))
                                .node("Sub", List.of("h", "one"), List.of("y"))),
                end(
                        "Softmax of Sigmoid",
                        "The model ends in a sigmoid of each output and a softmax;",
                        g -> sigmoid(g).node("Softmax", "s", "y", integer("axis", 1))),
                end("Tanh", "The model ends in a hyperbolic tangent of each output;", g -> g.node("Tanh", "z", "y")),
                end("Sigmoid and Flatten", SIGMOID, g -> sigmoid(g).node("Flatten", "s", "y")),
                end(
                        "Sigmoid and Clip",
                        SIGMOID,
                        g -> bounds(sigmoid(g)).node("Clip", List.of("s", "lo", "hi"), List.of("y"))),
                end(
                        "one divided by one and Exp",
                        SIGMOID,
                        g -> g.floats("one", new long[0], 1)
                                .node("Neg", "z", "n")
                                .node("Exp", "n", "e")
                                .node("Add", List.of("one", "e"), List.of("t"))
                                .node("Div", List.of("one", "t"), List.of("y"))),
                end(
                        "reciprocal of one and Exp",
                        SIGMOID,
                        g -> g.floats("one", new long[0], 1)
                                .floats("minus", new long[0], -1)
                                .node("Mul", List.of("minus", "z"), List.of("n"))
                                .node("Exp", "n", "e")
                                .node("Add", List.of("e", "one"), List.of("t"))
                                .node("Reciprocal", "t", "y")));
    }

    @ParameterizedTest
    @MethodSource("cutEnds")
    void whatSquashesTheLogitsIsCutOff(End end) {
        Path file = end.after(linear(STEEP)).write(folder.resolve("end.onnx"));
        float[] logits = {90, -30, 0};
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, sample());
                Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, sample())) {
            assertThat(model.logits(images(1, 0)).values()).containsExactly(logits, within(1e-6f));
            assertThat(queried.logits(images(1, 0)).values()).containsExactly(logits, within(1e-6f));
            assertThat(model.gradient(images(1, 0), new Margin()).pixels())
                    .containsExactly(new float[] {-90, 60}, within(1e-4f));
            assertThat(model.card().notices()).singleElement().asString().startsWith(end.notice());
            assertThat(queried.card().notices()).isEqualTo(model.card().notices());
        }
    }

    static Stream<End> otherEnds() {
        return Stream.of(
                end("plain", "", g -> g.node("Identity", "z", "y")),
                end("LogSoftmax", "", g -> g.node("LogSoftmax", "z", "y")),
                end(
                        "a clip of logits",
                        "",
                        g -> g.floats("lo", new long[0], -100)
                                .floats("hi", new long[0], 100)
                                .node("Clip", List.of("z", "lo", "hi"), List.of("y"))),
                // in a way that nobody recognises: each output's own softmax beside 0
                end(
                        "a sigmoid from a softmax",
                        ODDS,
                        g -> sigmoidFromSoftmax(
                                        g.longs("b", 2).node("Unsqueeze", List.of("z", "b"), List.of("u")), "u", 2)
                                .longs("t", -1, 3)
                                .node("Reshape", List.of("q", "t"), List.of("y"))),
                end(
                        "softmax renormalised",
                        PROBABILITIES,
                        g -> softmax(g)
                                .longs("a", 1)
                                .floats("lo", new long[0], 1e-6f)
                                .node("Max", List.of("lo", "s"), List.of("c"))
                                .node("ReduceSum", List.of("c", "a"), List.of("t"))
                                .node("Div", List.of("c", "t"), List.of("y"))));
    }

    @ParameterizedTest
    @MethodSource("otherEnds")
    void whatShowsInTheValuesAloneIsInverted(End end) {
        Path file = end.after(linear(GENTLE)).write(folder.resolve("end.onnx"));
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, sample());
                Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, sample())) {
            for (Classifier one : List.of(model, queried)) {
                float[] logits = one.logits(images(1, 0)).values();
                assertThat(logits[0] - logits[2]).isCloseTo(0.9f, within(1e-3f));
                assertThat(logits[1] - logits[2]).isCloseTo(-0.3f, within(1e-3f));
                assertThat(String.join("", one.card().notices())).startsWith(end.notice());
            }
            assertThat(model.gradient(images(1, 0), new Margin()).pixels())
                    .containsExactly(new float[] {-0.9f, 0.6f}, within(1e-3f));
        }
    }

    /** What looks like a softmax over the classes and is none must not be cut off. */
    @Test
    void aSoftmaxOverAnotherSideStays() {
        Path file = linear(1, 2, 3, -1, 0, 1)
                .longs("a", 2)
                .longs("t", -1, 3)
                .node("Unsqueeze", List.of("z", "a"), List.of("u"))
                .node("Softmax", "u", "s", integer("axis", 2))
                .node("Reshape", List.of("s", "t"), List.of("y"))
                .output("y", -1, 3)
                .write(folder.resolve("ones.onnx"));
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, sample())) {
            float[] logits = model.logits(images(1, 0)).values();
            assertThat(logits[0]).isEqualTo(logits[1]).isEqualTo(logits[2]);
        }
    }

    static Stream<End> singleEnds() {
        return Stream.of(
                end("logit [N,1]", "logit of class 1", g -> g.node("Identity", "z", "y"), -1, 1),
                end(
                        "logit [N]",
                        "logit of class 1",
                        g -> g.longs("a", 1).node("Squeeze", List.of("z", "a"), List.of("y")),
                        -1),
                end("sigmoid [N,1]", SIGMOID, g -> sigmoid(g).node("Identity", "s", "y"), -1, 1),
                end(
                        "sigmoid [N]",
                        SIGMOID,
                        g -> sigmoid(g).longs("t", -1).node("Reshape", List.of("s", "t"), List.of("y")),
                        -1),
                end(
                        "sigmoid [N,1,1,1]",
                        SIGMOID,
                        g -> sigmoid(g).longs("a", 2, 3).node("Unsqueeze", List.of("s", "a"), List.of("y")),
                        -1,
                        1,
                        1,
                        1),
                end("tanh", "a hyperbolic tangent", g -> g.node("Tanh", "z", "y"), -1, 1),
                end(
                        "probability beside its complement",
                        "a sigmoid of each output and its complement",
                        g -> sigmoid(g)
                                .floats("one", new long[0], 1)
                                .node("Sub", List.of("one", "s"), List.of("r"))
                                .node("Concat", List.of("r", "s"), List.of("y"), integer("axis", 1)),
                        -1,
                        2),
                end("squeezed to nothing for one image", "logit of class 1", g -> g.node("Squeeze", "z", "y"), -1),
                end(
                        "a sigmoid from a softmax",
                        "probability of class 1",
                        g -> sigmoidFromSoftmax(g, "z", 1).node("Identity", "q", "y"),
                        -1,
                        1));
    }

    @ParameterizedTest
    @MethodSource("singleEnds")
    void oneOutputIsTwoClasses(End end) {
        Path file = end.after(linear(3, -2)).write(folder.resolve("single.onnx"));
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, sample());
                Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, sample())) {
            for (Classifier one : List.of(model, queried)) {
                float[] logits = one.logits(images(0.75f, 0.25f, 0, 1)).values();
                assertThat(logits).containsExactly(new float[] {0, 1.75f, 0, -2}, within(1e-4f));
                assertThat(String.join(" ", one.card().notices()))
                        .contains(end.notice())
                        .contains("binary classifier");
                assertThat(one.givesOnlyClasses()).isFalse();
            }
            // the label is 0, so the margin is the logit of class 1
            assertThat(model.gradient(images(0.5f, 0.5f), new Margin()).pixels())
                    .containsExactly(new float[] {3, -2}, within(1e-3f));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void dictionariesAroundAMatrixAreTakenOff(boolean texts) {
        Path file = softmax(linear(STEEP))
                .node("ArgMax", "z", "label", integer("axis", 1), integer("keepdims", 0))
                .node(
                        "ai.onnx.ml.ZipMap",
                        List.of("s"),
                        List.of("maps"),
                        texts ? texts("classlabels_strings", "a", "b", "c") : integers("classlabels_int64s", 0, 1, 2))
                .output("label", OnnxElement.INT64, -1)
                .mapsOutput("maps", texts ? 8 : 7)
                .write(folder.resolve("maps.onnx"));
        for (String name : new String[] {"", "maps"}) {
            InputSpec contract = name.isEmpty() ? InputSpec.RAW : InputSpec.RAW.withLogits(name);
            try (Classifier queried = OnnxModels.blackBox(file, contract, sample());
                    DifferentiableClassifier model = OnnxModels.whiteBox(file, contract, sample())) {
                assertThat(queried.logits(images(1, 0)).values()).containsExactly(90, -30, 0);
                assertThat(model.logits(images(1, 0)).values()).containsExactly(90, -30, 0);
                assertThat(model.card().notices())
                        .hasSize((name.isEmpty() ? 2 : 1) + (texts ? 1 : 0))
                        .last()
                        .asString()
                        .startsWith(SOFTMAX);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, INT64", "1, INT64", "0, INT32", "0, FLOAT"})
    void theClassAloneIsEnoughForABlackBox(int keepdims, OnnxElement type) {
        // class 2 at (0, 1), class 0 at (1, 0), class 1 in between
        Path file = linear(4, 3, 0, 0, 3, 4)
                .node("ArgMax", "z", "i", integer("axis", 1), integer("keepdims", keepdims))
                .node("Cast", "i", "y", integer("to", type.code()))
                .output("y", type, keepdims == 1 ? new long[] {-1, 1} : new long[] {-1})
                .write(folder.resolve("label.onnx"));

        try (Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, sample(), 3)) {
            assertThat(queried.givesOnlyClasses()).isTrue();
            assertThat(queried.logits(images(1, 0, 0, 1, 0.5f, 0.5f)).values())
                    .containsExactly(0, -1, -1, -1, -1, 0, -1, 0, -1);
        }
        try (Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, sample(), 2)) {
            assertThatThrownBy(() -> queried.logits(images(0, 1)))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining(
                            "label.onnx returns only the number of a class, and returned 2 although there are 2 classes");
        }
        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW, sample()))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("returns only the number of the predicted class, which has no gradient");
    }

    @Test
    void amongSeveralOutputsThatOfTheNameIsTakenAndSaid() {
        Path file = linear(STEEP)
                .node("Relu", "x", "features")
                .node("Identity", "z", "the_logits")
                .output("features", -1, 2)
                .output("the_logits", -1, 3)
                .write(folder.resolve("several.onnx"));
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, sample());
                DifferentiableClassifier chosen =
                        OnnxModels.whiteBox(file, InputSpec.RAW.withLogits("features"), sample())) {
            assertThat(model.logits(images(1, 0)).classes()).isEqualTo(3);
            assertThat(model.card().notices())
                    .containsExactly(
                            "The model has several outputs ('features' [?, 2], 'the_logits' [?, 3]); 'the_logits' is used as the logits; if that is wrong, select another output by name.");
            assertThat(chosen.logits(images(1, 0)).classes()).isEqualTo(2);
        }
    }

    /** Weights of 16 bits are computed in 32, as ONNX Runtime does on a processor. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void halvesAreComputedAsFloats(boolean inside) {
        byte[] halves = {0x00, 0x40, 0x00, (byte) 0xbc, 0x00, 0x38, 0x00, 0x44};
        OnnxWriter graph = new OnnxWriter(13, OnnxElement.FLOAT16)
                .tensor(OnnxWriter.rawTensor("w", OnnxElement.FLOAT16, new long[] {2, 2}, halves));
        Path file = inside
                ? graph.input("x", OnnxElement.FLOAT, -1, 2)
                        .node("Cast", "x", "h", integer("to", 10))
                        .node("MatMul", List.of("h", "w"), List.of("m"))
                        .node("Cast", "m", "y", integer("to", 1))
                        .output("y", OnnxElement.FLOAT, -1, 2)
                        .write(folder.resolve("inside.onnx"))
                : graph.input("x", -1, 2)
                        .node("MatMul", List.of("x", "w"), List.of("y"))
                        .output("y", -1, 2)
                        .write(folder.resolve("half.onnx"));
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, sample());
                Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, sample())) {
            assertThat(model.logits(images(1, 0.5f)).values()).containsExactly(2.25f, 1);
            assertThat(queried.logits(images(1, 0.5f)).values()).containsExactly(2.25f, 1);
            assertThat(model.gradient(images(1, 0.5f), new Margin()).pixels()).containsExactly(-3, 3.5f);
        }
    }

    @Test
    void doublesAreComputedAsDoubles() {
        Path file = new OnnxWriter(13, OnnxElement.DOUBLE)
                .input("x", -1, 2)
                .floats("w", new long[] {2, 2}, 2, -1, 0.5f, 4)
                .node("MatMul", List.of("x", "w"), List.of("y"))
                .output("y", -1, 2)
                .write(folder.resolve("double.onnx"));
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, sample());
                Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, sample())) {
            assertThat(model.logits(images(1, 0.5f)).values()).containsExactly(2.25f, 1);
            assertThat(queried.logits(images(1, 0.5f)).values()).containsExactly(2.25f, 1);
            assertThat(model.gradient(images(1, 0.5f), new Margin()).pixels()).containsExactly(-3, 3.5f);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"UINT8", "INT32", "INT64"})
    void integersAreGivenTheLevelsOfAnImage(OnnxElement type) {
        Path file = new OnnxWriter(13)
                .input("x", type, -1, 2)
                .node("Cast", "x", "y", integer("to", 1))
                .output("y", -1, 2)
                .write(folder.resolve("levels.onnx"));
        try (Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, sample());
                Classifier asked = OnnxModels.blackBox(file, InputSpec.RAW.withInputMax(100), sample())) {
            assertThat(queried.logits(images(1, 0.2f)).values()).containsExactly(255, 51);
            assertThat(queried.card().contract().inputMax()).isEqualTo(255);
            assertThat(queried.card().notices()).singleElement().asString().contains("pixels from 0 to 255");
            assertThat(asked.logits(images(1, 0.2f)).values()).containsExactly(100, 20);
            assertThat(asked.card().notices()).isEmpty();
        }
    }

    @Test
    void unknownTypesAreCalledByTheirNames() {
        Path file = new OnnxWriter(13)
                .input("x", OnnxElement.BOOL, -1, 2)
                .node("Cast", "x", "y", integer("to", 1))
                .output("y", -1, 2)
                .write(folder.resolve("bool.onnx"));

        assertThatThrownBy(() -> OnnxModels.blackBox(file, InputSpec.RAW, sample()))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(
                        "takes bool numbers; supported are 16-, 32- and 64-bit floats, uint8, int32 and int64");
    }

    /** The same numbers, in the shape that the file declares. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            2        | 1x1x2
            1 2      | 1x1x2
            -1 2     | 1x2x1
            -1 2 1   | 1x1x2
            -1 1 2   | 1x2x1
            1 2 1    | 1x1x2
            2 1      | 1x1x2
            1 1 2    | 1x1x2
            1 1 1 2  | 1x1x2
            -1 1 1 2 | 1x2x1
            -1 2 1 1 | 1x1x2
            -1 1 1 1 2 | 1x1x2
            -1 1 2 1 | 1x1x2
            """)
    void pixelsAreLaidOutAsTheFileSays(String sides, String shape) {
        long[] declared =
                Stream.of(sides.split(" ", -1)).mapToLong(Long::parseLong).toArray();
        String[] given = shape.split("x", -1);
        ImageShape image = new ImageShape(1, Integer.parseInt(given[1]), Integer.parseInt(given[2]));
        Path file = new OnnxWriter(13)
                .input("x", declared)
                .longs("s", -1, 2)
                .floats("w", new long[] {2, 3}, STEEP)
                .node("Reshape", List.of("x", "s"), List.of("f"))
                .node("MatMul", List.of("f", "w"), List.of("y"))
                .output("y", -1, 3)
                .write(folder.resolve("shape.onnx"));
        Batch batch = new Batch(image, new int[3], new int[3], new float[] {1, 0, 0, 1, 0.5f, 0.25f});
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, batch);
                Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, batch)) {
            assertThat(model.logits(batch).values()).containsExactly(90, -30, 0, -45, 60, 15, 33.75f, 0, 3.75f);
            assertThat(queried.logits(batch).values()).containsExactly(90, -30, 0, -45, 60, 15, 33.75f, 0, 3.75f);
            assertThat(model.gradient(batch, new Margin()).pixels()).startsWith(-90, 60);
        }
    }

    @Test
    void otherNumbersOfPixelsAreRefused() {
        Path file = linear(STEEP).node("Identity", "z", "y").output("y", -1, 3).write(folder.resolve("two.onnx"));
        Batch four = new Batch(new ImageShape(1, 2, 2), new int[1], new int[1], new float[4]);

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW, four))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The model two.onnx takes an input of [?, 2] (flat), but the data has images of 1x2x2.");
    }

    /** Exported with an open number of images, but the view inside has the number of the example. */
    @Test
    void whatWorksForOneImageOnlyIsAskedForOneAtATime() {
        Path file = new OnnxWriter(13)
                .input("x", -1, 1, 1, 2)
                .longs("s", 1, 2)
                .floats("w", new long[] {2, 3}, STEEP)
                .node("Reshape", List.of("x", "s"), List.of("f"))
                .node("MatMul", List.of("f", "w"), List.of("y"))
                .output("y", -1, 3)
                .write(folder.resolve("one.onnx"));
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, sample());
                Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, sample())) {
            assertThat(model.logits(images(1, 0, 0, 1)).values()).containsExactly(90, -30, 0, -45, 60, 15);
            assertThat(queried.logits(images(1, 0, 0, 1)).values()).containsExactly(90, -30, 0, -45, 60, 15);
            assertThat(model.card().notices()).singleElement().asString().contains("one image at a time");
            assertThat(queried.card().notices()).isEqualTo(model.card().notices());
        }
    }

    @Test
    void aFailureOfASingleImageIsThatOfSeveral() {
        Path file = new OnnxWriter(13)
                .input("x", -1, 1, 1, 2)
                .longs("s", 3, 5)
                .node("Reshape", List.of("x", "s"), List.of("y"))
                .output("y", -1, 5)
                .write(folder.resolve("never.onnx"));

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW, sample()))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("invalid for input of size 2");
    }

    @Test
    void columnsOfDictionariesAreSortedByTheirNumbersOrAsTheFileListsTheirNames() {
        for (boolean texts : new boolean[] {false, true}) {
            // by numbers, column 0 is class 2, column 1 class 0, column 2 class 1
            Path file = softmax(linear(STEEP))
                    .node(
                            "ai.onnx.ml.ZipMap",
                            List.of("s"),
                            List.of("maps"),
                            texts
                                    ? texts("classlabels_strings", "cow", "ant", "bee")
                                    : integers("classlabels_int64s", 3, 1, 2))
                    .mapsOutput("maps", texts ? 8 : 7)
                    .write(folder.resolve("order.onnx"));
            try (Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, sample());
                    DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, sample())) {
                for (Classifier one : List.of(queried, model)) {
                    assertThat(one.logits(images(1, 0)).values())
                            .containsExactly(texts ? new float[] {90, -30, 0} : new float[] {-30, 0, 90});
                    assertThat(one.card().notices())
                            .contains(
                                    texts
                                            ? "The file names its classes cow, ant, bee; they are classes 0 to 2 in this order."
                                            : "The file names its classes 1, 2, 3; they are classes 0 to 2 in this order.");
                }
                // class 0 by the label of the images: the best of the others is class 2 in both orders
                assertThat(model.gradient(images(1, 0), new Margin()).pixels())
                        .containsExactly(texts ? new float[] {-90, 60} : new float[] {120, -105});
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"aux_logits, logits, ,  1", "features, z, , 1", "first, second, 1, 1", "first, second, , 0"})
    void theRightOneOfTwoOutputsIsTaken(String first, String second, String wanted, int place) {
        boolean isImage = first.equals("features");
        OnnxWriter graph = linear(STEEP).longs("t", -1, 1, 2, 1).floats("one", new long[0], 1);
        Path file = (isImage
                        ? graph.node("Reshape", List.of("x", "t"), List.of("i"))
                                .node("Concat", List.of("i", "i"), List.of(first), integer("axis", 3))
                        : graph.node("Neg", "z", first))
                .node("Add", List.of("z", "one"), List.of("shifted"))
                .node("Identity", "shifted", second.equals("z") ? "out" : second)
                .output(first, isImage ? new long[] {-1, 1, 2, 2} : new long[] {-1, 3})
                .output(second.equals("z") ? "out" : second, -1, 3)
                .write(folder.resolve("two.onnx"));
        InputSpec contract = wanted == null ? InputSpec.RAW : InputSpec.RAW.withLogits(wanted);
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, contract, sample())) {
            assertThat(model.logits(images(1, 0)).values())
                    .containsExactly(place == 1 ? new float[] {91, -29, 1} : new float[] {-90, 30, -0f});
            assertThat(model.card().notices()).hasSize(wanted == null ? 1 : 0);
        }
    }

    @Test
    void truthValuesAreClassesToo() {
        Path file = linear(3, -2)
                .floats("none", new long[0], 0)
                .node("Greater", List.of("z", "none"), List.of("y"))
                .output("y", OnnxElement.BOOL, -1, 1)
                .write(folder.resolve("bool.onnx"));
        try (Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, sample(), 2)) {
            assertThat(queried.givesOnlyClasses()).isTrue();
            assertThat(queried.logits(images(1, 0, 0, 1)).values()).containsExactly(-1, 0, 0, -1);
        }
    }

    /** The value before the softmax has the images in its columns, so a cut there would take one at a time. */
    @Test
    void aCutThatWouldTakeTheImagesApartIsNotMade() {
        Path file = linear(STEEP)
                .node("Transpose", "z", "t", integers("perm", 1, 0))
                .node("Softmax", "t", "s", integer("axis", 0))
                .node("Transpose", "s", "y", integers("perm", 1, 0))
                .output("y", -1, 3)
                .write(folder.resolve("columns.onnx"));
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, sample())) {
            assertThat(model.card().notices()).singleElement().asString().startsWith(PROBABILITIES);
            assertThat(model.logits(sample()).size()).isEqualTo(4);
        }
    }
}
