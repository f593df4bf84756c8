package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RasterTest {
    @Test
    void aLineCoversThePixelsWithinItsRadius() {
        Raster raster = new Raster(9, 1);
        raster.line(2.5, 4.5, 1, 6.5, 4.5, 1);
        assertThat(raster.ink(4, 4)).isEqualTo(1);
        assertThat(raster.ink(3, 4)).as("its centre is on the edge").isEqualTo(0.5);
        assertThat(raster.ink(2, 4)).isZero();
        assertThat(raster.ink(4, 1)).as("the end is round").isEqualTo(0.5);
        assertThat(raster.ink(3, 1)).isCloseTo(1.5 - Math.sqrt(2), within(1e-12));
        assertThat(raster.ink(4, 8)).isZero();
    }
}
