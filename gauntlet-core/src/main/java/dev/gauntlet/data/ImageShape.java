package dev.gauntlet.data;

import dev.gauntlet.GauntletException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The shape of one example, in the order channels, height, width.
 *
 * @param channels the number of colour channels, at least 1
 * @param height the number of rows, at least 1
 * @param width the number of columns, at least 1
 */
public record ImageShape(int channels, int height, int width) {
    private static final Pattern WRITTEN = Pattern.compile("(\\d{1,9})[x,](\\d{1,9})[x,](\\d{1,9})");

    public ImageShape {
        if (channels < 1 || height < 1 || width < 1) {
            throw new GauntletException(
                    "An image shape needs dimensions of at least 1, got %dx%dx%d.".formatted(channels, height, width));
        }
        // by division, because the product of three large dimensions overflows even a long
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

    /**
     * Tells whether an example is a row of numbers rather than an image.
     *
     * @return whether it has one channel and one row
     */
    public boolean isFlat() {
        return channels == 1 && height == 1;
    }

    /**
     * Parses a shape as {@link #toString} writes it.
     *
     * @param text the text, such as {@code 1x28x28}
     * @return the shape
     * @throws GauntletException if it is not three numbers of at least 1
     */
    public static ImageShape parse(String text) {
        Matcher matcher = WRITTEN.matcher(text.strip());
        if (!matcher.matches()) {
            throw new GauntletException(
                    "The shape of an image is CHANNELSxROWSxCOLUMNS, such as 1x28x28, got '%s'.".formatted(text));
        }
        return new ImageShape(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)));
    }

    @Override
    public String toString() {
        return channels + "x" + height + "x" + width;
    }
}
