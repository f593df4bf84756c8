package dev.gauntlet.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.platform.Fp16Conversions;
import com.google.protobuf.CodedOutputStream;
import dev.gauntlet.GauntletException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/** A model loaded by ONNX Runtime, which computes with one thread per calling thread. */
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
     * @param sides the length of each dimension
     * @param values the numbers
     * @param integers whether they are integers
     */
    record Output(long[] sides, float[] values, boolean integers) {
        @Override
        public String toString() {
            return Arrays.toString(sides);
        }
    }

    /**
     * Loads a file so that it also returns some inner values of its graph.
     *
     * @param file the file, without external data if there are inner values
     * @param inside the names of the inner values
     * @throws GauntletException if ONNX Runtime refuses it
     */
    static RuntimeSession open(Path file, List<String> inside) {
        if (inside.isEmpty()) {
            return load(file, file);
        }
        Path copy = null;
        try {
            copy = Files.createTempFile("gauntlet", ".onnx");
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            for (String value : inside) {
                // a repeated field of a protocol buffer message is merged, so appending it adds one more output to the
                // graph
                byte[] output = message(12, message(1, value.getBytes(StandardCharsets.UTF_8)));
                Files.write(copy, message(7, output), StandardOpenOption.APPEND);
            }
            return load(file, copy);
        } catch (IOException e) {
            throw new GauntletException(
                    "%s cannot be copied to the temporary folder: %s.".formatted(file, e.getMessage()), e);
        } finally {
            if (copy != null) {
                delete(copy);
            }
        }
    }

    private static void delete(Path copy) {
        try {
            Files.delete(copy);
        } catch (IOException e) {
            throw new GauntletException("%s cannot be deleted: %s.".formatted(copy, e.getMessage()), e);
        }
    }

    private static byte[] message(int field, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeByteArray(field, content);
        out.flush();
        return bytes.toByteArray();
    }

    private static RuntimeSession load(Path named, Path file) {
        OrtEnvironment environment = OnnxRuntime.environment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            return new RuntimeSession(
                    named.toString(), environment, environment.createSession(file.toString(), options));
        } catch (OrtException e) {
            throw new GauntletException("ONNX Runtime cannot load %s: %s".formatted(named, sentence(e)), e);
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
                throw new GauntletException(
                        "The output '%s' of %s is not a tensor but %s; select another output for the logits."
                                .formatted(output, file, value.getType()));
            }
            TensorInfo info = tensor.getInfo();
            return new Output(info.getShape(), floats(output, tensor, info), INTEGERS.contains(info.type));
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
        if (type == ElementType.FLOAT16.code() || type == ElementType.BFLOAT16.code()) {
            boolean isHalf = type == ElementType.FLOAT16.code();
            ShortBuffer halves = direct(values.length, Short.BYTES).asShortBuffer();
            for (float value : values) {
                halves.put(isHalf ? Fp16Conversions.floatToFp16(value) : Fp16Conversions.floatToBf16(value));
            }
            return OnnxTensor.createTensor(
                    environment, halves.flip(), sides, isHalf ? OnnxJavaType.FLOAT16 : OnnxJavaType.BFLOAT16);
        }
        if (type == ElementType.UINT8.code()) {
            ByteBuffer bytes = direct(values.length, Byte.BYTES);
            for (float value : values) {
                bytes.put((byte) Math.max(0, Math.min(255, Math.round(value))));
            }
            return OnnxTensor.createTensor(environment, bytes.flip(), sides, OnnxJavaType.UINT8);
        }
        if (type == ElementType.INT32.code()) {
            IntBuffer integers = direct(values.length, Integer.BYTES).asIntBuffer();
            for (float value : values) {
                integers.put(Math.round(value));
            }
            return OnnxTensor.createTensor(environment, integers.flip(), sides);
        }
        if (type == ElementType.INT64.code()) {
            LongBuffer integers = direct(values.length, Long.BYTES).asLongBuffer();
            for (float value : values) {
                integers.put(Math.round(value));
            }
            return OnnxTensor.createTensor(environment, integers.flip(), sides);
        }
        throw new GauntletException(
                "%s takes %s numbers; supported are 16-, 32- and 64-bit floats, uint8, int32 and int64: export it again."
                        .formatted(file, ElementType.name(type)));
    }

    private static ByteBuffer direct(int count, int bytes) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(count, bytes)).order(ByteOrder.nativeOrder());
    }

    private static final Set<OnnxJavaType> INTEGERS = EnumSet.of(
            OnnxJavaType.INT64,
            OnnxJavaType.INT32,
            OnnxJavaType.INT16,
            OnnxJavaType.INT8,
            OnnxJavaType.UINT8,
            OnnxJavaType.BOOL);

    private float[] floats(String output, OnnxTensor tensor, TensorInfo info) throws OrtException {
        return switch (info.type) {
            case FLOAT, FLOAT16, BFLOAT16 -> array(tensor.getFloatBuffer());
            case DOUBLE -> {
                DoubleBuffer buffer = tensor.getDoubleBuffer();
                yield array(buffer.remaining(), i -> (float) buffer.get(i));
            }
            case INT64 -> {
                LongBuffer buffer = tensor.getLongBuffer();
                yield array(buffer.remaining(), i -> (float) buffer.get(i));
            }
            case INT32 -> {
                IntBuffer buffer = tensor.getIntBuffer();
                yield array(buffer.remaining(), i -> (float) buffer.get(i));
            }
            case INT16 -> {
                ShortBuffer buffer = tensor.getShortBuffer();
                yield array(buffer.remaining(), i -> (float) buffer.get(i));
            }
            case INT8 -> {
                ByteBuffer buffer = tensor.getByteBuffer();
                yield array(buffer.remaining(), i -> (float) buffer.get(i));
            }
            case BOOL -> {
                ByteBuffer buffer = tensor.getByteBuffer();
                yield array(buffer.remaining(), i -> buffer.get(i) == 0 ? 0f : 1f);
            }
            case UINT8 -> {
                ByteBuffer buffer = tensor.getByteBuffer();
                yield array(buffer.remaining(), i -> (float) Byte.toUnsignedInt(buffer.get(i)));
            }
            default ->
                throw new GauntletException(
                        "The output '%s' of %s has elements of the type %s; select another output for the logits."
                                .formatted(output, file, info.type.toString().toLowerCase(Locale.ROOT)));
        };
    }

    private static float[] array(int length, IntFunction<Float> element) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = element.apply(i);
        }
        return values;
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
