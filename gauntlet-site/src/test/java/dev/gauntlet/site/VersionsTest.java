package dev.gauntlet.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionsTest {
    @TempDir
    Path folder;

    @Test
    void areInTheOrderOfSemanticVersions() throws IOException {
        List<String> order = List.of(
                "2.0.0-SNAPSHOT",
                "1.10.0",
                "1.9.1",
                "1.9.0",
                "1.9.0-rc.10",
                "1.9.0-rc.2",
                "1.9.0-beta",
                "1.2.0",
                "0.10.0");
        order.stream().sorted().forEach(this::site);
        site("images");
        Files.createDirectories(folder.resolve("3.0.0"));

        List<Versions.Version> versions = Versions.in(folder);

        assertThat(versions).extracting(Versions.Version::version).containsExactlyElementsOf(order);
        assertThat(versions).filteredOn(version -> !version.released()).hasSize(1);
        assertThat(Versions.preferred(versions).version()).isEqualTo("1.10.0");
    }

    @Test
    void preferASnapshotOnlyWhereNothingIsReleased() throws IOException {
        site("0.1.0-SNAPSHOT");

        assertThat(Versions.preferred(Versions.in(folder)).version()).isEqualTo("0.1.0-SNAPSHOT");
    }

    @Test
    void areNamesOfFolders() {
        assertThat(List.of("1.0.0", "1", "1.0.0-rc.1+build-5")).allMatch(Versions::isVersion);
        assertThat(List.of("", "..", "1/2", "v1.0", "1..0", "1.0 beta", "latest"))
                .noneMatch(Versions::isVersion);
    }

    private void site(String name) {
        try {
            Files.createDirectories(folder.resolve(name));
            Files.writeString(folder.resolve(name).resolve(Versions.MARK), "");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
