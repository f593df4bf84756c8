package dev.gauntlet.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The numbers of a tensor that a file lists individually: floats and doubles as such, all other types as integers.
 *
 * <p>They are stored as bytes, because boxed numbers would take five times the memory.
 */
final class Numbers {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ByteBuffer one = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private boolean areIntegers;

    void putFloat(float value) {
        one.clear().putFloat(value);
        write();
    }

    void putDouble(double value) {
        one.clear().putDouble(value);
        write();
    }

    void putLong(long value) {
        areIntegers = true;
        one.clear().putLong(value);
        write();
    }

    private void write() {
        bytes.write(one.array(), 0, one.position());
    }

    /** Returns the numbers in the binary format of the type. */
    ByteBuffer as(ElementType type) {
        ByteBuffer listed = ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        if (!areIntegers || type.bytes() == Long.BYTES) {
            return listed;
        }
        // a 16-bit float is also listed as an integer with its bits
        int count = listed.remaining() / Long.BYTES;
        ByteBuffer narrow = ByteBuffer.allocate(count * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        while (listed.remaining() >= Long.BYTES) {
            long value = listed.getLong();
            for (int i = 0; i < type.bytes(); i++) {
                narrow.put((byte) (value >> (Byte.SIZE * i)));
            }
        }
        return narrow.flip();
    }
}
