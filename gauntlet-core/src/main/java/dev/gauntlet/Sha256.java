package dev.gauntlet;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Computes SHA-256 checksums as lower-case hexadecimal digits. */
public final class Sha256 {
    private Sha256() {}

    /**
     * Starts a checksum.
     *
     * @return an empty digest
     */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform must have SHA-256", e);
        }
    }

    /**
     * Finishes a checksum.
     *
     * @param digest the digest to which all bytes were added; it is reset
     * @return the checksum
     */
    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Computes the checksum of some bytes.
     *
     * @param bytes the bytes
     * @return the checksum
     */
    public static String of(byte[] bytes) {
        MessageDigest digest = digest();
        digest.update(bytes);
        return hex(digest);
    }

    /**
     * Computes the checksum of a file.
     *
     * @param path the file
     * @return the checksum
     * @throws IOException if it cannot be read
     */
    public static String ofFile(Path path) throws IOException {
        MessageDigest digest = digest();
        try (InputStream in = new DigestInputStream(Files.newInputStream(path), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return hex(digest);
    }
}
