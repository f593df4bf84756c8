package dev.gauntlet.torch;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The kinds of storage that a state dictionary may name; only floats can be weights. */
enum StorageType {
    FLOAT("FloatStorage", 4, NumberType.F32),
    DOUBLE("DoubleStorage", 8, NumberType.F64),
    HALF("HalfStorage", 2, NumberType.F16),
    BFLOAT16("BFloat16Storage", 2, NumberType.BF16),
    LONG("LongStorage", 8),
    INT("IntStorage", 4),
    SHORT("ShortStorage", 2),
    CHAR("CharStorage", 1),
    BYTE("ByteStorage", 1),
    BOOL("BoolStorage", 1),
    COMPLEX_FLOAT("ComplexFloatStorage", 8),
    COMPLEX_DOUBLE("ComplexDoubleStorage", 16),
    QUANTIZED_CHAR("QInt8Storage", 1),
    QUANTIZED_BYTE("QUInt8Storage", 1),
    QUANTIZED_INT("QInt32Storage", 4),
    UNTYPED("UntypedStorage", 1);

    /** The modules that define storages: those of tensors on the CPU, on a GPU, and of types that came later. */
    private static final List<String> MODULES = List.of("torch ", "torch.cuda ", "torch.storage ");

    private final String className;
    private final int bytes;
    private final Optional<NumberType> numbers;

    StorageType(String className, int bytes) {
        this.className = className;
        this.bytes = bytes;
        this.numbers = Optional.empty();
    }

    StorageType(String className, int bytes, NumberType numbers) {
        this.className = className;
        this.bytes = bytes;
        this.numbers = Optional.of(numbers);
    }

    static Optional<StorageType> of(String global) {
        return Arrays.stream(values())
                .filter(type -> MODULES.stream().anyMatch(module -> global.equals(module + type.className)))
                .findFirst();
    }

    String className() {
        return className;
    }

    int bytes() {
        return bytes;
    }

    /** Returns the format of the numbers; empty if they are not floats. */
    Optional<NumberType> numbers() {
        return numbers;
    }
}
