package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.testkit.ArrayDataset;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LaidOutDatasetTest {
    private static final ImageShape COLOUR = new ImageShape(3, 2, 2);

    /** Each example holds the numbers from 0 on, and its own number after the point. */
    private static final ArrayDataset FLAT = ArrayDataset.of(
            2,
            new int[] {0, 1},
            IntStream.range(0, 2)
                    .mapToObj(id -> {
                        float[] row = new float[12];
                        for (int i = 0; i < row.length; i++) {
                            row[i] = (i + id / 10f) / 100;
                        }
                        return row;
                    })
                    .toArray(float[][]::new));

    @Test
    void rowsAreChannelsAfterEachOther() {
        Dataset images = FLAT.laidOut(COLOUR, Layout.NCHW);

        assertThat(images.shape()).isEqualTo(COLOUR);
        assertThat(images.batch(1, 0).pixels()).isEqualTo(FLAT.batch(1, 0).pixels());
        assertThat(images.batch(1, 0).labels()).containsExactly(1, 0);
        assertThat(images.classes()).isEqualTo(FLAT.classes());
        assertThat(images.origin().notice())
                .hasValueSatisfying(notice ->
                        assertThat(notice).endsWith("The 12 numbers of each example are read as an image of 3x2x2."));
    }

    @Test
    void rowsArePixelsAfterEachOther() {
        float[] pixels = FLAT.laidOut(COLOUR, Layout.NHWC).batch(0).pixels();

        // red of all pixels, then green, then blue
        assertThat(pixels).containsExactly(0, .03f, .06f, .09f, .01f, .04f, .07f, .10f, .02f, .05f, .08f, .11f);
    }

    @Test
    void whatHasTheShapeStays() {
        Dataset images = FLAT.laidOut(COLOUR, Layout.NCHW);
        assertThat(images.laidOut(COLOUR, Layout.NHWC)).isSameAs(images);
    }

    @Test
    void otherNumbersAndOtherImagesAreRefused() {
        assertThatThrownBy(() -> FLAT.laidOut(new ImageShape(1, 3, 3), Layout.NCHW))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("have 12 numbers, but an image of 1x3x3 has 9");
        Dataset images = FLAT.laidOut(COLOUR, Layout.NCHW);
        assertThatThrownBy(() -> images.laidOut(new ImageShape(1, 3, 4), Layout.NCHW))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("are already images of 3x2x2, not of 1x3x4");
    }
}
