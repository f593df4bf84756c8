package dev.gauntlet.explore;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.shard.AdversarialExample;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/** Images as text: 32-bit floats, little endian, in Base64; no digit is lost between the page and the program. */
final class Pixels {
    private static final float WHITE = 255;

    private Pixels() {}

    static String text(float[] pixels) {
        ByteBuffer bytes = ByteBuffer.allocate(pixels.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(pixels);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    /** Returns the grey levels of an image, for those that are only shown. */
    static String levels(float[] pixels) {
        byte[] levels = new byte[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            levels[i] = (byte) AdversarialExample.level(Math.max(0, Math.min(1, pixels[i])));
        }
        return Base64.getEncoder().encodeToString(levels);
    }

    /**
     * Reads an image.
     *
     * @throws GauntletException if it is not an image of this shape in [0,1]
     */
    static float[] read(String text, ImageShape shape) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new GauntletException("The pixels are not valid Base64.", e);
        }
        if (bytes.length != (long) shape.size() * Float.BYTES) {
            throw new GauntletException("The pixels have %d bytes; an image of %s has %d."
                    .formatted(bytes.length, shape, (long) shape.size() * Float.BYTES));
        }
        float[] pixels = new float[shape.size()];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(pixels);
        for (int i = 0; i < pixels.length; i++) {
            // written so that a NaN is outside
            if (!(pixels[i] >= 0 && pixels[i] <= 1)) {
                throw new GauntletException("Pixel %d is %s, outside [0,1].".formatted(i, pixels[i]));
            }
        }
        return pixels;
    }

    /** Rounds an image to 8 bits, as it is in most files. */
    static float[] rounded(float[] pixels) {
        float[] rounded = new float[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            rounded[i] = AdversarialExample.level(pixels[i]) / WHITE;
        }
        return rounded;
    }
}
