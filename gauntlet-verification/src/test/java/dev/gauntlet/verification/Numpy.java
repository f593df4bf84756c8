package dev.gauntlet.verification;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Files of NumPy. */
final class Numpy {
    private Numpy() {}

    /** Writes an array: its type and shape as NumPy writes them, and the bytes of its values. */
    static byte[] npy(String type, String shape, byte[] values) throws IOException {
        StringBuilder header =
                new StringBuilder("{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type, shape));
        while ((10 + header.length() + 1) % 64 != 0) {
            header.append(' ');
        }
        header.append('\n');
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(new byte[] {
            (byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length(), (byte) (header.length() >> 8)
        });
        file.write(header.toString().getBytes(StandardCharsets.US_ASCII));
        file.write(values);
        return file.toByteArray();
    }

    /** Writes arrays as an archive. */
    static byte[] npz(Map<String, byte[]> arrays) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(file)) {
            for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
                zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
                zip.write(array.getValue());
            }
        }
        return file.toByteArray();
    }
}
