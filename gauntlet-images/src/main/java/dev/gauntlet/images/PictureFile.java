package dev.gauntlet.images;

import dev.gauntlet.GauntletException;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;

/** Decodes a picture file, after a look at how large it says it is. */
final class PictureFile {
    private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "webp", "bmp");

    /** A hundred megapixels: more than any camera of today gives, less than the memory. */
    static final long MOST_PIXELS = 100_000_000;

    private PictureFile() {}

    static boolean isOne(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1));
    }

    /** What is done with a reader that has the file open. */
    @FunctionalInterface
    private interface Reading<T> {
        T from(ImageReader reader) throws IOException;
    }

    /** Returns width and height without decoding. */
    static int[] size(Path file) {
        return read(file, reader -> size(file, reader));
    }

    static Picture decode(Path file) {
        return read(file, reader -> {
            size(file, reader);
            return picture(reader.read(0));
        });
    }

    private static int[] size(Path file, ImageReader reader) throws IOException {
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if (width < 1 || height < 1 || (long) width * height > MOST_PIXELS) {
            throw new GauntletException("%s says that it has %dx%d pixels; at most %,d are read."
                    .formatted(file, width, height, MOST_PIXELS));
        }
        return new int[] {width, height};
    }

    private static <T> T read(Path file, Reading<T> reading) {
        try (ImageInputStream in = new FileImageInputStream(file.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new GauntletException("%s is no picture; PNG, JPEG, WebP and BMP are read.".formatted(file));
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                return reading.from(reader);
            } finally {
                reader.dispose();
            }
        } catch (GauntletException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // the decoders throw all kinds of exceptions at damaged files
            throw new GauntletException(
                    "%s cannot be decoded: %s.".formatted(file, e.getMessage() == null ? e.toString() : e.getMessage()),
                    e);
        }
    }

    private static Picture picture(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int plane = width * height;
        boolean isGrey = image.getColorModel().getNumColorComponents() == 1
                && !(image.getColorModel() instanceof IndexColorModel);
        byte[] bytes = new byte[(isGrey ? 1 : 3) * plane];
        if (isGrey) {
            // getRGB would take the numbers for linear light and change them
            Raster raster = image.getRaster();
            int bits = image.getColorModel().getComponentSize(0);
            boolean isShort = raster.getTransferType() == DataBuffer.TYPE_USHORT;
            for (int row = 0; row < height; row++) {
                int[] samples = raster.getSamples(0, row, width, 1, 0, (int[]) null);
                for (int column = 0; column < width; column++) {
                    int value =
                            isShort ? samples[column] >> (bits - Byte.SIZE) : samples[column] * 255 / ((1 << bits) - 1);
                    bytes[row * width + column] = (byte) value;
                }
            }
            return new Picture(1, height, width, bytes);
        }
        int[] line = new int[width];
        for (int row = 0; row < height; row++) {
            image.getRGB(0, row, width, 1, line, 0, width);
            for (int column = 0; column < width; column++) {
                int place = row * width + column;
                bytes[place] = (byte) (line[column] >> 16);
                bytes[plane + place] = (byte) (line[column] >> 8);
                bytes[2 * plane + place] = (byte) line[column];
            }
        }
        return new Picture(3, height, width, bytes);
    }
}
