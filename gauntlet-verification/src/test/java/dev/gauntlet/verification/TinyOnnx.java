package dev.gauntlet.verification;

import dev.gauntlet.testkit.OnnxElement;
import dev.gauntlet.testkit.OnnxWriter;
import java.util.List;

/** The smallest ONNX files that are of use. */
final class TinyOnnx {
    private TinyOnnx() {}

    /** Flat images times a matrix, and a softmax at the end. */
    static byte[] matrixBehindSoftmax(int pixels, int classes, byte[] matrix) {
        return new OnnxWriter(13)
                .node("MatMul", List.of("x", "w"), List.of("z"))
                .node("Softmax", "z", "p")
                .tensor(OnnxWriter.rawTensor("w", OnnxElement.FLOAT, new long[] {pixels, classes}, matrix))
                .input("x", -1, pixels)
                .output("p", -1, classes)
                .bytes();
    }
}
