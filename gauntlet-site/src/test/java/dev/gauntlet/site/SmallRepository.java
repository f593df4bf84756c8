package dev.gauntlet.site;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A repository with a home page and two pages in {@code docs}. */
final class SmallRepository {
    static final Contents CONTENTS = new Contents(List.of(
            new Contents.Group("Start", List.of(new Contents.Entry("README.md", "Overview"))),
            new Contents.Group(
                    "How to",
                    List.of(new Contents.Entry("docs/data.md", "Data"), new Contents.Entry("docs/ci", "Recipes")))));

    final Path root;

    SmallRepository(Path root) throws IOException {
        this.root = root;
        write("README.md", "# Home\n\nSee [data](docs/data.md#your-own).\n");
        write("docs/data.md", "# Data\n\n## Your own\n\nImages & labels.\n");
        write("docs/ci/job.yml", "steps: [test]\n");
    }

    /** Writes a file and returns this. */
    SmallRepository write(String file, String text) throws IOException {
        Files.createDirectories(root.resolve(file).getParent());
        Files.writeString(root.resolve(file), text);
        return this;
    }

    Site site() {
        return site("1.0.0");
    }

    Site site(String version) {
        return new Site(root, CONTENTS, version);
    }

    /** Returns a file of the site as text. */
    String text(String file) throws IOException {
        Map<String, byte[]> files = site().files();
        return new String(files.get(file), StandardCharsets.UTF_8);
    }
}
