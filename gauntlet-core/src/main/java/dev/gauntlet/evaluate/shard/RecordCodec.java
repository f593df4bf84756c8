package dev.gauntlet.evaluate.shard;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Writes records as bytes and reads them again, by their components: numbers, texts, enums, durations, arrays, lists, maps,
 * optional values, records and sealed interfaces of records.
 */
final class RecordCodec {
    private RecordCodec() {}

    static byte[] bytes(Record value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            write(value.getClass(), value, new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads a record.
     *
     * @throws IOException if the bytes are not those of such a record, or more than those
     */
    static <R extends Record> R read(Class<R> type, byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        R value = type.cast(read(type, in));
        if (in.available() > 0) {
            throw new IOException("%d bytes follow the %s".formatted(in.available(), type.getSimpleName()));
        }
        return value;
    }

    private static void write(Type type, Object value, DataOutputStream out) throws IOException {
        if (value instanceof List<?> values) {
            out.writeInt(values.size());
            for (Object each : values) {
                write(argument(type, 0), each, out);
            }
        } else if (value instanceof Map<?, ?> entries) {
            out.writeInt(entries.size());
            for (Map.Entry<?, ?> entry : entries.entrySet()) {
                write(argument(type, 0), entry.getKey(), out);
                write(argument(type, 1), entry.getValue(), out);
            }
        } else if (value instanceof Optional<?> optional) {
            writeOptional(argument(type, 0), optional, out);
        } else if (value instanceof OptionalInt optional) {
            writeOptional(int.class, optional.isPresent() ? Optional.of(optional.getAsInt()) : Optional.empty(), out);
        } else if (value instanceof OptionalLong optional) {
            writeOptional(long.class, optional.isPresent() ? Optional.of(optional.getAsLong()) : Optional.empty(), out);
        } else if (value instanceof OptionalDouble optional) {
            writeOptional(
                    double.class, optional.isPresent() ? Optional.of(optional.getAsDouble()) : Optional.empty(), out);
        } else if (value instanceof Duration duration) {
            out.writeLong(duration.getSeconds());
            out.writeInt(duration.getNano());
        } else if (value instanceof Integer number) {
            out.writeInt(number);
        } else if (value instanceof Long number) {
            out.writeLong(number);
        } else if (value instanceof Double number) {
            out.writeDouble(number);
        } else if (value instanceof Boolean is) {
            out.writeBoolean(is);
        } else if (value instanceof String text) {
            writeText(text, out);
        } else if (value instanceof Enum<?> constant) {
            writeText(constant.name(), out);
        } else if (value instanceof float[] numbers) {
            out.writeInt(numbers.length);
            ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Float.BYTES, numbers.length));
            bytes.asFloatBuffer().put(numbers);
            out.write(bytes.array());
        } else if (value.getClass().isArray()) {
            int length = Array.getLength(value);
            out.writeInt(length);
            for (int i = 0; i < length; i++) {
                write(value.getClass().getComponentType(), Array.get(value, i), out);
            }
        } else if (type instanceof Class<?> sealed && sealed.isSealed()) {
            out.writeInt(Arrays.asList(sealed.getPermittedSubclasses()).indexOf(value.getClass()));
            write(value.getClass(), value, out);
        } else {
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                write(component.getGenericType(), component(component, value), out);
            }
        }
    }

    private static Type argument(Type type, int position) {
        return ((ParameterizedType) type).getActualTypeArguments()[position];
    }

    private static void writeOptional(Type type, Optional<?> value, DataOutputStream out) throws IOException {
        out.writeBoolean(value.isPresent());
        if (value.isPresent()) {
            write(type, value.get(), out);
        }
    }

    private static void writeText(String text, DataOutputStream out) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static Object component(RecordComponent component, Object value) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("%s of %s".formatted(component, value.getClass()), e);
        }
    }

    private static Object read(Type type, DataInputStream in) throws IOException {
        if (type instanceof ParameterizedType container) {
            return readContainer(container, in);
        }
        Class<?> plain = (Class<?>) type;
        if (plain == int.class || plain == Integer.class) {
            return in.readInt();
        } else if (plain == long.class || plain == Long.class) {
            return in.readLong();
        } else if (plain == double.class || plain == Double.class) {
            return in.readDouble();
        } else if (plain == boolean.class) {
            return in.readBoolean();
        } else if (plain == String.class) {
            return readText(in);
        } else if (plain == OptionalInt.class) {
            return in.readBoolean() ? OptionalInt.of(in.readInt()) : OptionalInt.empty();
        } else if (plain == OptionalLong.class) {
            return in.readBoolean() ? OptionalLong.of(in.readLong()) : OptionalLong.empty();
        } else if (plain == OptionalDouble.class) {
            return in.readBoolean() ? OptionalDouble.of(in.readDouble()) : OptionalDouble.empty();
        } else if (plain == Duration.class) {
            return readDuration(in);
        } else if (plain.isEnum()) {
            String name = readText(in);
            return Arrays.stream(plain.getEnumConstants())
                    .filter(constant -> ((Enum<?>) constant).name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IOException("%s is not a %s".formatted(name, plain.getSimpleName())));
        } else if (plain == float[].class) {
            float[] numbers = new float[length(in, Float.BYTES)];
            ByteBuffer.wrap(in.readNBytes(Float.BYTES * numbers.length))
                    .asFloatBuffer()
                    .get(numbers);
            return numbers;
        } else if (plain.isArray()) {
            Object values = Array.newInstance(plain.getComponentType(), length(in, 1));
            for (int i = 0; i < Array.getLength(values); i++) {
                Array.set(values, i, read(plain.getComponentType(), in));
            }
            return values;
        } else if (plain.isSealed()) {
            return read(permitted(plain, in), in);
        }
        return readRecord(plain, in);
    }

    private static Object readContainer(ParameterizedType type, DataInputStream in) throws IOException {
        if (type.getRawType() == Optional.class) {
            return in.readBoolean() ? Optional.of(read(argument(type, 0), in)) : Optional.empty();
        }
        if (type.getRawType() == Map.class) {
            Map<Object, Object> entries = new LinkedHashMap<>();
            for (int left = length(in, 1); left > 0; left--) {
                entries.put(read(argument(type, 0), in), read(argument(type, 1), in));
            }
            return entries;
        }
        List<Object> values = new ArrayList<>();
        for (int left = length(in, 1); left > 0; left--) {
            values.add(read(argument(type, 0), in));
        }
        return values;
    }

    private static Duration readDuration(DataInputStream in) throws IOException {
        try {
            return Duration.ofSeconds(in.readLong(), in.readInt());
        } catch (ArithmeticException e) {
            throw new IOException("The bytes are not those of a duration", e);
        }
    }

    private static Object readRecord(Class<?> type, DataInputStream in) throws IOException {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = read(components[i].getGenericType(), in);
        }
        try {
            var constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IOException("The bytes are not those of a " + type.getSimpleName(), e);
        }
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(in.readNBytes(length(in, 1)), StandardCharsets.UTF_8);
    }

    private static Class<?> permitted(Class<?> sealed, DataInputStream in) throws IOException {
        Class<?>[] choices = sealed.getPermittedSubclasses();
        int number = in.readInt();
        if (number < 0 || number >= choices.length) {
            throw new IOException("%d is not one of %s".formatted(number, Arrays.toString(choices)));
        }
        return choices[number];
    }

    /** Reads a number of parts, which have to fit into the bytes that are left. */
    private static int length(DataInputStream in, int bytesEach) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available() / bytesEach) {
            throw new IOException("%d parts do not fit into %d bytes".formatted(length, in.available()));
        }
        return length;
    }
}
