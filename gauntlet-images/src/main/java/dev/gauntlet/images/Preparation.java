package dev.gauntlet.images;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import java.util.OptionalInt;

/**
 * What is done with a picture before it is an example, in this order: its colours, its size, its middle.
 *
 * <p>Colours: alpha is left out; a picture in colour becomes grey as {@code (19595 R + 38470 G + 7471 B + 32768) >> 16},
 * a grey one has three equal channels. Size: the shorter side becomes the given one and the longer one follows, rounded
 * down; each new pixel is the mean of the old ones under a triangle as wide as a new pixel on either side, first along
 * rows and then along columns, each rounded to 8 bits. This is what Pillow calls BILINEAR. Middle: a square of the given
 * side; half a pixel goes to the even side, as in torchvision.
 *
 * @param channels 1 or 3
 * @param resize the length of the shorter side; if absent the picture keeps its size
 * @param crop the side of the square that is kept of the middle; if absent all is kept
 */
public record Preparation(int channels, OptionalInt resize, OptionalInt crop) {
    /** Three channels and the size that the picture has. */
    public static final Preparation COLOUR = new Preparation(3, OptionalInt.empty(), OptionalInt.empty());

    private static final int LONGEST_SIDE = 10_000;

    public Preparation {
        if (channels != 1 && channels != 3) {
            throw new GauntletException("Pictures have 1 or 3 channels, got %d.".formatted(channels));
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

    /** Returns the shape that a picture of some size will have. */
    ImageShape shape(String file, int width, int height) {
        long newWidth = width;
        long newHeight = height;
        if (resize.isPresent()) {
            long side = resize.getAsInt();
            newWidth = width <= height ? side : side * width / height;
            newHeight = height <= width ? side : side * height / width;
            // of a picture as narrow as a thread the longer side grows without end
            if (newWidth > PictureFile.MOST_PIXELS / newHeight) {
                throw new GauntletException(
                        "%s has %dx%d pixels and would be resized to %dx%d; at most %,d pixels are computed."
                                .formatted(file, width, height, newWidth, newHeight, PictureFile.MOST_PIXELS));
            }
        }
        if (crop.isPresent()) {
            if (crop.getAsInt() > Math.min(newWidth, newHeight)) {
                throw new GauntletException(
                        "%s has %dx%d pixels, of which no square of %d can be cut; resize to at least that."
                                .formatted(file, newWidth, newHeight, crop.getAsInt()));
            }
            newWidth = crop.getAsInt();
            newHeight = crop.getAsInt();
        }
        return new ImageShape(channels, (int) newHeight, (int) newWidth);
    }

    /** Does all that to a picture. */
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
