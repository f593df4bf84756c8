package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.DigitsGenerator.Images;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DigitsGeneratorTest {
    private static final int PIXELS = 28 * 28;
    private static final int COUNT = 5000;
    private static final Images IMAGES = DigitsGenerator.generate(0, "train", COUNT);

    @Test
    void theBytesAreThoseOfThisVersionOfTheDataSet() throws Exception {
        Images images = DigitsGenerator.generate(0, "train", 1000);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(images.labels());
        digest.update(images.pixels());
        assertThat(HexFormat.of().formatHex(digest.digest()))
                .as("changed on purpose? then every published accuracy on digits changes too")
                .isEqualTo("21313fad64e5c71f1a218bc0256c1d1017edea989e7afce839552c43ec5d2843");
    }

    @Test
    void theSameSeedDrawsTheSameImages() {
        assertSame(DigitsGenerator.generate(0, "train", COUNT), IMAGES);
    }

    @Test
    void fewerImagesAreTheBeginningOfMore() {
        Images few = DigitsGenerator.generate(0, "train", 100);
        assertThat(few.labels()).isEqualTo(Arrays.copyOf(IMAGES.labels(), 100));
        assertThat(few.pixels()).isEqualTo(Arrays.copyOf(IMAGES.pixels(), 100 * PIXELS));
    }

    @Test
    void theNumberOfThreadsChangesNothing() throws Exception {
        for (int threads : new int[] {1, 2, 7}) {
            ForkJoinPool pool = new ForkJoinPool(threads);
            try {
                assertSame(
                        pool.submit(() -> DigitsGenerator.generate(0, "train", COUNT))
                                .get(),
                        IMAGES);
            } finally {
                pool.shutdown();
            }
        }
    }

    @Test
    void splitsAndSeedsDifferInEveryImage() {
        for (Images other :
                new Images[] {DigitsGenerator.generate(0, "test", COUNT), DigitsGenerator.generate(1, "train", COUNT)
                }) {
            for (int i = 0; i < COUNT; i++) {
                assertThat(image(other, i)).as("image %d", i).isNotEqualTo(image(IMAGES, i));
            }
        }
    }

    @Test
    void noImageIsDrawnTwice() {
        long different = IntStream.range(0, COUNT)
                .mapToObj(i -> HexFormat.of().formatHex(image(IMAGES, i)))
                .distinct()
                .count();
        assertThat(different).isEqualTo(COUNT);
    }

    @Test
    void allDigitsComeAboutEquallyOften() {
        int[] counts = new int[10];
        for (byte label : IMAGES.labels()) {
            counts[label]++;
        }
        // A count has a standard deviation of 21; five of them never happen by chance.
        for (int digit = 0; digit < 10; digit++) {
            assertThat(counts[digit]).as("number of %ds", digit).isCloseTo(COUNT / 10, within(106));
        }
    }

    @Test
    void theInkFillsABoxOf20By20() {
        for (int i = 0; i < COUNT; i++) {
            int left = 28;
            int right = -1;
            int top = 28;
            int bottom = -1;
            for (int row = 0; row < 28; row++) {
                for (int column = 0; column < 28; column++) {
                    if (pixel(i, row, column) > 0) {
                        left = Math.min(left, column);
                        right = Math.max(right, column);
                        top = Math.min(top, row);
                        bottom = Math.max(bottom, row);
                    }
                }
            }
            int longerSide = Math.max(right - left, bottom - top) + 1;
            // The outermost pixel may round to 0 on either side, where the pen is lightest.
            assertThat(longerSide).as("longer side of image %d", i).isBetween(18, 20);
        }
    }

    @Test
    void theCentreOfMassIsInTheMiddle() {
        for (int i = 0; i < COUNT; i++) {
            double mass = 0;
            double x = 0;
            double y = 0;
            for (int row = 0; row < 28; row++) {
                for (int column = 0; column < 28; column++) {
                    int ink = pixel(i, row, column);
                    mass += ink;
                    x += ink * (column + 0.5);
                    y += ink * (row + 0.5);
                }
            }
            // Half a pixel, since the box is moved by whole pixels, and a little for the rounding of grey values.
            assertThat(x / mass).as("centre of image %d", i).isCloseTo(14, within(0.51));
            assertThat(y / mass).as("middle of image %d", i).isCloseTo(14, within(0.51));
        }
    }

    @Test
    void thereIsAsMuchInkAsInMnist() {
        double total = 0;
        for (int i = 0; i < COUNT; i++) {
            double ink = 0;
            int darkest = 0;
            for (int pixel = 0; pixel < PIXELS; pixel++) {
                int value = pixel(i, 0, pixel);
                ink += value / 255.0 / PIXELS;
                darkest = Math.max(darkest, value);
            }
            assertThat(ink).as("mean ink of image %d", i).isBetween(0.02, 0.4);
            assertThat(darkest).as("darkest pixel of image %d", i).isGreaterThan(180);
            total += ink;
        }
        // MNIST: 0.131
        assertThat(total / COUNT).isBetween(0.11, 0.14);
    }

    @Test
    void noImagesAreNoError() {
        assertThat(DigitsGenerator.generate(0, "test", 0).pixels()).isEmpty();
    }

    @Test
    void impossibleCountsAreRefused() {
        assertThatThrownBy(() -> DigitsGenerator.generate(0, "test", -1))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Cannot generate -1 digits; the number must be from 0 to 2739137.");
        assertThatThrownBy(() -> DigitsGenerator.generate(0, "test", 2_739_138))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Cannot generate 2739138 digits; the number must be from 0 to 2739137.");
    }

    private static void assertSame(Images actual, Images expected) {
        assertThat(actual.labels()).isEqualTo(expected.labels());
        assertThat(actual.pixels()).isEqualTo(expected.pixels());
    }

    private static byte[] image(Images images, int i) {
        return Arrays.copyOfRange(images.pixels(), i * PIXELS, (i + 1) * PIXELS);
    }

    private static int pixel(int i, int row, int column) {
        return IMAGES.pixels()[i * PIXELS + row * 28 + column] & 0xff;
    }
}
