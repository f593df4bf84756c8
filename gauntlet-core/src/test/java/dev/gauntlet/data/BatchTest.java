package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import org.junit.jupiter.api.Test;

class BatchTest {
    private static final ImageShape SHAPE = new ImageShape(1, 2, 2);

    @Test
    void knowsItsSize() {
        assertThat(new Batch(SHAPE, new int[] {5, 9}, new int[] {0, 1}, new float[8]).size())
                .isEqualTo(2);
        assertThat(new Batch(SHAPE, new int[0], new int[0], new float[0]).size())
                .isZero();
    }

    @Test
    void refusesArraysThatDoNotFit() {
        assertThatThrownBy(() -> new Batch(SHAPE, new int[] {5, 9}, new int[] {0}, new float[8]))
                .isInstanceOf(GauntletException.class)
                .hasMessage("A batch of 1x2x2 images has 2 ids, 1 labels and 8 pixels, which are inconsistent.");
        assertThatThrownBy(() -> new Batch(SHAPE, new int[] {5}, new int[] {0}, new float[5]))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("5 pixels");
    }

    @Test
    void doesNotTakeAnOverflowingProductForAFit() {
        // 65536 examples of 65536 pixels are 0 pixels as an int
        ImageShape large = new ImageShape(1, 256, 256);
        assertThatThrownBy(() -> new Batch(large, new int[65536], new int[65536], new float[0]))
                .isInstanceOf(GauntletException.class);
    }

    @Test
    void takesOtherPixelsOfTheSameLayoutOnly() {
        Batch batch = new Batch(SHAPE, new int[] {5}, new int[] {3}, new float[4]);
        Batch other = batch.withPixels(new float[] {.1f, .2f, .3f, .4f});
        assertThat(other.ids()).containsExactly(5);
        assertThat(other.labels()).containsExactly(3);
        assertThat(other.pixels()).containsExactly(.1f, .2f, .3f, .4f);
        assertThatThrownBy(() -> batch.withPixels(new float[3])).isInstanceOf(GauntletException.class);
    }
}
