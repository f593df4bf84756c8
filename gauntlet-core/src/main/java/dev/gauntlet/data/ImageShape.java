package dev.gauntlet.data;

import dev.gauntlet.GauntletException;

/**
 * The shape of one example, in the order channels, height, width.
 *
 * @param channels the number of colour channels, at least 1
 * @param height the number of rows, at least 1
 * @param width the number of columns, at least 1
 */
public record ImageShape(int channels, int height, int width) {
    public ImageShape {
        if (channels < 1 || height < 1 || width < 1) {
            throw new GauntletException(
                    "An image shape needs sides of at least 1, got %dx%dx%d.".formatted(channels, height, width));
        }
        // by division, because the product of three large sides overflows even a long
        if (width > Integer.MAX_VALUE / channels / height) {
            throw new GauntletException("An image of %dx%dx%d is too large.".formatted(channels, height, width));
        }
    }

    /**
     * Returns the number of pixels of one example, over all channels.
     *
     * @return channels times height times width
     */
    public int size() {
        return channels * height * width;
    }

    @Override
    public String toString() {
        return channels + "x" + height + "x" + width;
    }
}
