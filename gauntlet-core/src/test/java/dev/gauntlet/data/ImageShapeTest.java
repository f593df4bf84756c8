package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageShapeTest {
    @Test
    void countsItsPixels() {
        assertThat(new ImageShape(3, 32, 16).size()).isEqualTo(1536);
        assertThat(new ImageShape(3, 32, 16)).hasToString("3x32x16");
        assertThat(new ImageShape(1, 1, Integer.MAX_VALUE).size()).isEqualTo(Integer.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource({"0, 28, 28", "1, 0, 28", "1, 28, -1"})
    void refusesSidesBelow1(int channels, int height, int width) {
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
    void refusesMorePixelsThanAnArrayHolds(int channels, int height, int width) {
        assertThatThrownBy(() -> new ImageShape(channels, height, width))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("too large");
    }

    @Test
    void readsWhatItWrites() {
        assertThat(ImageShape.parse("3x32x16")).isEqualTo(new ImageShape(3, 32, 16));
        assertThat(ImageShape.parse(" 1,28,28 ")).isEqualTo(new ImageShape(1, 28, 28));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"28x28", "1x28x28x1", "a", "''", "1x-2x3", "1x99999999999x1"})
    void refusesOtherTexts(String text) {
        assertThatThrownBy(() -> ImageShape.parse(text))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("'" + text + "'")
                .hasMessageContaining("1x28x28");
    }
}
