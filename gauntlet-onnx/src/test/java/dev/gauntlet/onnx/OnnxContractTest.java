package dev.gauntlet.onnx;

import static dev.gauntlet.testkit.OnnxWriter.integer;
import static dev.gauntlet.testkit.OnnxWriter.integers;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.testkit.ClassifierContract;
import dev.gauntlet.testkit.OnnxElement;
import dev.gauntlet.testkit.OnnxWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** Both ways to compute an ONNX file keep the contract of all engines. */
class OnnxContractTest {
    private static final ImageShape SHAPE = new ImageShape(2, 5, 6);
    private static final int CLASSES = 3;

    /** Ways to compute a small convolutional network. */
    private abstract static class Contract extends ClassifierContract {
        @TempDir
        private Path folder;

        abstract Classifier open(Path file, InputSpec contract, Batch sample);

        OnnxWriter end(OnnxWriter network) {
            return network.output("y", -1, CLASSES);
        }

        @Override
        protected Classifier open(InputSpec contract) {
            OnnxWriter network = new OnnxWriter(13)
                    .input("x", -1, SHAPE.channels(), SHAPE.height(), SHAPE.width())
                    .floats("k", new long[] {4, SHAPE.channels(), 3, 3}, random(4 * SHAPE.channels() * 9))
                    .floats("w", new long[] {4 * SHAPE.height() * SHAPE.width(), CLASSES}, random(4 * 30 * CLASSES))
                    .node("Conv", List.of("x", "k"), List.of("c"), integers("pads", 1, 1, 1, 1))
                    .node("Relu", "c", "r")
                    .node("Flatten", "r", "f")
                    .node("MatMul", List.of("f", "w"), List.of("y"));
            Batch sample = new Batch(SHAPE, new int[4], new int[4], new float[4 * SHAPE.size()]);
            return open(end(network).write(folder.resolve("m.onnx")), contract, sample);
        }

        @Override
        protected ImageShape shape() {
            return SHAPE;
        }

        @Override
        protected int classes() {
            return CLASSES;
        }

        private static float[] random(int count) {
            SplittableRandom random = RandomKey.of(count).generator();
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) random.nextDouble(-1, 1);
            }
            return values;
        }
    }

    @Nested
    class WhiteBox extends Contract {
        @Override
        Classifier open(Path file, InputSpec contract, Batch sample) {
            return OnnxModels.whiteBox(file, contract, sample);
        }
    }

    @Nested
    class BlackBox extends Contract {
        @Override
        Classifier open(Path file, InputSpec contract, Batch sample) {
            return OnnxModels.blackBox(file, contract, sample);
        }
    }

    @Nested
    class BlackBoxThatGivesClassesOnly extends Contract {
        @Override
        Classifier open(Path file, InputSpec contract, Batch sample) {
            return OnnxModels.blackBox(file, contract, sample, CLASSES);
        }

        @Override
        OnnxWriter end(OnnxWriter network) {
            return network.node("ArgMax", "y", "class", integer("axis", 1), integer("keepdims", 0))
                    .output("class", OnnxElement.INT64, -1);
        }
    }
}
