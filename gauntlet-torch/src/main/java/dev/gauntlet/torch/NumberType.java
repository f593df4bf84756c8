package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The number formats of weights files; all are converted to 32-bit floats. */
enum NumberType {
    F32("F32", "<f4", 4) {
        @Override
        float at(ByteBuffer file, int position) {
            return file.getFloat(position);
        }
    },
    F64("F64", "<f8", 8) {
        @Override
        float at(ByteBuffer file, int position) {
            return (float) file.getDouble(position);
        }
    },
    F16("F16", "<f2", 2) {
        @Override
        float at(ByteBuffer file, int position) {
            return halfToFloat(file.getShort(position));
        }
    },
    /** The upper half of a 32-bit float; NumPy has no such type. */
    BF16("BF16", "", 2) {
        @Override
        float at(ByteBuffer file, int position) {
            return Float.intBitsToFloat(file.getShort(position) << 16);
        }
    };

    private final String safetensors;
    private final String npy;
    private final int bytes;

    NumberType(String safetensors, String npy, int bytes) {
        this.safetensors = safetensors;
        this.npy = npy;
        this.bytes = bytes;
    }

    abstract float at(ByteBuffer file, int position);

    int bytes() {
        return bytes;
    }

    /** Reads numbers of a little-endian buffer from an absolute position. */
    float[] read(ByteBuffer file, int position, int count) {
        float[] values = new float[count];
        if (this == F32) {
            file.slice(position, count * bytes)
                    .order(file.order())
                    .asFloatBuffer()
                    .get(values);
            return values;
        }
        for (int i = 0; i < count; i++) {
            values[i] = at(file, position + i * bytes);
        }
        return values;
    }

    static NumberType ofSafetensors(String where, String name) {
        return Arrays.stream(values())
                .filter(type -> type.safetensors.equals(name))
                .findFirst()
                .orElseThrow(() -> new GauntletException(
                        "%s has numbers of type '%s'; weights must be F32, F64, F16 or BF16.".formatted(where, name)));
    }

    static NumberType ofNpy(String where, String name) {
        return Arrays.stream(values())
                .filter(type -> !name.isEmpty() && type.npy.equals(name))
                .findFirst()
                .orElseThrow(() -> new GauntletException(
                        "%s has numbers of type '%s'; weights must be little-endian floats: '<f4', '<f8' or '<f2'."
                                .formatted(where, name)));
    }

    /**
     * Multiplies the dimensions of a shape that a file declares, and refuses shapes that are too large for any file.
     */
    static int count(String where, long[] shape) {
        long count = 1;
        for (long side : shape) {
            if (side < 0 || (side != 0 && count > Integer.MAX_VALUE / side)) {
                throw new GauntletException(
                        "%s declares the shape %s, which is too large.".formatted(where, Arrays.toString(shape)));
            }
            count *= side;
        }
        return (int) count;
    }

    private static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >> 10) & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
        }
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
    }
}
