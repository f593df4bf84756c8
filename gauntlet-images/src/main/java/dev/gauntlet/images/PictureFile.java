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
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.metadata.IIOMetadataFormatImpl;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Decodes an image file, after checking the size that it declares. */
final class PictureFile {
    /** The supported formats, for messages. */
    static final String FORMATS = "PNG, JPEG, TIFF, GIF, WebP or BMP";

    private static final Set<String> ENDINGS =
            Set.of("png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "tif", "tiff", "gif");

    /** Formats that may have several frames or pages. */
    private static final Set<String> SEVERAL = Set.of("gif", "tif", "tiff", "bigtiff", "webp");

    private static final Set<String> TIFF = Set.of("tif", "tiff", "bigtiff");

    /** Java's names of the TIFF orientations 1 to 8; after the fourth, rows and columns are swapped. */
    private static final List<String> ORIENTATIONS =
            List.of("Normal", "FlipH", "Rotate180", "FlipV", "FlipHRotate90", "Rotate270", "FlipVRotate90", "Rotate90");

    private static final int LAST_UPRIGHT = 4;

    /** 100 megapixels: more than current cameras produce, and fits into memory. */
    static final long MOST_PIXELS = 100_000_000;

    /** Pixels with more bits are measurements, not brightness values for a screen. */
    private static final int MOST_BITS = 16;

    private PictureFile() {}

    /**
     * The properties of an image file before it is decoded.
     *
     * @param width the number of columns of the upright image
     * @param height the number of rows of the upright image
     * @param hasMore whether there are more frames or pages after the first
     * @param orientation the orientation of the image, 1 to 8 as in TIFF
     */
    record Description(int width, int height, boolean hasMore, int orientation) {
        boolean isTurned() {
            return orientation != 1;
        }
    }

    /** A file that is named like an image is not readable as one; the message is the reason, without the file name. */
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

    /** An action on a reader of an open file. */
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
                int orientation = describe(file, reader).orientation();
                return picture(reader.read(0)).upright(orientation);
            });
        } catch (UnreadableException e) {
            throw new GauntletException(
                    "%s cannot be decoded: %s; remove the file, or save it again.".formatted(file, e.reason()), e);
        }
    }

    private static Description describe(Path file, ImageReader reader) throws IOException, UnreadableException {
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if (width < 1 || height < 1 || (long) width * height > MOST_PIXELS) {
            throw new GauntletException(
                    "%s declares %dx%d pixels; at most %,d are supported.".formatted(file, width, height, MOST_PIXELS));
        }
        ImageTypeSpecifier type = reader.getRawImageType(0);
        if (type != null) {
            requireBits(type.getSampleModel());
        }
        int orientation = orientation(reader);
        boolean isOnItsSide = orientation > LAST_UPRIGHT;
        return new Description(
                isOnItsSide ? height : width, isOnItsSide ? width : height, hasMore(reader), orientation);
    }

    /**
     * Returns the orientation of a TIFF file, which Pillow applies when it loads the file; Pillow does not apply that
     * of EXIF.
     */
    private static int orientation(ImageReader reader) throws IOException {
        if (!TIFF.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
            return 1;
        }
        Node dimension = child(
                reader.getImageMetadata(0).getAsTree(IIOMetadataFormatImpl.standardMetadataFormatName), "Dimension");
        Node orientation = dimension == null ? null : child(dimension, "ImageOrientation");
        return orientation == null
                ? 1
                : 1 + Math.max(0, ORIENTATIONS.indexOf(((Element) orientation).getAttribute("value")));
    }

    private static @Nullable Node child(Node parent, String name) {
        Node child = parent.getFirstChild();
        while (child != null && !child.getNodeName().equals(name)) {
            child = child.getNextSibling();
        }
        return child;
    }

    private static void requireBits(SampleModel samples) throws UnreadableException {
        int kind = samples.getDataType();
        int bits = samples.getSampleSize(0);
        boolean isFloating = kind == DataBuffer.TYPE_FLOAT || kind == DataBuffer.TYPE_DOUBLE;
        if (isFloating || kind == DataBuffer.TYPE_SHORT || bits > MOST_BITS) {
            throw new UnreadableException("its pixels are %d-bit %s, not unsigned 8-bit or 16-bit integers"
                    .formatted(bits, isFloating ? "floats" : "integers"));
        }
    }

    private static boolean hasMore(ImageReader reader) throws IOException {
        if (!SEVERAL.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
            return false;
        }
        try {
            return reader.getWidth(1) > 0;
        } catch (IndexOutOfBoundsException e) {
            // counting all frames would read the whole file; a reader throws this if there is no second frame
            return false;
        }
    }

    private static <T> T read(Path file, Reading<T> reading) throws UnreadableException {
        try (ImageInputStream in = new FileImageInputStream(file.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new UnreadableException("it is not a %s image".formatted(FORMATS));
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
            // the decoders throw all kinds of exceptions for damaged files
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
            // getRGB would treat the numbers as linear light and convert them
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
