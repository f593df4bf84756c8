package dev.gauntlet.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes npz files as NumPy does, and as NumPy never would. */
final class NpzFile {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ZipOutputStream zip = new ZipOutputStream(bytes);

    NpzFile stored(String name, byte[] content) {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setCrc(crc.getValue());
        return add(entry, content);
    }

    NpzFile deflated(String name, byte[] content) {
        return add(new ZipEntry(name), content);
    }

    byte[] bytes() {
        try {
            zip.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private NpzFile add(ZipEntry entry, byte[] content) {
        try {
            zip.putNextEntry(entry);
            zip.write(content);
            zip.closeEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** An array of 32-bit floats. */
    static byte[] floats(String shape, float... values) {
        return array(1, "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }".formatted(shape), little(values));
    }

    /** An npy file of a version with any header, padded as NumPy pads it. */
    static byte[] array(int version, String header, byte[] data) {
        int start = version == 1 ? 10 : 12;
        String padded = header + " ".repeat(Math.floorMod(-(start + header.length() + 1), 64)) + "\n";
        ByteBuffer npy =
                ByteBuffer.allocate(start + padded.length() + data.length).order(ByteOrder.LITTLE_ENDIAN);
        npy.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
        npy.put((byte) version).put((byte) 0);
        if (version == 1) {
            npy.putShort((short) padded.length());
        } else {
            npy.putInt(padded.length());
        }
        return npy.put(padded.getBytes(StandardCharsets.ISO_8859_1)).put(data).array();
    }

    static byte[] little(float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }

    static byte[] little(long... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            buffer.putLong(value);
        }
        return buffer.array();
    }

    static byte[] little(double... values) {
        ByteBuffer buffer = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asDoubleBuffer().put(values);
        return buffer.array();
    }

    static byte[] little(short... values) {
        ByteBuffer buffer = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asShortBuffer().put(values);
        return buffer.array();
    }
}
