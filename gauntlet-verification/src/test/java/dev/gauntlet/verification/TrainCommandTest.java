package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.torch.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Training to a file. */
class TrainCommandTest extends CommandLineFixture {
    @Test
    void refusesToReplaceWeightsUnlessForced() throws IOException {
        Path file = Files.writeString(folder.resolve("m.safetensors"), "mine");

        assertThat(run(SMALL, "train", "--out", file.toString())).isEqualTo(2);
        assertThat(message())
                .isEqualTo("gauntlet: %s already exists; choose another file with --out, or replace it with --force."
                        .formatted(file));
        assertThat(file).hasContent("mine");

        listen();
        assertThat(run(SMALL, "train", "--out", file.toString(), "--force", "--quiet"))
                .isZero();
        assertThat(file).hasSameBinaryContentAs(weights());
        assertThat(folder)
                .isDirectoryContaining(path -> path.equals(file))
                .isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void refusesPlacesThatAreNoFolder() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThat(run(SMALL, "train", "--out", file.resolve("m.safetensors").toString()))
                .isEqualTo(2);
        assertThat(message()).contains(file + " is not a directory");
        listen();
        assertThat(run(SMALL, "demo", "--out", file.resolve("report").toString()))
                .isEqualTo(2);
        assertThat(message()).contains(file + " is not a directory");
        listen();
        Path named = Files.createDirectory(folder.resolve("folder.safetensors"));
        assertThat(run(SMALL, "train", "--force", "--out", named.toString())).isEqualTo(2);
        assertThat(message()).contains(named + " is a directory");
    }

    @Test
    void whatWasTrainedIsTakenByTheLibrary() {
        try (var model = Models.load(weights())) {
            assertThat(model.card().name()).isEqualTo("mlp:784-16-10");
            assertThat(model.card().training().orElseThrow().epochs()).hasSize(1);
        }
    }
}
