package dev.gauntlet.onnx;

import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The number types that a tensor of an ONNX file may have and libtorch can compute with. */
enum ElementType {
    FLOAT(1, 4, ScalarType.Float),
    UINT8(2, 1, ScalarType.Byte),
    INT8(3, 1, ScalarType.Char),
    INT16(5, 2, ScalarType.Short),
    INT32(6, 4, ScalarType.Int),
    INT64(7, 8, ScalarType.Long),
    BOOL(9, 1, ScalarType.Bool),
    FLOAT16(10, 2, ScalarType.Half),
    DOUBLE(11, 8, ScalarType.Double),
    BFLOAT16(16, 2, ScalarType.BFloat16);

    private final int code;
    private final int bytes;
    private final ScalarType scalarType;

    ElementType(int code, int bytes, ScalarType scalarType) {
        this.code = code;
        this.bytes = bytes;
        this.scalarType = scalarType;
    }

    /** Returns the type with a number of the enumeration {@code TensorProto.DataType}, if it is one of these. */
    static Optional<ElementType> of(long code) {
        return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
    }

    /** Says that a type is none of these. */
    static String unknown(long code) {
        return "elements of the type number %d; known are floats, signed integers, uint8 and bool".formatted(code);
    }

    int code() {
        return code;
    }

    int bytes() {
        return bytes;
    }

    ScalarType scalarType() {
        return scalarType;
    }

    boolean isFloating() {
        return this == FLOAT || this == FLOAT16 || this == DOUBLE || this == BFLOAT16;
    }
}
