package dev.gauntlet.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The number types of ONNX tensors that libtorch supports. */
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

    /** Returns the type with a number of the enumeration {@code TensorProto.DataType}, if it is supported. */
    static Optional<ElementType> of(long code) {
        return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
    }

    /** The names of all types of the format, in the order of their numbers. */
    private static final List<String> NAMES = List.of(
            "none",
            "float32",
            "uint8",
            "int8",
            "uint16",
            "int16",
            "int32",
            "int64",
            "string",
            "bool",
            "float16",
            "float64",
            "uint32",
            "uint64",
            "complex64",
            "complex128",
            "bfloat16",
            "float8e4m3fn",
            "float8e4m3fnuz",
            "float8e5m2",
            "float8e5m2fnuz",
            "uint4",
            "int4",
            "float4e2m1");

    /** Returns the name of any type, supported or not. */
    static String name(long code) {
        return code >= 0 && code < NAMES.size() ? NAMES.get((int) code) : "number " + code;
    }

    /** Describes that a type is not supported. */
    static String unknown(long code) {
        return "elements of the type %s; supported are floats, signed integers, uint8 and bool".formatted(name(code));
    }

    static boolean isFloating(long code) {
        return of(code).filter(ElementType::isFloating).isPresent();
    }

    static boolean isHalf(long code) {
        return of(code).filter(ElementType::isHalf).isPresent();
    }

    static boolean isInteger(long code) {
        return of(code).filter(type -> !type.isFloating()).isPresent();
    }

    int code() {
        return code;
    }

    int bytes() {
        return bytes;
    }

    /** Returns the type of the numbers in the file. */
    ScalarType scalarType() {
        return scalarType;
    }

    /** Returns the type of the computation: 16-bit floats are computed in 32 bits, as in ONNX Runtime on a CPU. */
    ScalarType computedType() {
        return isHalf() ? ScalarType.Float : scalarType;
    }

    boolean isHalf() {
        return this == FLOAT16 || this == BFLOAT16;
    }

    boolean isFloating() {
        return this == FLOAT || this == FLOAT16 || this == DOUBLE || this == BFLOAT16;
    }
}
