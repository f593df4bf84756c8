package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the paths below are absolute only elsewhere")
class CacheFolderTest {
    @Test
    void followsTheXDGSpecificationOnLinux() {
        assertThat(folder("Linux", Map.of())).isEqualTo(Path.of("/home/ada/.cache/gauntlet"));
        assertThat(folder("Linux", Map.of("XDG_CACHE_HOME", "/var/ada"))).isEqualTo(Path.of("/var/ada/gauntlet"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "relative/path", "bad\0name"})
    void ignoresAnXDGFolderThatIsNoAbsolutePath(String value) {
        assertThat(folder("Linux", Map.of("XDG_CACHE_HOME", value))).isEqualTo(Path.of("/home/ada/.cache/gauntlet"));
    }

    @Test
    void goesToTheLibraryOnMacOS() {
        assertThat(folder("Mac OS X", Map.of("XDG_CACHE_HOME", "/var/ada")))
                .isEqualTo(Path.of("/home/ada/Library/Caches/gauntlet"));
    }

    @Test
    void goesToTheLocalApplicationDataOnWindows() {
        assertThat(folder("Windows 11", Map.of("LOCALAPPDATA", "/c/local"))).isEqualTo(Path.of("/c/local/gauntlet"));
        assertThat(folder("Windows 11", Map.of())).isEqualTo(Path.of("/home/ada/AppData/Local/gauntlet"));
    }

    @Test
    void aUserWithoutAHomeGetsATemporaryCache() {
        assertThat(CacheFolder.of("Linux", Map.of(), "?", "/tmp")).isEqualTo(Path.of("/tmp/.cache/gauntlet"));
    }

    private static Path folder(String operatingSystem, Map<String, String> environment) {
        return CacheFolder.of(operatingSystem, environment, "/home/ada", "/tmp");
    }
}
