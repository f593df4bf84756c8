package dev.gauntlet.torch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Puts safetensors files together from a header as text, so that nothing of it is made by the code under test. */
final class SafetensorsFile {
    private SafetensorsFile() {}

    static byte[] of(String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return withLength(text.length, text, data);
    }

    static byte[] of(String header, float... data) {
        return of(header, NpzFile.little(data));
    }

    /** A file that announces a header of any length. */
    static byte[] withLength(long announced, byte[] header, byte[] data) {
        return ByteBuffer.allocate(Long.BYTES + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(announced)
                .put(header)
                .put(data)
                .array();
    }
}
