package dev.gauntlet.verification;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** The smallest ONNX files that are of use. */
final class TinyOnnx {
    private static final int FLOAT = 1;

    private TinyOnnx() {}

    @FunctionalInterface
    private interface Writing {
        void to(CodedOutputStream out) throws IOException;
    }

    /** Flat images times a matrix, and a softmax at the end. */
    static byte[] matrixBehindSoftmax(int pixels, int classes, byte[] matrix) {
        byte[] tensor = message(out -> {
            out.writeInt64(1, pixels);
            out.writeInt64(1, classes);
            out.writeInt32(2, FLOAT);
            out.writeString(8, "w");
            out.writeByteArray(9, matrix);
        });
        byte[] graph = message(out -> {
            out.writeByteArray(1, node("MatMul", List.of("x", "w"), "z"));
            out.writeByteArray(1, node("Softmax", List.of("z"), "p"));
            out.writeString(2, "tiny");
            out.writeByteArray(5, tensor);
            out.writeByteArray(11, port("x", pixels));
            out.writeByteArray(12, port("p", classes));
        });
        return message(out -> {
            out.writeInt64(1, 7);
            out.writeByteArray(7, graph);
            out.writeByteArray(8, message(set -> set.writeInt64(2, 13)));
        });
    }

    private static byte[] node(String operator, List<String> inputs, String output) {
        return message(out -> {
            for (String input : inputs) {
                out.writeString(1, input);
            }
            out.writeString(2, output);
            out.writeString(4, operator);
        });
    }

    /** A matrix with as many rows as there are images. */
    private static byte[] port(String name, int columns) {
        byte[] shape = message(out -> {
            out.writeByteArray(1, message(side -> side.writeString(2, "n")));
            out.writeByteArray(1, message(side -> side.writeInt64(1, columns)));
        });
        byte[] tensor = message(out -> {
            out.writeInt32(1, FLOAT);
            out.writeByteArray(2, shape);
        });
        return message(out -> {
            out.writeString(1, name);
            out.writeByteArray(2, message(type -> type.writeByteArray(1, tensor)));
        });
    }

    private static byte[] message(Writing writing) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            writing.to(out);
            out.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
