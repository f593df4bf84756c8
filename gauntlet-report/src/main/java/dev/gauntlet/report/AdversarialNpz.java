package dev.gauntlet.report;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.shard.AdversarialExample;
import dev.gauntlet.report.AdversarialFolder.Stored;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes the successes at one budget as NumPy's npz: a zip archive with one npy file per array, one row per success.
 *
 * <p>Format: <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>.
 */
final class AdversarialNpz {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int ALIGNMENT = 64;

    /** The earliest time of a zip entry; a fixed time gives the same bytes for the same successes. */
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private AdversarialNpz() {}

    /** Writes the pixels of one success. */
    @FunctionalInterface
    private interface Values {
        void write(AdversarialExample success, OutputStream out) throws IOException;
    }

    static void write(Path file, List<Stored> successes, ImageShape shape) throws IOException {
        String rows = successes.size() + ",";
        String images = "%d, %d, %d, %d".formatted(successes.size(), shape.channels(), shape.height(), shape.width());
        try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            integers(zip, "id", successes, success -> success.id);
            integers(zip, "label", successes, success -> success.label);
            integers(zip, "prediction", successes, success -> success.prediction);
            integers(zip, "prediction_8bit", successes, success -> success.predictionAfterRounding);
            integers(zip, "attack", successes, success -> success.attack);
            begin(zip, "distance", "<f8", rows);
            for (Stored success : successes) {
                zip.write(little(Double.BYTES).putDouble(success.distance).array());
            }
            pixels(zip, "clean", "<f4", images, successes, (success, out) -> floats(success.clean(), out));
            pixels(zip, "adversarial", "<f4", images, successes, (success, out) -> floats(success.adversarial(), out));
            pixels(zip, "adversarial_8bit", "|u1", images, successes, AdversarialNpz::levels);
        }
    }

    private static void integers(ZipOutputStream zip, String name, List<Stored> successes, ToIntFunction<Stored> value)
            throws IOException {
        begin(zip, name, "<i4", successes.size() + ",");
        for (Stored success : successes) {
            zip.write(little(Integer.BYTES).putInt(value.applyAsInt(success)).array());
        }
    }

    private static void pixels(
            ZipOutputStream zip, String name, String type, String shape, List<Stored> successes, Values values)
            throws IOException {
        begin(zip, name, type, shape);
        for (Stored success : successes) {
            values.write(success.read(), zip);
        }
    }

    private static void floats(float[] pixels, OutputStream out) throws IOException {
        byte[] bytes = new byte[Float.BYTES * pixels.length];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(pixels);
        out.write(bytes);
    }

    private static void levels(AdversarialExample success, OutputStream out) throws IOException {
        float[] pixels = success.adversarial();
        byte[] levels = new byte[pixels.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (byte) AdversarialExample.level(pixels[i]);
        }
        out.write(levels);
    }

    private static void begin(ZipOutputStream zip, String name, String type, String shape) throws IOException {
        ZipEntry entry = new ZipEntry(name + ".npy");
        entry.setTimeLocal(NO_TIME);
        zip.putNextEntry(entry);
        String description = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type, shape);
        int length = MAGIC.length + Short.BYTES + description.length() + 1;
        int padding = (ALIGNMENT - length % ALIGNMENT) % ALIGNMENT;
        String header = description + " ".repeat(padding) + "\n";
        zip.write(MAGIC);
        zip.write(little(Short.BYTES).putShort((short) header.length()).array());
        zip.write(header.getBytes(StandardCharsets.US_ASCII));
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
