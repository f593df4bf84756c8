package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelOpeningTest {
    /** An array of 3x8x6 read as NHWC is 6x3x8, one of 8x6x3 read as NCHW is 8x6x3. */
    @ParameterizedTest
    @CsvSource({"8x6x3, 3x8x6, NHWC", "6x3x8, 3x8x6, NCHW", "3x8x6, 3x8x6,", "1x8x6, 3x8x6,", "8x3x6, 3x8x6,"})
    void theOrderOfAnArrayThatWouldFitIsFound(String data, String model, Layout order) {
        assertThat(ModelOpening.orderThatFits(ImageShape.parse(data), ImageShape.parse(model))
                        .orElse(null))
                .isEqualTo(order);
    }
}
