package dev.gauntlet.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.gauntlet.GauntletException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** A model that ONNX Runtime has loaded; it computes with one thread per calling thread. */
final class RuntimeSession implements AutoCloseable {
    private final String file;
    private final OrtEnvironment environment;
    private final OrtSession session;

    private RuntimeSession(String file, OrtEnvironment environment, OrtSession session) {
        this.file = file;
        this.environment = environment;
        this.session = session;
    }

    /**
     * Numbers with their shape.
     *
     * @param sides the length of each side
     * @param values the numbers
     */
    record Output(long[] sides, float[] values) {
        @Override
        public String toString() {
            return Arrays.toString(sides);
        }
    }

    static RuntimeSession open(Path file) {
        OrtEnvironment environment = OnnxRuntime.environment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            return new RuntimeSession(
                    file.toString(), environment, environment.createSession(file.toString(), options));
        } catch (OrtException e) {
            throw new GauntletException("ONNX Runtime cannot load %s: %s".formatted(file, sentence(e)), e);
        }
    }

    private static String sentence(OrtException e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse("no reason given")
                .replaceFirst("\\.?$", ".");
    }

    /**
     * Computes an output.
     *
     * @param input the name of the input
     * @param type the number of its element type
     * @param sides its shape
     * @param values its numbers
     * @param output the name of the output
     */
    Output run(String input, long type, long[] sides, float[] values, String output) {
        try (OnnxTensor given = tensor(type, sides, values);
                OrtSession.Result result = session.run(Map.of(input, given), Set.of(output))) {
            OnnxValue value = result.get(0);
            if (!(value instanceof OnnxTensor tensor)) {
                throw new GauntletException("The output '%s' of %s is no tensor but %s; name another with --logits."
                        .formatted(output, file, value.getType()));
            }
            TensorInfo info = tensor.getInfo();
            return new Output(info.getShape(), floats(output, tensor, info));
        } catch (OrtException e) {
            throw new GauntletException("ONNX Runtime cannot compute %s: %s".formatted(file, sentence(e)), e);
        }
    }

    private OnnxTensor tensor(long type, long[] sides, float[] values) throws OrtException {
        if (type == ElementType.FLOAT.code()) {
            return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), sides);
        }
        if (type == ElementType.DOUBLE.code()) {
            double[] wide = new double[values.length];
            for (int i = 0; i < wide.length; i++) {
                wide[i] = values[i];
            }
            return OnnxTensor.createTensor(environment, DoubleBuffer.wrap(wide), sides);
        }
        if (type == ElementType.UINT8.code()) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(values.length).order(ByteOrder.nativeOrder());
            for (float value : values) {
                bytes.put((byte) Math.max(0, Math.min(255, Math.round(value))));
            }
            return OnnxTensor.createTensor(environment, bytes.flip(), sides, OnnxJavaType.UINT8);
        }
        throw new GauntletException(
                "%s takes numbers of the type number %d; 32-bit and 64-bit floats and uint8 are known: export it again."
                        .formatted(file, type));
    }

    private float[] floats(String output, OnnxTensor tensor, TensorInfo info) throws OrtException {
        if (info.type == OnnxJavaType.FLOAT || info.type == OnnxJavaType.FLOAT16) {
            return array(tensor.getFloatBuffer());
        }
        if (info.type == OnnxJavaType.DOUBLE) {
            DoubleBuffer buffer = tensor.getDoubleBuffer();
            float[] values = new float[buffer.remaining()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) buffer.get(i);
            }
            return values;
        }
        if (info.type == OnnxJavaType.INT64) {
            LongBuffer buffer = tensor.getLongBuffer();
            float[] values = new float[buffer.remaining()];
            for (int i = 0; i < values.length; i++) {
                values[i] = buffer.get(i);
            }
            return values;
        }
        throw new GauntletException("The output '%s' of %s has numbers of type %s; name another with --logits."
                .formatted(output, file, info.type));
    }

    private static float[] array(FloatBuffer buffer) {
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime could not close " + file, e);
        }
    }
}
