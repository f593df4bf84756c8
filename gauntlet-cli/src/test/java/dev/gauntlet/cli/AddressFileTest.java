package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

/** A browser is led to the page by a file that nobody else reads. */
class AddressFileTest {
    @Test
    void leadsToTheAddressAndIsOfItsOwnerOnly() throws IOException {
        Path file = AddressFile.of(URI.create("http://127.0.0.1:8080/secret_-1/"));
        try {
            assertThat(file).content().contains("content=\"0; url=http://127.0.0.1:8080/secret_-1/\"");
            assertThat(file.toUri().toString()).doesNotContain("secret");
            assumeThat(Files.getFileStore(file).supportsFileAttributeView("posix"))
                    .isTrue();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        } finally {
            Files.delete(file);
        }
    }
}
