package dev.gauntlet.images;

import dev.gauntlet.GauntletException;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;

/** Decodes a picture file, after a look at how large it says it is. */
final class PictureFile {
    /** What is read, for messages. */
    static final String FORMATS = "PNG, JPEG, TIFF, GIF, WebP or BMP";

    private static final Set<String> ENDINGS =
            Set.of("png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "tif", "tiff", "gif");

    /** Formats with frames or pages. */
    private static final Set<String> SEVERAL = Set.of("gif", "tif", "tiff", "bigtiff", "webp");

    /** A hundred megapixels: more than any camera of today gives, less than the memory. */
    static final long MOST_PIXELS = 100_000_000;

    /** More bits than that are no brightness for a screen, but measurements. */
    private static final int MOST_BITS = 16;

    private PictureFile() {}

    /**
     * What a file says before it is decoded.
     *
     * @param width the number of columns
     * @param height the number of rows
     * @param hasMore whether there are more frames or pages than the first
     */
    record Description(int width, int height, boolean hasMore) {}

    /** Why a file that is named like an image is none; the message is a reason without the file. */
    static final class UnreadableException extends Exception {
        @Serial
        private static final long serialVersionUID = 1L;

        UnreadableException(String reason) {
            super(reason);
        }

        UnreadableException(String reason, Throwable cause) {
            super(reason, cause);
        }

        String reason() {
            return String.valueOf(getMessage());
        }
    }

    static boolean isOne(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1));
    }

    /** What is done with a reader that has the file open. */
    @FunctionalInterface
    private interface Reading<T> {
        T from(ImageReader reader) throws IOException, UnreadableException;
    }

    /**
     * Describes a file without decoding it.
     *
     * @throws UnreadableException if it is not an image
     * @throws GauntletException if it is too large
     */
    static Description describe(Path file) throws UnreadableException {
        return read(file, reader -> describe(file, reader));
    }

    static Picture decode(Path file) {
        try {
            return read(file, reader -> {
                describe(file, reader);
                return picture(reader.read(0));
            });
        } catch (UnreadableException e) {
            throw new GauntletException("%s cannot be decoded: %s.".formatted(file, e.reason()), e);
        }
    }

    private static Description describe(Path file, ImageReader reader) throws IOException, UnreadableException {
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if (width < 1 || height < 1 || (long) width * height > MOST_PIXELS) {
            throw new GauntletException("%s says that it has %dx%d pixels; at most %,d are read."
                    .formatted(file, width, height, MOST_PIXELS));
        }
        ImageTypeSpecifier type = reader.getRawImageType(0);
        if (type != null) {
            requireBits(type.getSampleModel());
        }
        return new Description(width, height, hasMore(reader));
    }

    private static void requireBits(SampleModel samples) throws UnreadableException {
        int kind = samples.getDataType();
        int bits = samples.getSampleSize(0);
        boolean isFloating = kind == DataBuffer.TYPE_FLOAT || kind == DataBuffer.TYPE_DOUBLE;
        if (isFloating || kind == DataBuffer.TYPE_SHORT || bits > MOST_BITS) {
            throw new UnreadableException("its pixels are %s of %d bits, not unsigned ones of 8 or 16"
                    .formatted(isFloating ? "floats" : "numbers", bits));
        }
    }

    private static boolean hasMore(ImageReader reader) throws IOException {
        if (!SEVERAL.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
            return false;
        }
        try {
            return reader.getWidth(1) > 0;
        } catch (IndexOutOfBoundsException e) {
            // counting all would read all of the file; this is how a reader says that there is no second
            return false;
        }
    }

    private static <T> T read(Path file, Reading<T> reading) throws UnreadableException {
        try (ImageInputStream in = new FileImageInputStream(file.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new UnreadableException("it is not an image in %s".formatted(FORMATS));
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, false, true);
                return reading.from(reader);
            } finally {
                reader.dispose();
            }
        } catch (GauntletException | UnreadableException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // the decoders throw all kinds of exceptions at damaged files
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            throw new UnreadableException(reason.strip().replaceAll("\\s+", " ").replaceFirst("\\.$", ""), e);
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
