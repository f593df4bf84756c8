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
    void follows_the_XDG_specification_on_Linux() {
        assertThat(folder("Linux", Map.of())).isEqualTo(Path.of("/home/ada/.cache/gauntlet"));
        assertThat(folder("Linux", Map.of("XDG_CACHE_HOME", "/var/ada"))).isEqualTo(Path.of("/var/ada/gauntlet"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "relative/path", "bad\0name"})
    void ignores_an_XDG_folder_that_is_no_absolute_path(String value) {
        assertThat(folder("Linux", Map.of("XDG_CACHE_HOME", value))).isEqualTo(Path.of("/home/ada/.cache/gauntlet"));
    }

    @Test
    void goes_to_the_library_on_macOS() {
        assertThat(folder("Mac OS X", Map.of("XDG_CACHE_HOME", "/var/ada")))
                .isEqualTo(Path.of("/home/ada/Library/Caches/gauntlet"));
    }

    @Test
    void goes_to_the_local_application_data_on_Windows() {
        assertThat(folder("Windows 11", Map.of("LOCALAPPDATA", "/c/local"))).isEqualTo(Path.of("/c/local/gauntlet"));
        assertThat(folder("Windows 11", Map.of())).isEqualTo(Path.of("/home/ada/AppData/Local/gauntlet"));
    }

    @Test
    void a_user_without_a_home_gets_a_temporary_cache() {
        assertThat(CacheFolder.of("Linux", Map.of(), "?", "/tmp")).isEqualTo(Path.of("/tmp/.cache/gauntlet"));
    }

    private static Path folder(String operatingSystem, Map<String, String> environment) {
        return CacheFolder.of(operatingSystem, environment, "/home/ada", "/tmp");
    }
}
