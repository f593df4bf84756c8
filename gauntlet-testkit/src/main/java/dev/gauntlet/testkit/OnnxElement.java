package dev.gauntlet.testkit;

/** The number types that a tensor of an ONNX file may have here. */
public enum OnnxElement {
    /** Floats of 32 bits. */
    FLOAT(1),
    /** Bytes without sign. */
    UINT8(2),
    /** Bytes with sign. */
    INT8(3),
    /** Integers of 16 bits. */
    INT16(5),
    /** Integers of 32 bits. */
    INT32(6),
    /** Integers of 64 bits. */
    INT64(7),
    /** Truth values. */
    BOOL(9),
    /** Floats of 16 bits. */
    FLOAT16(10),
    /** Floats of 64 bits. */
    DOUBLE(11),
    /** Floats of 16 bits with the range of 32. */
    BFLOAT16(16);

    private final int code;

    OnnxElement(int code) {
        this.code = code;
    }

    /**
     * Returns the number of the type in the enumeration {@code TensorProto.DataType}.
     *
     * @return the number
     */
    public int code() {
        return code;
    }
}
