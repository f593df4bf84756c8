package dev.gauntlet.onnx;

import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.integers;
import static dev.gauntlet.testkit.OnnxWriter.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Logit;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.CrossCheck;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.testkit.OnnxElement;
import dev.gauntlet.testkit.OnnxWriter;
import dev.gauntlet.testkit.ProtobufWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxModelsTest {
    private static final ImageShape COLOUR = new ImageShape(3, 8, 6);

    @TempDir
    private Path folder;

    static float[] random(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = 2 * random.nextFloat() - 1;
        }
        return values;
    }

    private static Batch images(ImageShape shape, int count) {
        float[] pixels = random(count * shape.size(), 99);
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (pixels[i] + 1) / 2;
        }
        int[] labels = new int[count];
        Arrays.setAll(labels, i -> i % 2);
        return new Batch(shape, new int[count], labels, pixels);
    }

    private static OnnxWriter weights(OnnxWriter writer, String name, long... sides) {
        int count = (int) Arrays.stream(sides).reduce(1, (a, b) -> a * b);
        return writer.floats(name, sides, random(count, name.hashCode()));
    }

    /** Two classes of images with two pixels. */
    private Path linear() {
        return new OnnxWriter(13)
                .input("x", -1, 1, 1, 2)
                .output("y", -1, 2)
                .floats("w", new long[] {2, 2}, 1, 2, 3, -4)
                .floats("b", new long[] {2}, 0.5f, 0)
                .node("Flatten", "x", "f")
                .node("Gemm", List.of("f", "w", "b"), List.of("y"), integer("transB", 1))
                .write(folder.resolve("linear.onnx"));
    }

    private static Batch twoPixels(float... pixels) {
        return new Batch(new ImageShape(1, 1, 2), new int[1], new int[1], pixels);
    }

    @Test
    void linearModelHasItsLogitsAndGradient() {
        try (DifferentiableClassifier model = OnnxModels.whiteBox(linear(), InputSpec.RAW)) {
            Gradient gradient = model.gradient(twoPixels(0.5f, 0.25f), new Logit(1));

            assertThat(gradient.logits().values()).containsExactly(1.5f, 0.5f);
            assertThat(gradient.pixels()).containsExactly(3, -4);
            assertThat(model.card().parameters()).hasValue(6);
            assertThat(model.card().architecture()).isEqualTo("ONNX opset 13: Flatten, Gemm");
            assertThat(model.card().crossChecks()).hasSize(1);
            assertThat(model.card().crossChecks().get(0).reference()).startsWith("ONNX Runtime 1.");
        }
    }

    @Test
    void contractIsAPartOfTheModel() {
        InputSpec contract = InputSpec.RAW.withInputMax(255).withNormalization(List.of(100.0), List.of(50.0));
        Batch batch = twoPixels(0.5f, 0.25f);
        try (DifferentiableClassifier model = OnnxModels.whiteBox(linear(), contract, batch);
                Classifier queried = OnnxModels.blackBox(linear(), contract, batch)) {
            Gradient gradient = model.gradient(batch, new Logit(1));

            // (127.5 - 100) / 50 = 0.55 and (63.75 - 100) / 50 = -0.725
            assertThat(gradient.logits().values()[0]).isCloseTo(0.55f - 1.45f + 0.5f, within(1e-5f));
            assertThat(gradient.logits().values()[1]).isCloseTo(1.65f + 2.9f, within(1e-5f));
            assertThat(gradient.pixels()[0]).isCloseTo(3 * 5.1f, within(1e-5f));
            assertThat(gradient.pixels()[1]).isCloseTo(-4 * 5.1f, within(1e-5f));
            assertThat(queried.logits(batch).values()[1]).isCloseTo(4.55f, within(1e-5f));
            assertThat(model.card().contract()).isEqualTo(contract);
            assertThat(model.card().crossChecks())
                    .extracting(CrossCheck::inputs)
                    .containsExactly("random images", "images of the data");
        }
    }

    @Test
    void normalizationForOtherChannelsIsRefused() {
        InputSpec contract = InputSpec.RAW.withNormalization(List.of(1.0, 2.0, 3.0), List.of());

        assertThatThrownBy(() -> OnnxModels.whiteBox(linear(), contract))
                .isInstanceOf(GauntletException.class)
                .hasMessage("There are 3 means for images with 1 channels; give one per channel, or one for all.");
    }

    /** A residual network with batch normalisation, groups, uneven pads and a global pool. */
    private OnnxWriter residual(OnnxWriter writer) {
        writer.input("x", -1, 3, 8, 6).output("y", -1, 2);
        weights(writer, "w1", 8, 3, 3, 3);
        weights(writer, "w2", 8, 2, 3, 3);
        for (String name : List.of("s", "b", "m")) {
            weights(writer, name, 8);
        }
        writer.floats("v", new long[] {8}, 1, 2, 1, 0.5f, 1, 2, 3, 1);
        weights(writer, "w3", 8, 2);
        return writer.node("Conv", List.of("x", "w1"), List.of("c1"), integers("pads", 0, 1, 2, 1))
                .node("BatchNormalization", List.of("c1", "s", "b", "m", "v"), List.of("n1"))
                .node("Relu", "n1", "r1")
                .node("Conv", List.of("r1", "w2"), List.of("c2"), integers("pads", 1, 1, 1, 1), integer("group", 4))
                .node("Add", List.of("c2", "r1"), List.of("a"))
                .node("Relu", "a", "r2")
                .node("MaxPool", "r2", "p", integers("kernel_shape", 2, 2), integers("strides", 2, 2))
                .node("Relu", "p", "r3")
                .node("GlobalAveragePool", "r3", "g")
                .node("Flatten", "g", "f")
                .node("MatMul", List.of("f", "w3"), List.of("y"));
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 9, 13, 15, 21})
    void residualNetworkIsThatOfOnnxRuntime(int opset) {
        Path file = residual(new OnnxWriter(opset)).write(folder.resolve("residual.onnx"));
        Batch batch = images(COLOUR, 130);
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, batch);
                Classifier runtime = OnnxModels.blackBox(file, InputSpec.RAW, batch)) {
            requireClose(model.logits(batch), runtime.logits(batch));
            requireGradientOfDifferences(model, batch.select(new int[] {0, 1, 2}));
        }
    }

    /** Half of the steps of a difference may cross the bend of a ReLU, hence the median. */
    private static void requireGradientOfDifferences(DifferentiableClassifier model, Batch batch) {
        Gradient gradient = model.gradient(batch, new CrossEntropy());
        float step = 1e-2f;
        double[] errors = new double[40];
        SplittableRandom random = new SplittableRandom(5);
        for (int trial = 0; trial < errors.length; trial++) {
            int i = random.nextInt(batch.pixels().length);
            int row = i / batch.shape().size();
            double up = loss(model, batch, i, step)[row];
            double down = loss(model, batch, i, -step)[row];
            double largest = 0;
            for (float value : gradient.pixels()) {
                largest = Math.max(largest, Math.abs(value));
            }
            errors[trial] = Math.abs((up - down) / (2 * step) - gradient.pixels()[i]) / largest;
        }
        Arrays.sort(errors);
        assertThat(errors[errors.length / 2]).isLessThan(2e-2);
    }

    private static double[] loss(DifferentiableClassifier model, Batch batch, int changed, float step) {
        float[] pixels = batch.pixels().clone();
        pixels[changed] += step;
        return model.gradient(batch.withPixels(pixels), new CrossEntropy()).losses();
    }

    private static void requireClose(Logits actual, Logits expected) {
        assertThat(actual.classes()).isEqualTo(expected.classes());
        assertThat(actual.values()).hasSameSizeAs(expected.values());
        for (int i = 0; i < expected.values().length; i++) {
            float tolerance = 1e-5f * Math.max(1, Math.abs(expected.values()[i]));
            assertThat(actual.values()[i]).isCloseTo(expected.values()[i], within(tolerance));
        }
    }

    /** As TensorFlow exports: channels last at the input, and transposes around the convolution. */
    private Path channelsLast() {
        OnnxWriter writer = new OnnxWriter(13).input("x", -1, 8, 6, 3).output("y", -1, 2);
        weights(writer, "w", 4, 3, 3, 3);
        weights(writer, "d", 4, 2);
        return writer.node("Transpose", "x", "t", integers("perm", 0, 3, 1, 2))
                .node("Conv", List.of("t", "w"), List.of("c"), integers("strides", 2, 2))
                .node("Relu", "c", "r")
                .node("Transpose", "r", "u", integers("perm", 0, 2, 3, 1))
                .node("ReduceMean", "u", "m", integers("axes", 1, 2), integer("keepdims", 0))
                .node("MatMul", List.of("m", "d"), List.of("y"))
                .write(folder.resolve("nhwc.onnx"));
    }

    @Test
    void layoutIsReadFromTheFile() {
        Batch batch = images(COLOUR, 5);
        try (DifferentiableClassifier model = OnnxModels.whiteBox(channelsLast(), InputSpec.RAW, batch);
                Classifier runtime = OnnxModels.blackBox(channelsLast(), InputSpec.RAW, batch)) {
            requireClose(model.logits(batch), runtime.logits(batch));
            requireGradientOfDifferences(model, batch);
        }
    }

    @Test
    void layoutThatDoesNotFitIsRefused() {
        Batch batch = images(COLOUR, 5);

        assertThatThrownBy(() -> OnnxModels.whiteBox(channelsLast(), InputSpec.RAW.withLayout(Layout.NCHW), batch))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The model nhwc.onnx takes an input of [?, 8, 6, 3] (NCHW), but the data has images of 3x8x6.");
    }

    @Test
    void softmaxAtTheEndIsCutOff() {
        Path file = new OnnxWriter(13)
                .input("x", -1, 2)
                .output("p", -1, 2)
                .floats("w", new long[] {2, 2}, 100, -100, 50, 0)
                .node("MatMul", List.of("x", "w"), List.of("z"))
                .node("Softmax", "z", "p")
                .write(folder.resolve("softmax.onnx"));
        Batch batch = twoPixels(1, 0.5f);
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, batch);
                Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, batch)) {
            assertThat(model.logits(batch).values()).containsExactly(125, -100);
            assertThat(model.card().notices()).singleElement().asString().startsWith("The model ends in a softmax;");
            assertThat(queried.logits(batch).values()).containsExactly(125, -100);
            assertThat(queried.card().notices()).isEqualTo(model.card().notices());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3})
    void fixedNumberOfImagesIsRespected(long fixed) {
        Path file = new OnnxWriter(13)
                .input("x", fixed, 1, 1, 2)
                .output("y", fixed, 2)
                .floats("w", new long[] {2, 2}, 1, 2, 3, -4)
                .longs("s", fixed, 2)
                .node("Reshape", List.of("x", "s"), List.of("f"))
                .node("MatMul", List.of("f", "w"), List.of("y"))
                .write(folder.resolve("fixed.onnx"));
        Batch batch = images(new ImageShape(1, 1, 2), 7);
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, batch);
                Classifier runtime = OnnxModels.blackBox(file, InputSpec.RAW, batch)) {
            requireClose(model.logits(batch), runtime.logits(batch));
            assertThat(model.gradient(batch, new Logit(0)).pixels()).containsSubsequence(1, 3, 1, 3);
        }
    }

    @Test
    void modelInDoublePrecisionIsComputedInIt() {
        OnnxWriter writer = new OnnxWriter(13, OnnxElement.DOUBLE)
                .input("x", -1, 2)
                .output("y", -1, 2)
                .floats("w", new long[] {2, 2}, 1, 2, 3, -4)
                .node("MatMul", List.of("x", "w"), List.of("y"));
        Batch batch = twoPixels(0.5f, 0.25f);
        try (DifferentiableClassifier model =
                OnnxModels.whiteBox(writer.write(folder.resolve("double.onnx")), InputSpec.RAW, batch)) {
            assertThat(model.logits(batch).values()).containsExactly(1.25f, 0);
        }
    }

    @Test
    void outputIsChosenByItsName() {
        Path file = new OnnxWriter(13)
                .input("x", -1, 2)
                .output("label", OnnxElement.INT64, -1)
                .output("a", -1, 2)
                .output("b", -1, 2)
                .floats("w", new long[] {2, 2}, 1, 2, 3, -4)
                .node("MatMul", List.of("x", "w"), List.of("a"))
                .node("Neg", "a", "b")
                .node("ArgMax", "a", "label", integer("axis", 1), integer("keepdims", 0))
                .write(folder.resolve("outputs.onnx"));
        Batch batch = twoPixels(0.5f, 0.25f);
        try (DifferentiableClassifier first = OnnxModels.whiteBox(file, InputSpec.RAW, batch);
                DifferentiableClassifier second = OnnxModels.whiteBox(file, InputSpec.RAW.withLogits("b"), batch)) {
            assertThat(first.logits(batch).values()).containsExactly(1.25f, 0);
            assertThat(second.logits(batch).values()).containsExactly(-1.25f, -0f);
        }
        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW.withLogits("c"), batch))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith("has no output 'c'; it has 'label' [?], 'a' [?, 2], 'b' [?, 2].");
    }

    @Test
    void unknownOperatorsAreAllNamed() {
        Path file = new OnnxWriter(13)
                .input("x", -1, 2)
                .output("y", -1, 2)
                .node("Sinh", "x", "a")
                .node("Cosh", "a", "b")
                .node("Sinh", "b", "y")
                .write(folder.resolve("unknown.onnx"));

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith(
                        "unknown.onnx uses operators whose gradient is not supported: Cosh (cosh_b); Sinh (sinh_a, sinh_y); attack it as a black box, for example with square.");
        try (Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, twoPixels(0, 0.5f))) {
            assertThat(queried.logits(twoPixels(0, 0)).values()).hasSize(2);
        }
    }

    /** What ONNX Runtime cannot load is not told to be attacked with it. */
    @Test
    void noBlackBoxIsNamedWhereThereIsNone() {
        Path file = new OnnxWriter(13)
                .input("x", -1, 2)
                .output("y", -1, 2)
                .node("Frobnicate", "x", "y")
                .write(folder.resolve("own.onnx"));
        Path future = new OnnxWriter(999)
                .input("x", -1, 2)
                .output("y", -1, 2)
                .node("Neg", "x", "y")
                .write(folder.resolve("future.onnx"));

        for (Path each : List.of(file, future)) {
            String obstacle =
                    OnnxModels.describe(each, InputSpec.RAW).obstacle().orElseThrow();
            assertThat(obstacle)
                    .contains("black-box attacks are impossible, too, so export it with standard operators.")
                    .contains("ONNX Runtime cannot load " + each)
                    .doesNotContain("--black-box");
            assertThatThrownBy(() -> OnnxModels.whiteBox(each, InputSpec.RAW))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage(obstacle);
        }
    }

    @Test
    void versionThatIsNewerIsForBlackBoxesAlone() {
        Path file = new OnnxWriter(22)
                .input("x", -1, 2)
                .output("y", -1, 2)
                .node("Neg", "x", "y")
                .write(folder.resolve("newer.onnx"));
        Batch batch = twoPixels(0.5f, 0.25f);

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW, batch))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith(
                        "newer.onnx uses opset 22; gradients are supported for opset 7 to 21: export it with one of these, or attack it as a black box, for example with square.");
        assertThat(OnnxModels.describe(file, InputSpec.RAW).obstacle()).isPresent();
        try (Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, batch)) {
            assertThat(queried.logits(batch).values()).containsExactly(-0.5f, -0.25f);
        }
    }

    @Test
    void tensorsOfOtherTypesAreForBlackBoxesAlone() {
        int uint32 = 12;
        byte[] tensor = ProtobufWriter.message(out -> {
            out.integer(1, 1);
            out.integer(2, uint32);
            out.text(8, "w");
            out.bytes(9, new byte[] {3, 0, 0, 0});
        });
        Path file = new OnnxWriter(13)
                .input("x", -1, 2)
                .output("y", -1, 2)
                .tensor(tensor)
                .node("Cast", "w", "f", integer("to", OnnxElement.FLOAT.code()))
                .node("Mul", List.of("x", "f"), List.of("y"))
                .write(folder.resolve("unsigned.onnx"));
        Batch batch = twoPixels(0.5f, 0.25f);

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW, batch))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The node Cast 'cast_f' takes the tensor 'w', which has elements of the type uint32; supported are floats, signed integers, uint8 and bool.");
        assertThat(OnnxModels.describe(file, InputSpec.RAW).obstacle()).isPresent();
        try (Classifier queried = OnnxModels.blackBox(file, InputSpec.RAW, batch)) {
            assertThat(queried.logits(batch).values()).containsExactly(1.5f, 0.75f);
        }
    }

    @Test
    void imagesAsBytesAreForBlackBoxesAlone() {
        Path file = new OnnxWriter(13)
                .input("x", OnnxElement.UINT8, -1, 2)
                .output("y", -1, 2)
                .node("Cast", "x", "y", integer("to", OnnxElement.FLOAT.code()))
                .write(folder.resolve("bytes.onnx"));
        InputSpec contract = InputSpec.RAW.withInputMax(255);
        Batch batch = twoPixels(1, 0.2f);

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, contract, batch))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(
                        "takes uint8 numbers, which have no gradient; attack it as a black box, for example with square.");
        assertThat(OnnxModels.describe(file, contract).obstacle()).isPresent();
        try (Classifier queried = OnnxModels.blackBox(file, contract, batch)) {
            assertThat(queried.logits(batch).values()).containsExactly(255, 51);
        }
    }

    @Test
    void outputThatIsNoResultIsRefused() {
        Path file = new OnnxWriter(13)
                .input("x", -1, 2)
                .output("y", -1, 2)
                .output("mask", OnnxElement.BOOL, -1, 2)
                .node("Dropout", List.of("x"), List.of("y", "mask"))
                .write(folder.resolve("mask.onnx"));

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW.withLogits("mask")))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("mask.onnx returns bool in its output 'mask' [?, 2], where numbers are expected");
    }

    @Test
    void whatIsNotAskedForNeedNotBeKnown() {
        Path file = new OnnxWriter(13)
                .input("x", -1, 2)
                .output("y", -1, 2)
                .output("z", -1, 2)
                .node("Neg", "x", "y")
                .node("Sinh", "y", "z")
                .write(folder.resolve("side.onnx"));
        Batch batch = twoPixels(0.5f, 0.25f);
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, batch)) {
            assertThat(model.logits(batch).values()).containsExactly(-0.5f, -0.25f);
        }
    }

    @Test
    void modelInTrainingModeIsRefused() {
        OnnxWriter writer = new OnnxWriter(15).input("x", -1, 2, 2, 2).output("y", -1, 2);
        for (String name : List.of("s", "b", "m", "v")) {
            writer.floats(name, new long[] {2}, 1, 1);
        }
        Path file = writer.node(
                        "BatchNormalization",
                        List.of("x", "s", "b", "m", "v"),
                        List.of("n", "rm", "rv"),
                        integer("training_mode", 1),
                        number("momentum", 0.5f))
                .node("GlobalAveragePool", "n", "g")
                .node("Flatten", "g", "y")
                .write(folder.resolve("training.onnx"));

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The node BatchNormalization 'batchnormalization_n' is in training mode; export the model in evaluation mode (model.eval()).");
    }

    @Test
    void externalDataIsReadFromTheFolder() throws IOException {
        Path file = external("weights.bin");
        Files.write(folder.resolve("weights.bin"), new byte[] {9, 9, 9, 9, 0, 0, -128, 63, 0, 0, 0, 64});
        Batch batch = twoPixels(0.5f, 0.25f);
        String first;
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, batch)) {
            assertThat(model.logits(batch).values()).containsExactly(0.5f, 0.5f);
            first = model.card().sha256().orElseThrow();
        }
        Files.write(folder.resolve("weights.bin"), new byte[] {9, 9, 9, 9, 0, 0, -128, 63, 0, 0, -128, 63});
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, batch)) {
            assertThat(model.card().sha256().orElseThrow())
                    .as("covers the other file")
                    .isNotEqualTo(first);
        }
    }

    @Test
    void externalDataThatServesTooManyTensorsIsRefused() throws IOException {
        Files.write(folder.resolve("weights.bin"), new byte[12]);
        OnnxWriter writer = new OnnxWriter(13).input("x", -1, 2).output("y", -1, 2);
        for (int i = 0; i < 4; i++) {
            writer.tensor(externalTensor("w" + i, "weights.bin"));
        }
        Path file = writer.node("Mul", List.of("x", "w3"), List.of("y")).write(folder.resolve("repeated.onnx"));

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith(
                        "the tensor 'w3' and the tensors before it take 32 bytes, but the files have 12; the file is damaged.");
    }

    private static byte[] externalTensor(String name, String location) {
        return ProtobufWriter.message(out -> {
            out.integer(1, 2);
            out.integer(2, OnnxElement.FLOAT.code());
            out.text(8, name);
            for (List<String> entry :
                    List.of(List.of("location", location), List.of("offset", "4"), List.of("length", "8"))) {
                out.bytes(13, ProtobufWriter.message(pair -> {
                    pair.text(1, entry.get(0));
                    pair.text(2, entry.get(1));
                }));
            }
            out.integer(14, 1);
        });
    }

    private Path external(String location) {
        return new OnnxWriter(13)
                .input("x", -1, 2)
                .output("y", -1, 2)
                .tensor(externalTensor("w", location))
                .node("Mul", List.of("x", "w"), List.of("y"))
                .write(folder.resolve("external.onnx"));
    }

    @ParameterizedTest
    @CsvSource({
        "../weights.bin, outside the model's folder",
        "/etc/passwd, outside the model's folder",
        "link.bin, outside the model's folder",
        "short.bin, it is truncated",
        "missing.bin, which is not in the folder",
        "., which is not in the folder",
        "'', outside the model's folder"
    })
    void externalDataElsewhereIsRefused(String location, String reason) throws IOException {
        Files.createSymbolicLink(folder.resolve("link.bin"), Path.of("/etc/passwd"));
        Files.write(folder.resolve("short.bin"), new byte[11]);
        Path file = external(location);

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("the tensor 'w'")
                .hasMessageContaining(reason);
    }

    @Test
    void closedModelComputesNothing() {
        DifferentiableClassifier model = OnnxModels.whiteBox(linear(), InputSpec.RAW);
        model.close();
        model.close();
        Classifier queried = OnnxModels.blackBox(linear(), InputSpec.RAW, twoPixels(0, 0));
        queried.close();
        queried.close();

        assertThatThrownBy(() -> model.logits(twoPixels(0, 0))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> queried.logits(twoPixels(0, 0))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void otherImagesAreRefused() {
        try (DifferentiableClassifier model = OnnxModels.whiteBox(linear(), InputSpec.RAW)) {
            assertThatThrownBy(() -> model.logits(images(COLOUR, 1)))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage(
                            "The model linear.onnx takes an input of [?, 1, 1, 2] (NCHW), but the data has images of 3x8x6.");
        }
    }

    @Test
    void openSizeNeedsASample() {
        Path file = new OnnxWriter(13)
                .input("x", -1, 1, -1, -1)
                .output("y", -1, 2)
                .node("Flatten", "x", "f")
                .node("Neg", "f", "y")
                .write(folder.resolve("open.onnx"));

        assertThatThrownBy(() -> OnnxModels.whiteBox(file, InputSpec.RAW))
                .isInstanceOf(GauntletException.class)
                .hasMessageEndingWith(
                        "open.onnx does not define the shape of its images; load it with some of the data.");
        try (DifferentiableClassifier model = OnnxModels.whiteBox(file, InputSpec.RAW, twoPixels(0.5f, 0.25f))) {
            assertThat(model.logits(twoPixels(0.5f, 1)).values()).containsExactly(-0.5f, -1);
        }
    }
}
