package dev.gauntlet.bounds;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Reference bounds and verdicts, which a machine may have or not. */
final class Fixtures {
    private Fixtures() {}

    /** Returns a folder of fixtures; without them the test is reported as skipped. */
    static Path folder(String name) {
        String folder = System.getenv("GAUNTLET_FIXTURES");
        assumeTrue(folder != null, "GAUNTLET_FIXTURES is not set");
        Path found = Path.of(folder, name);
        assumeTrue(Files.isDirectory(found), "no " + found);
        return found;
    }

    /** Returns the directory of data sets. */
    static Path data() {
        String folder = System.getenv("GAUNTLET_DATA");
        assumeTrue(folder != null, "GAUNTLET_DATA is not set");
        return Path.of(folder);
    }

    /** Reads the arrays of an .npz file as doubles. */
    static Map<String, double[]> npz(Path file) throws IOException {
        Map<String, double[]> arrays = new HashMap<>();
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                arrays.put(entry.getName().replaceFirst("\\.npy$", ""), npy(zip));
            }
        }
        return arrays;
    }

    /** Reads an array of floats, doubles or integers. */
    static double[] npy(InputStream in) throws IOException {
        ByteBuffer content = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
        int header = Short.toUnsignedInt(content.getShort(8));
        String description = new String(content.array(), 10, header, StandardCharsets.US_ASCII);
        content.position(10 + header);
        boolean single = description.contains("<f4");
        boolean whole = description.contains("<i8");
        double[] values = new double[content.remaining() / (single ? 4 : 8)];
        for (int i = 0; i < values.length; i++) {
            values[i] = single ? content.getFloat() : whole ? content.getLong() : content.getDouble();
        }
        return description.contains("'fortran_order': True") ? inRows(values, description) : values;
    }

    /** Reorders a matrix that is stored column by column. */
    private static double[] inRows(double[] columns, String description) throws IOException {
        Matcher shape = Pattern.compile("\\((\\d+), (\\d+)\\)").matcher(description);
        if (!shape.find()) {
            throw new IOException("not a matrix: " + description);
        }
        int height = Integer.parseInt(shape.group(1));
        int width = Integer.parseInt(shape.group(2));
        double[] values = new double[columns.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = columns[i % width * height + i / width];
        }
        return values;
    }

    static float[] floats(double[] values) {
        float[] narrow = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            narrow[i] = (float) values[i];
        }
        return narrow;
    }
}
