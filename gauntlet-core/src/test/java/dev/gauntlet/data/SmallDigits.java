package dev.gauntlet.data;

import dev.gauntlet.testkit.ArrayDataset;
import java.util.stream.IntStream;

/** The built-in digits at half their size, so that plain Java can learn them in a moment. */
public final class SmallDigits {
    private static final int SIDE = DigitsGenerator.SIDE / 2;

    private SmallDigits() {}

    /** Draws some digits of a part of the data. */
    public static ArrayDataset of(String split, int count) {
        DigitsGenerator.Images images = DigitsGenerator.generate(0, split, count);
        int[] labels = new int[count];
        float[] pixels = new float[count * SIDE * SIDE];
        for (int image = 0; image < count; image++) {
            labels[image] = images.labels()[image];
            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    int sum = 0;
                    for (int corner = 0; corner < 4; corner++) {
                        int row = 2 * y + corner / 2;
                        int column = 2 * x + corner % 2;
                        sum += Byte.toUnsignedInt(
                                images.pixels()[(image * DigitsGenerator.SIDE + row) * DigitsGenerator.SIDE + column]);
                    }
                    // a level of 255 again, so that rounding to 8 bits changes no clean image
                    pixels[(image * SIDE + y) * SIDE + x] = Math.round(sum / 4f) / 255f;
                }
            }
        }
        return new ArrayDataset(
                new ImageShape(1, SIDE, SIDE),
                IntStream.range(0, 10).mapToObj(Integer::toString).toList(),
                labels,
                pixels);
    }
}
