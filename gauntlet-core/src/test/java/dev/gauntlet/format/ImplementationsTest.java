package dev.gauntlet.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImplementationsTest {
    @TempDir
    Path folder;

    @Test
    void findsTheFormatsOfThisModule() {
        assertThat(DataFormats.all()).hasAtLeastOneElementOfType(CsvFormat.class);
    }

    @Test
    void saysInOneLineThatARegisteredClassIsMissing() throws Exception {
        assertRefused(
                ModelFormat.class,
                ModelFormats::all,
                "An engine on the class path cannot be loaded: dev.gauntlet.format.ModelFormat: Provider com.example.Missing not found.");
        assertRefused(
                DataFormat.class,
                DataFormats::all,
                "A data format on the class path cannot be loaded: dev.gauntlet.format.DataFormat: Provider com.example.Missing not found.");
    }

    private void assertRefused(Class<?> service, ThrowingCallable all, String message) throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(service.getName()), "com.example.Missing");
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            assertThatThrownBy(all).isInstanceOf(GauntletException.class).hasMessage(message);
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
