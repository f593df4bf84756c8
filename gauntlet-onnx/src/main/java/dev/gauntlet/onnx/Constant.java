package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A constant tensor of the file.
 *
 * @param type the type of its numbers
 * @param sides the length of each dimension; empty for a single number
 * @param content the numbers in little-endian order, the last dimension varying fastest
 */
record Constant(ElementType type, long[] sides, ByteBuffer content) {
    /** Checks that the number of values matches the shape, before memory is allocated. */
    static Constant of(String where, ElementType type, long[] sides, ByteBuffer content) {
        long count = count(where, sides);
        if (count * type.bytes() != content.remaining()) {
            throw new GauntletException(
                    "%s declares the shape %s, which takes %d bytes, but has %d; the file is damaged."
                            .formatted(where, Arrays.toString(sides), count * type.bytes(), content.remaining()));
        }
        return new Constant(type, sides, content);
    }

    static long count(String where, long[] sides) {
        long count = 1;
        long withoutZeros = 1;
        for (long side : sides) {
            // a 0 among them does not help, because libtorch multiplies the others anyway
            if (side < 0 || withoutZeros > Integer.MAX_VALUE / Math.max(1, side)) {
                throw new GauntletException("%s declares the shape %s, which is too large for any file."
                        .formatted(where, Arrays.toString(sides)));
            }
            withoutZeros *= Math.max(1, side);
            count *= side;
        }
        return count;
    }

    long count() {
        return content.remaining() / type.bytes();
    }
}
