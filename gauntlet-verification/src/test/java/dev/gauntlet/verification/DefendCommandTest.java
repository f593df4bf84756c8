package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.gate.Comparison;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.report.ReportJson;
import dev.gauntlet.torch.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Training against an adversary on the command line. */
class DefendCommandTest extends CommandLineFixture {
    @Test
    void trainsAgainstAnAdversaryAndKeepsBothCheckpoints() {
        Path file = folder.resolve("m.safetensors");
        assertThat(run(SMALL, "train", "--defend", "fast", "--epsilon", "0.05", "--out", file.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .contains(
                        "Defense   fast:clamp-start=false,relative-step=1.25 within 0.05, learning rate 0.001 (triangle)")
                .containsPattern(
                        "Epoch 1/1 +loss [.\\d]+ +test [.\\d]+ % +held out: clean [.\\d]+ %, FGSM [.\\d]+ %, PGD")
                .contains("Kept      the weights of epoch 1", "m-last.safetensors");
        try (var best = Models.load(file);
                var last = Models.load(folder.resolve("m-last.safetensors"))) {
            assertThat(last.card().sha256()).isEqualTo(best.card().sha256());
            TrainingHistory.Defense defense =
                    best.card().training().orElseThrow().defense().orElseThrow();
            assertThat(defense.epsilon()).isEqualTo(0.05);
            assertThat(defense.watched())
                    .singleElement()
                    .satisfies(watched -> assertThat(watched.examples()).isEqualTo(500));
        }
    }

    @Test
    void evaluatesAModelBeforeAndAfterItIsDefended() throws IOException {
        Path report = folder.resolve("report");
        assertThat(run(
                        "defend",
                        weights().toString(),
                        "--dataset",
                        "digits",
                        "--offline",
                        "--epsilon",
                        "0.02,0.05",
                        "--epochs",
                        "1",
                        "--examples",
                        "100",
                        "--attack",
                        "fgsm",
                        "--attack",
                        "pgd:steps=5",
                        "--out",
                        report.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .contains("Before the training:", "Before and after the training, on 100 images:", "McNemar p");

        RobustnessReport before = ReportJson.read(report.resolve("before.json"));
        RobustnessReport after = ReportJson.read(report.resolve("report.json"));
        assertThat(Comparison.all(before, after))
                .allSatisfy(comparison ->
                        assertThat(comparison.examples()).as("the same images").isEqualTo(100));
        assertThat(after.request().attacks()).isEqualTo(before.request().attacks());
        assertThat(after.results().get(2).accuracy().rate())
                .isGreaterThan(before.results().get(2).accuracy().rate());
        TrainingHistory.Defense defense =
                after.model().training().orElseThrow().defense().orElseThrow();
        assertThat(defense.startedFrom()).isEqualTo(before.model().sha256());
        assertThat(defense.epsilon()).as("the largest epsilon").isEqualTo(0.05);
        try (var model = Models.load(report.resolve("model.safetensors"))) {
            assertThat(model.card().sha256()).isEqualTo(after.model().sha256());
        }
        assertThat(report.resolve("model-last.safetensors")).isRegularFile();
        assertThat(Files.readString(report.resolve("index.html")))
                .contains("accuracy-and-baseline.svg", "The same images, before and now", "Objective");
        try (var files = Files.list(folder)) {
            assertThat(files).as("no checkpoint is left").containsExactly(report);
        }
    }

    /** Defends a model for one epoch and evaluates it on few digits. */
    private static String[] defense(Path model, Path report, String... more) {
        List<String> command = new ArrayList<>(List.of("defend", model.toString(), "--dataset", "digits", "--offline"));
        command.addAll(List.of("--epsilon", "0.05", "--epochs", "1", "--examples", "100", "--attack", "fgsm"));
        command.addAll(List.of("--out", report.toString()));
        command.addAll(List.of(more));
        return command.toArray(String[]::new);
    }

    @Test
    void printsBothEvaluationsAsJson() throws IOException {
        Path report = folder.resolve("report");
        assertThat(run(defense(weights(), report, "--json"))).as(err.toString()).isZero();
        JsonNode json = JsonMapper.shared().readTree(out.toString());
        RobustnessReport before = ReportJson.read(report.resolve("before.json"));
        RobustnessReport after = ReportJson.read(report.resolve("report.json"));
        assertThat(json.at("/before/results/1/accuracy/successes").asInt())
                .isEqualTo(before.results().get(1).accuracy().successes());
        assertThat(json.at("/after/results/1/accuracy/successes").asInt())
                .isEqualTo(after.results().get(1).accuracy().successes());
        assertThat(json.at("/before/json").asString())
                .isEqualTo(report.resolve("before.json").toString());
        assertThat(json.at("/after/json").asString())
                .isEqualTo(report.resolve("report.json").toString());
        assertThat(json.at("/comparisons/1/gained").size())
                .isEqualTo(Comparison.all(before, after).get(1).gained().length);
        assertThat(json.at("/defense/keptEpoch").asInt()).isEqualTo(1);
        assertThat(json.at("/weights").asString())
                .isEqualTo(report.resolve("model.safetensors").toString());
    }

    @Test
    void aJournalLeavesTheModelsOfItsFolderAlone() throws IOException {
        Path model = Files.copy(weights(), folder.resolve("model.safetensors"));
        String[] command = defense(model, folder.resolve("report"), "--force", "--journal", folder.toString());

        assertThat(run(command)).as(err.toString()).isZero();

        assertThat(model).hasSameBinaryContentAs(weights());
        assertThat(folder.resolve("model-last.safetensors")).doesNotExist();
        assertThat(run(command)).as("the same command again: " + err).isZero();
    }

    @Test
    void theJournalOfAnotherTrainingIsRefused() {
        String journal = folder.resolve("journal").toString();
        Path file = folder.resolve("m.safetensors");
        String[] command = {
            "train", "--defend", "fast", "--epsilon", "0.05", "--journal", journal, "--out", file.toString()
        };
        assertThat(run(SMALL, command)).as(err.toString()).isZero();
        assertThat(folder.resolve("m-last.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("journal/training-last.safetensors"));
        command[4] = "0.06";
        command[8] = folder.resolve("other.safetensors").toString();
        assertThat(run(SMALL, command)).isEqualTo(2);
        assertThat(err.toString()).contains("is of another training: epsilon was 0.05 and is 0.06.");
    }

    @Test
    void aModelThatCannotBeTrainedIsRefused() throws IOException {
        String model = onnx().toString();
        assertThat(run("defend", model, "--dataset", "digits", "--offline", "--epsilon", "0.1"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("ONNX", "which Gauntlet can attack but not train", "name the architecture with --network");
        assertRefused("--epsilon is missing", "defend", model);
        assertRefused("in linf only, got --norm l2", "defend", model, "--epsilon", "0.1", "--norm", "l2");
        assertRefused(
                "Unknown objective 'trade'; did you mean trades?",
                "defend",
                model,
                "--epsilon",
                "0.1",
                "--defend",
                "trade");
        assertRefused("--epsilon is the budget of an adversary", "train", "--epsilon", "0.1");
    }
}
