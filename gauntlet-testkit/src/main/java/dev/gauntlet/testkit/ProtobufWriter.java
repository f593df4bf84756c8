package dev.gauntlet.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Writes one message of Protocol Buffers, field by field: the wire format of ONNX files, valid or invalid.
 */
public final class ProtobufWriter {
    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FOUR_BYTES = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private ProtobufWriter() {}

    /**
     * Writes a message.
     *
     * @param fields writes its fields
     * @return the message
     */
    public static byte[] message(Consumer<ProtobufWriter> fields) {
        ProtobufWriter writer = new ProtobufWriter();
        fields.accept(writer);
        return writer.out.toByteArray();
    }

    /**
     * Writes an integer.
     *
     * @param field the number of the field
     * @param value the value, which may be an enumeration's number
     */
    public void integer(int field, long value) {
        tag(field, VARINT);
        varint(value);
    }

    /**
     * Writes a 32-bit number.
     *
     * @param field the number of the field
     * @param value the value
     */
    public void number(int field, float value) {
        tag(field, FOUR_BYTES);
        out.writeBytes(ByteBuffer.allocate(Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array());
    }

    /**
     * Writes a string.
     *
     * @param field the number of the field
     * @param value the text
     */
    public void text(int field, String value) {
        bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Writes bytes or a nested message.
     *
     * @param field the number of the field
     * @param value the bytes
     */
    public void bytes(int field, byte[] value) {
        tag(field, LENGTH_DELIMITED);
        varint(value.length);
        out.writeBytes(value);
    }

    /**
     * Appends encoded fields.
     *
     * @param fields one field after the other
     */
    public void fields(byte[] fields) {
        out.writeBytes(fields);
    }

    private void tag(int field, int wireType) {
        varint(((long) field << 3) | wireType);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
