package dev.gauntlet.images;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import java.util.OptionalInt;

/**
 * The preprocessing of an image file, in this order: channels, resizing, cropping.
 *
 * <p>Channels: alpha is dropped; a colour image is converted to grey as {@code (19595 R + 38470 G + 7471 B + 32768) >>
 * 16}, and a grey image to three equal channels. Resizing: the shorter side gets the given length and the longer side
 * is scaled in proportion, rounded down, with Pillow's BILINEAR filter: a triangle filter that covers one new pixel on
 * either side, applied along rows and then along columns, each rounded to 8 bits. Cropping: the central square of the
 * given side; half of an odd margin is rounded to the nearest even integer, as in torchvision.
 *
 * @param channels 1 or 3
 * @param resize the length of the shorter side; if absent, the image is not resized
 * @param crop the side of the central square; if absent, the image is not cropped
 */
public record Preparation(int channels, OptionalInt resize, OptionalInt crop) {
    /** Three channels and the original size. */
    public static final Preparation COLOUR = new Preparation(3, OptionalInt.empty(), OptionalInt.empty());

    private static final int LONGEST_SIDE = 10_000;

    public Preparation {
        if (channels != 1 && channels != 3) {
            throw new GauntletException("Images have 1 or 3 channels, got %d.".formatted(channels));
        }
        requireSide("The side to resize to", resize);
        requireSide("The side to crop to", crop);
    }

    private static void requireSide(String what, OptionalInt side) {
        if (side.isPresent() && (side.getAsInt() < 1 || side.getAsInt() > LONGEST_SIDE)) {
            throw new GauntletException(
                    "%s must be from 1 to %d, got %d.".formatted(what, LONGEST_SIDE, side.getAsInt()));
        }
    }

    /** Returns the shape of an image of a given size after preprocessing. */
    ImageShape shape(String file, int width, int height) {
        long newWidth = width;
        long newHeight = height;
        if (resize.isPresent()) {
            long side = resize.getAsInt();
            newWidth = width <= height ? side : side * width / height;
            newHeight = height <= width ? side : side * height / width;
            // the longer side of a very narrow image could grow without limit
            if (newWidth > PictureFile.MOST_PIXELS / newHeight) {
                throw new GauntletException(
                        "%s has %dx%d pixels and would be resized to %dx%d; at most %,d pixels are supported."
                                .formatted(file, width, height, newWidth, newHeight, PictureFile.MOST_PIXELS));
            }
        }
        if (crop.isPresent()) {
            if (crop.getAsInt() > Math.min(newWidth, newHeight)) {
                throw new GauntletException(
                        "%s has %dx%d pixels, too few to crop a square of %d; resize it to at least that."
                                .formatted(file, newWidth, newHeight, crop.getAsInt()));
            }
            newWidth = crop.getAsInt();
            newHeight = crop.getAsInt();
        }
        return new ImageShape(channels, (int) newHeight, (int) newWidth);
    }

    /** Preprocesses an image. */
    Picture apply(String file, Picture picture) {
        Picture changed = picture.withChannels(channels);
        if (resize.isPresent()) {
            ImageShape full = new Preparation(channels, resize, OptionalInt.empty())
                    .shape(file, picture.width(), picture.height());
            changed = changed.resized(full.width(), full.height());
        }
        return crop.isPresent() ? changed.middle(crop.getAsInt()) : changed;
    }
}
