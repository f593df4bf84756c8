package dev.gauntlet.testkit;

/** The supported element types of tensors in ONNX files. */
public enum OnnxElement {
    /** 32-bit floats. */
    FLOAT(1),
    /** Unsigned bytes. */
    UINT8(2),
    /** Signed bytes. */
    INT8(3),
    /** 16-bit integers. */
    INT16(5),
    /** 32-bit integers. */
    INT32(6),
    /** 64-bit integers. */
    INT64(7),
    /** Booleans. */
    BOOL(9),
    /** 16-bit floats. */
    FLOAT16(10),
    /** 64-bit floats. */
    DOUBLE(11),
    /** 16-bit floats with the range of 32-bit floats (bfloat16). */
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
