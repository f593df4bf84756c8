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

/** Decodes a picture file, after a look at how large it says it is. */
final class PictureFile {
    /** What is read, for messages. */
    static final String FORMATS = "PNG, JPEG, TIFF, GIF, WebP or BMP";

    private static final Set<String> ENDINGS =
            Set.of("png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "tif", "tiff", "gif");

    /** Formats with frames or pages. */
    private static final Set<String> SEVERAL = Set.of("gif", "tif", "tiff", "bigtiff", "webp");

    private static final Set<String> TIFF = Set.of("tif", "tiff", "bigtiff");

    /** What Java calls the orientations 1 to 8 of TIFF; beyond the fourth, rows are columns. */
    private static final List<String> ORIENTATIONS =
            List.of("Normal", "FlipH", "Rotate180", "FlipV", "FlipHRotate90", "Rotate270", "FlipVRotate90", "Rotate90");

    private static final int LAST_UPRIGHT = 4;

    /** A hundred megapixels: more than any camera of today gives, less than the memory. */
    static final long MOST_PIXELS = 100_000_000;

    /** More bits than that are no brightness for a screen, but measurements. */
    private static final int MOST_BITS = 16;

    private PictureFile() {}

    /**
     * What a file says before it is decoded.
     *
     * @param width the number of columns of the upright image
     * @param height the number of rows of the upright image
     * @param hasMore whether there are more frames or pages than the first
     * @param orientation how the image has to be turned, 1 to 8 as in TIFF
     */
    record Description(int width, int height, boolean hasMore, int orientation) {
        boolean isTurned() {
            return orientation != 1;
        }
    }

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
            throw new GauntletException("%s says that it has %dx%d pixels; at most %,d are read."
                    .formatted(file, width, height, MOST_PIXELS));
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

    /** Returns the orientation of a TIFF file, which Pillow applies when it loads one; that of EXIF it does not apply. */
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
