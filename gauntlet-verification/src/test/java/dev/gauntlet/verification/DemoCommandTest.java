package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The demonstration, from the training to the page. */
class DemoCommandTest extends CommandLineFixture {
    @Test
    void theDemoShowsTheWholeStory() throws IOException {
        Path report = folder.resolve("runs/demo");

        assertThat(run(SMALL, "demo", "--out", report.toString(), "--epsilon", "0.1,8/255"))
                .isZero();

        assertThat(err).hasToString("");
        JsonNode json = read(report);
        assertThat(json.path("results")
                        .valueStream()
                        .map(result -> result.path("epsilon").asDouble()))
                .containsExactly(0.0, 8 / 255.0, 0.1);
        JsonNode clean = json.path("results").get(0).path("accuracy");
        assertThat(clean.path("trials").asInt()).isEqualTo(10_000);
        assertThat(clean.path("rate").asDouble()).isGreaterThan(0.8);
        assertThat(out.toString())
                .contains("Data      digits: 60,000 training and 10,000 test images, built in")
                .contains("Network   mlp:784-16-10: flatten, linear 16, relu, linear 10; 12,730 parameters")
                .contains("Epoch 1/1")
                .containsPattern(
                        "\n0 .* %,d/10,000 ".formatted(clean.path("successes").asInt()))
                .containsPattern("\n0.03137 ")
                .contains("Report: " + report.resolve("index.html"));
        assertThat(report.resolve("index.html"))
                .content()
                .contains(
                        "training.network = 'mlp:784-16-10'\ntraining.epochs = 1\ntraining.batch-size = 128\n",
                        "training.learning-rate = 0.001",
                        "threat.epsilons = [0.0, 0.03137254901960784, 0.1]");
        Path again = folder.resolve("again");
        assertThat(run("evaluate", "--plan", report.toString(), "--offline", "--out", again.toString()))
                .as(err.toString())
                .isZero();
        assertThat(withoutTiming(read(again))).isEqualTo(withoutTiming(read(report)));
        assertThat(report.resolve("model.safetensors")).hasSameBinaryContentAs(weights());
    }

    @Test
    void theSameSeedGivesTheSameRecordForAnyNumberOfWorkers() throws IOException {
        for (String workers : List.of("1", "2")) {
            assertThat(run(SMALL, "demo", "--out", folder.resolve(workers).toString(), "--workers", workers, "--quiet"))
                    .as(err.toString())
                    .isZero();
        }

        assertThat(out).hasToString("");
        assertThat(withoutTiming(read(folder.resolve("1")))).isEqualTo(withoutTiming(read(folder.resolve("2"))));
        assertThat(read(folder.resolve("2")).path("timing").path("workers").asInt())
                .isEqualTo(2);
        assertThat(folder.resolve("1/model.safetensors")).hasSameBinaryContentAs(folder.resolve("2/model.safetensors"));
    }

    @Test
    void printsNothingButJsonWhenAskedTo() throws IOException {
        Path report = folder.resolve("report");

        assertThat(evaluate(weights(), report, "--json")).isZero();

        assertThat(err).hasToString("");
        JsonNode printed = JSON.readTree(out.toString());
        JsonNode record = read(report);
        assertThat(printed.path("results").valueStream().map(result -> result.path("accuracy")))
                .hasSize(7)
                .containsExactlyElementsOf(record.path("results")
                        .valueStream()
                        .map(result -> result.path("accuracy"))
                        .toList());
        assertThat(printed.path("json").asString())
                .isEqualTo(report.resolve("report.json").toString());
    }

    @Test
    void refusesATargetThatIsNoClassBeforeTheWork() {
        assertThat(run(
                        SMALL,
                        "demo",
                        "--target",
                        "10",
                        "--out",
                        folder.resolve("report").toString()))
                .isEqualTo(2);

        assertThat(message()).isEqualTo("gauntlet: Target 10 is not a class; the classes are 0 to 9.");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesAFolderThatExistsBeforeAnyWork() throws IOException {
        Path report = Files.createDirectory(folder.resolve("report"));
        Path note = Files.writeString(report.resolve("note"), "mine");

        assertThat(run(SMALL, "demo", "--out", report.toString())).isEqualTo(2);
        assertThat(message()).startsWith("gauntlet: The folder " + report + " already exists; ");
        listen();
        assertThat(run(SMALL, "demo", "--out", report.toString(), "--force")).isEqualTo(2);
        assertThat(message()).contains("does not contain a report");

        assertThat(note).hasContent("mine");
        assertThat(report).isDirectoryNotContaining(path -> !path.equals(note));
    }
}
