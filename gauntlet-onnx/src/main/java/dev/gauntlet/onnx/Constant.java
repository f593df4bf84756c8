package dev.gauntlet.onnx;

import dev.gauntlet.GauntletException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A tensor whose numbers are in the file.
 *
 * @param type the type of its numbers
 * @param sides the length of each side; empty for a single number
 * @param content the numbers in little-endian order, the last side varying fastest
 */
record Constant(ElementType type, long[] sides, ByteBuffer content) {
    /** Checks that the numbers are as many as the shape says, before anybody makes room for them. */
    static Constant of(String where, ElementType type, long[] sides, ByteBuffer content) {
        long count = count(where, sides);
        if (count * type.bytes() != content.remaining()) {
            throw new GauntletException(
                    "%s declares the shape %s, which needs %d bytes, but has %d; the file is damaged."
                            .formatted(where, Arrays.toString(sides), count * type.bytes(), content.remaining()));
        }
        return new Constant(type, sides, content);
    }

    static long count(String where, long[] sides) {
        long count = 1;
        long withoutZeros = 1;
        for (long side : sides) {
            // a 0 among them does not help: libtorch multiplies the others all the same
            if (side < 0 || withoutZeros > Integer.MAX_VALUE / Math.max(1, side)) {
                throw new GauntletException(
                        "%s declares the shape %s, which no file can hold.".formatted(where, Arrays.toString(sides)));
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
