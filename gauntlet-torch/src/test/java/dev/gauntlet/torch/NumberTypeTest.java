package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumberTypeTest {
    /** The definition of IEEE 754: sign, 5 bits of exponent, 10 bits of fraction. */
    @Test
    void everyHalfIsExact() {
        for (int bits = 0; bits < 0x10000; bits++) {
            int exponent = (bits >> 10) & 0x1f;
            int fraction = bits & 0x3ff;
            double magnitude = exponent == 0x1f
                    ? (fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
                    : exponent == 0 ? fraction * 0x1p-24 : (1 + fraction / 1024.0) * Math.pow(2, exponent - 15);
            Float expected = (float) ((bits & 0x8000) == 0 ? magnitude : -magnitude);
            assertThat(read(NumberType.F16, (short) bits)).as("%04x", bits).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"3f80, 1", "bf80, -1", "4049, 3.140625", "0000, 0", "8000, -0.0", "7f80, Infinity", "ff80, -Infinity"})
    void bfloat16IsTheUpperHalfOfAFloat(String bits, float expected) {
        assertThat(read(NumberType.BF16, (short) Integer.parseInt(bits, 16))).isEqualTo(expected);
    }

    @Test
    void doublesAreRoundedToTheNearestFloat() {
        ByteBuffer buffer =
                ByteBuffer.wrap(NpzFile.little(0.1, 1e300, -1e-300, 16777217.0)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(NumberType.F64.read(buffer, 0, 4)).containsExactly(0.1f, Float.POSITIVE_INFINITY, -0.0f, 16777216f);
    }

    @Test
    void shapesAreMultipliedWithoutOverflow() {
        assertThat(NumberType.count("x", new long[0])).isEqualTo(1);
        assertThat(NumberType.count("x", new long[] {3, 4, 5})).isEqualTo(60);
        assertThat(NumberType.count("x", new long[] {3, 0, Long.MAX_VALUE})).isZero();
        assertThat(NumberType.count("x", new long[] {Integer.MAX_VALUE})).isEqualTo(Integer.MAX_VALUE);
        for (long[] shape : new long[][] {
            {65536, 65536}, {1L << 31}, {1L << 32, 1L << 32}, {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE}, {-1}
        }) {
            BadInput.refused(() -> NumberType.count("file, tensor t", shape), "file, tensor t", "too large");
        }
    }

    private static float read(NumberType type, short bits) {
        ByteBuffer buffer = ByteBuffer.wrap(NpzFile.little(bits)).order(ByteOrder.LITTLE_ENDIAN);
        return type.read(buffer, 0, 1)[0];
    }
}
