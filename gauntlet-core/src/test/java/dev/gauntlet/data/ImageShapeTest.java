package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageShapeTest {
    @Test
    void counts_its_pixels() {
        assertThat(new ImageShape(3, 32, 16).size()).isEqualTo(1536);
        assertThat(new ImageShape(3, 32, 16)).hasToString("3x32x16");
        assertThat(new ImageShape(1, 1, Integer.MAX_VALUE).size()).isEqualTo(Integer.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource({"0, 28, 28", "1, 0, 28", "1, 28, -1"})
    void refuses_sides_below_1(int channels, int height, int width) {
        assertThatThrownBy(() -> new ImageShape(channels, height, width))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("%dx%dx%d".formatted(channels, height, width));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 65536, 32768", // 2^31
        "65536, 65536, 1", // 2^32, which is 0 as an int
        "4194304, 2097152, 2097152" // 2^64, which is 0 even as a long
    })
    void refuses_more_pixels_than_an_array_holds(int channels, int height, int width) {
        assertThatThrownBy(() -> new ImageShape(channels, height, width))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("too large");
    }
}
