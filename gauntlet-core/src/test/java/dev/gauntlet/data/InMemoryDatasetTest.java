package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InMemoryDatasetTest {
    private static final ImageShape SHAPE = new ImageShape(1, 1, 2);
    private static final DataOrigin ORIGIN = new DataOrigin("mine", "test", "here", Map.of(), Optional.empty());

    private static InMemoryDataset dataset(int[] labels, int... pixels) {
        return new InMemoryDataset(ORIGIN, SHAPE, List.of("cat", "dog", "cow"), bytes(labels), bytes(pixels));
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    @Test
    void turnsBytesIntoRawUnits() {
        Batch batch = dataset(new int[] {2, 0, 1}, 0, 255, 128, 51, 1, 254).batch(2, 0);
        assertThat(batch.ids()).containsExactly(2, 0);
        assertThat(batch.labels()).containsExactly(1, 2);
        assertThat(batch.pixels()).containsExactly(1 / 255f, 254 / 255f, 0f, 1f);
        assertThat(dataset(new int[] {0}, 128, 51).batch(0).pixels()).containsExactly(128 / 255f, .2f);
    }

    @Test
    void everyByteIsInsideTheUnitInterval() {
        for (int b = 0; b < 256; b++) {
            assertThat(dataset(new int[] {0}, b, 0).batch(0).pixels()[0])
                    .isBetween(0f, 1f)
                    .isEqualTo(b / 255f);
        }
    }

    @Test
    void writesAtTheOffsetAndNowhereElse() {
        float[] target = {9, 9, 9, 9};
        dataset(new int[] {0, 1}, 0, 0, 255, 0).copyPixels(1, target, 1);
        assertThat(target).containsExactly(9, 1, 0, 9);
    }

    @Test
    void anEmptyDataSetAndAnEmptyBatchArePossible() {
        assertThat(dataset(new int[0]).size()).isZero();
        assertThat(dataset(new int[] {0}, 1, 2).batch().size()).isZero();
    }

    @Test
    void refusesImagesAndLabelsOfDifferentCounts() {
        assertThatThrownBy(() -> dataset(new int[] {0, 1}, 1, 2, 3))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "mine test: 2 labels of images of 1x1x2 need 4 pixels, got 3; take images and labels from the same release.");
    }

    @Test
    void refusesALabelWithoutAClass() {
        assertThatThrownBy(() -> dataset(new int[] {2, 3}, 1, 2, 3, 4))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("example 1 has label 3")
                .hasMessageContaining("3 classes");
        assertThatThrownBy(() -> dataset(new int[] {255}, 1, 2)).hasMessageContaining("label 255");
    }

    @Test
    void refusesAnExampleThatItDoesNotHave() {
        InMemoryDataset two = dataset(new int[] {0, 1}, 1, 2, 3, 4);
        assertThatThrownBy(() -> two.batch(2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> two.batch(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        // times 2 pixels this is 0 as an int
        assertThatThrownBy(() -> two.copyPixels(Integer.MIN_VALUE, new float[2], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void anOriginListsItsSumsByNameWhateverTheirNumber() {
        DataOrigin origin = new DataOrigin(
                "mine",
                "test",
                "here",
                Map.of("e", "5", "d", "4", "c", "3", "b", "2", "a", "1", "f", "6"),
                Optional.empty());
        assertThat(origin.sha256().keySet()).containsExactly("a", "b", "c", "d", "e", "f");
        assertThatThrownBy(() -> origin.sha256().clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThat(origin.withNotice("beware").notice()).contains("beware");
    }

    @Test
    void theTwoPartsOfADataSetMustFit() {
        InMemoryDataset train = dataset(new int[] {0, 1}, 1, 2, 3, 4);
        InMemoryDataset other = new InMemoryDataset(ORIGIN, SHAPE, List.of("cat", "dog"), bytes(0), bytes(1, 2));
        assertThat(new TrainTest(train, train).test()).isSameAs(train);
        assertThatThrownBy(() -> new TrainTest(train, other))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("3 classes")
                .hasMessageContaining("of 2");
    }
}
