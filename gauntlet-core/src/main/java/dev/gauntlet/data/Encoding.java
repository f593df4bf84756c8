package dev.gauntlet.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** The binary format of a number in a file; the buffer defines the byte order. */
enum Encoding {
    BOOL("b1", 1) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.get(position) == 0 ? 0 : 1;
        }
    },
    UINT8("u1", 1) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.get(position) & 0xff;
        }
    },
    INT8("i1", 1) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.get(position);
        }
    },
    UINT16("u2", 2) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getShort(position) & 0xffff;
        }
    },
    INT16("i2", 2) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getShort(position);
        }
    },
    UINT32("u4", 4) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getInt(position) & 0xffffffffL;
        }
    },
    INT32("i4", 4) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getInt(position);
        }
    },
    INT64("i8", 8) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getLong(position);
        }
    },
    UINT64("u8", 8) {
        @Override
        double at(ByteBuffer file, int position) {
            long bits = file.getLong(position);
            // halves are rounded by the last bit after the sign
            return bits >= 0 ? bits : 2.0 * ((bits >>> 1) | (bits & 1));
        }
    },
    FLOAT16("f2", 2) {
        @Override
        double at(ByteBuffer file, int position) {
            int bits = file.getShort(position);
            int exponent = (bits >> HALF_FRACTION_BITS) & HALF_EXPONENT_MASK;
            int fraction = bits & ((1 << HALF_FRACTION_BITS) - 1);
            double size;
            if (exponent == HALF_EXPONENT_MASK) {
                size = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            } else if (exponent == 0) {
                size = Math.scalb((double) fraction, 1 - HALF_BIAS - HALF_FRACTION_BITS);
            } else {
                size = Math.scalb(
                        (double) (fraction | (1 << HALF_FRACTION_BITS)), exponent - HALF_BIAS - HALF_FRACTION_BITS);
            }
            return bits < 0 ? -size : size;
        }
    },
    FLOAT32("f4", 4) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getFloat(position);
        }
    },
    FLOAT64("f8", 8) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getDouble(position);
        }
    };

    /** IEEE 754's binary16. */
    private static final int HALF_FRACTION_BITS = 10;

    private static final int HALF_EXPONENT_MASK = 31;
    private static final int HALF_BIAS = 15;

    private final String npy;
    private final int bytes;

    Encoding(String npy, int bytes) {
        this.npy = npy;
        this.bytes = bytes;
    }

    abstract double at(ByteBuffer file, int position);

    int bytes() {
        return bytes;
    }

    boolean isFloating() {
        return this == FLOAT16 || this == FLOAT32 || this == FLOAT64;
    }

    /** Finds the encoding by NumPy's name, without the byte order. */
    static Optional<Encoding> ofNpy(String name) {
        return Arrays.stream(values())
                .filter(encoding -> encoding.npy.equals(name))
                .findFirst();
    }
}
