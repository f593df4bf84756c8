package dev.gauntlet.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** How a number is written in a file, least significant byte first. */
enum Encoding {
    UINT8("|u1", 1) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.get(position) & 0xff;
        }
    },
    INT8("|i1", 1) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.get(position);
        }
    },
    UINT16("<u2", 2) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getShort(position) & 0xffff;
        }
    },
    INT16("<i2", 2) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getShort(position);
        }
    },
    UINT32("<u4", 4) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getInt(position) & 0xffffffffL;
        }
    },
    INT32("<i4", 4) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getInt(position);
        }
    },
    INT64("<i8", 8) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getLong(position);
        }
    },
    FLOAT32("<f4", 4) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getFloat(position);
        }
    },
    FLOAT64("<f8", 8) {
        @Override
        double at(ByteBuffer file, int position) {
            return file.getDouble(position);
        }
    };

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
        return this == FLOAT32 || this == FLOAT64;
    }

    /** Finds what NumPy calls so. */
    static Optional<Encoding> ofNpy(String name) {
        return Arrays.stream(values())
                .filter(encoding -> encoding.npy.equals(name))
                .findFirst();
    }
}
