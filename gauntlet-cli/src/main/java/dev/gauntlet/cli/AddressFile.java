package dev.gauntlet.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that leads a browser to an address, so that a secret in the address is not on the browser's command line. */
final class AddressFile {
    private AddressFile() {}

    /**
     * Writes a file that only the user can read; it is deleted when the process ends.
     *
     * @param address the address, of letters that HTML does not treat specially
     * @return the file
     * @throws IOException if it cannot be written
     */
    static Path of(URI address) throws IOException {
        // readable by its owner only, from its beginning
        Path file = Files.createTempFile("gauntlet-", ".html");
        file.toFile().deleteOnExit();
        return Files.writeString(file, """
                <!DOCTYPE html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="referrer" content="no-referrer">
                <meta http-equiv="refresh" content="0; url=%1$s">
                <title>Gauntlet explore</title>
                <a href="%1$s">Gauntlet explore</a>
                </html>
                """.formatted(address));
    }
}
