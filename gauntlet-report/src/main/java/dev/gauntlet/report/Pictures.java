package dev.gauntlet.report;

import dev.gauntlet.data.ImageShape;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Encodes pixels as PNG files of the same size: in colour for three channels, otherwise in grey. */
final class Pictures {
    private static final int COLOUR_CHANNELS = 3;

    private static final double MIDDLE_GREY = 0.5;

    private Pictures() {}

    /** Encodes an image; 0 is black and 1 is white. */
    static byte[] png(float[] pixels, ImageShape shape) {
        boolean colour = shape.channels() == COLOUR_CHANNELS;
        BufferedImage image = new BufferedImage(
                shape.width(), shape.height(), colour ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_BYTE_GRAY);
        WritableRaster raster = image.getRaster();
        int plane = shape.height() * shape.width();
        for (int y = 0; y < shape.height(); y++) {
            for (int x = 0; x < shape.width(); x++) {
                int position = y * shape.width() + x;
                if (colour) {
                    for (int band = 0; band < COLOUR_CHANNELS; band++) {
                        raster.setSample(x, y, band, level(pixels[band * plane + position]));
                    }
                } else {
                    raster.setSample(x, y, 0, level(mean(pixels, position, plane, shape.channels())));
                }
            }
        }
        return encode(image);
    }

    /** Encodes the change between two images: {@code 0.5 + gain * (adversarial - clean)}, so that grey means unchanged. */
    static byte[] change(float[] clean, float[] adversarial, double gain, ImageShape shape) {
        float[] change = new float[clean.length];
        for (int i = 0; i < change.length; i++) {
            change[i] = (float) (MIDDLE_GREY + gain * ((double) adversarial[i] - clean[i]));
        }
        return png(change, shape);
    }

    private static double mean(float[] pixels, int position, int plane, int channels) {
        double sum = 0;
        for (int channel = 0; channel < channels; channel++) {
            sum += pixels[channel * plane + position];
        }
        return sum / channels;
    }

    private static int level(double value) {
        return (int) Math.round(255 * Math.max(0, Math.min(1, value)));
    }

    /** ImageIO.write would create a temporary file for each image. */
    private static byte[] encode(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
