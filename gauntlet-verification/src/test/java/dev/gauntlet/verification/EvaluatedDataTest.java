package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.ReportJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Evaluates on data sets with a name and on data of users. */
class EvaluatedDataTest extends CommandLineFixture {
    @Test
    void saysLoudlyThatItFellBackToTheDigits() throws IOException {
        Path report = folder.resolve("report");

        assertThat(run("evaluate", weights().toString(), "--offline", "--out", report.toString(), "--json"))
                .isZero();

        String start = "This run used the built-in data set digits instead of MNIST";
        assertThat(err.toString()).startsWith("WARNING: " + start).hasLineCount(1);
        assertThat(JSON.readTree(out.toString()).path("notice").asString()).startsWith(start);
        assertThat(read(report).path("data").path("notice").asString()).startsWith(start);
        assertThat(report.resolve("index.html")).content().contains(start);
    }

    @Test
    void aForcedDataSetThatCannotBeHadIsAnError() {
        assertThat(run("evaluate", weights().toString(), "--dataset", "mnist", "--offline", "--out", "x"))
                .isEqualTo(2);

        assertThat(message())
                .startsWith("gauntlet: MNIST is not available: ")
                .contains("use the data set digits. The options are --data-dir and --dataset.");
    }

    @Test
    void attacksOnTheUsersOwnData() throws IOException {
        StringBuilder lines = new StringBuilder("label" + ",p".repeat(784) + "\n");
        for (int id = 0; id < 30; id++) {
            lines.append(id % 10);
            for (int i = 0; i < 784; i++) {
                lines.append(i == 280 + id % 10 ? ",1" : ",0.25");
            }
            lines.append('\n');
        }
        Path data = Files.writeString(folder.resolve("mine.csv"), lines);
        Path out = folder.resolve("report");

        assertThat(run(
                        "evaluate",
                        onnx().toString(),
                        "--data",
                        data.toString(),
                        "--classes",
                        "a,b,c,d,e,f,g,h,i,j",
                        "--epsilon",
                        "0,0.5",
                        "--out",
                        out.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.resolve("index.html")).exists();
        assertThat(this.out.toString()).contains("on 30 given images of mine");
        RobustnessReport report = ReportJson.read(out.resolve("report.json"));
        assertThat(report.classes()).startsWith("a", "b");
        assertThat(report.data().sha256()).containsOnlyKeys("mine.csv");
        assertThat(report.results().get(0).accuracy().successes()).isEqualTo(30);
        assertThat(report.results().get(1).accuracy().successes()).isZero();
        for (String[] wrong : new String[][] {
            {"--dataset", "digits", "exclude each other"},
            {"--resize", "8", "has no meaning; leave it out. The option is --resize."},
            {"--labels", "a.npy", "has no meaning; leave it out. The option is --labels."},
            {"--label-column", "kind", "has no column 'kind'"}
        }) {
            listen();
            assertThat(run("evaluate", onnx().toString(), "--data", data.toString(), wrong[0], wrong[1]))
                    .isEqualTo(2);
            assertThat(message()).contains(wrong[2]);
        }
        Path again = folder.resolve("again");
        assertThat(run("evaluate", "--plan", out.toString(), "--out", again.toString()))
                .as(err.toString())
                .isZero();
        assertThat(withoutTiming(read(again))).isEqualTo(withoutTiming(read(out)));

        Files.writeString(data, lines.toString().replaceFirst("0.25", "0.5"));
        assertRefused("The data mine at ", "evaluate", "--plan", out.toString());
        assertThat(err.toString()).contains("has changed: the SHA-256 of its files is not that of the recorded run.");
    }

    @Test
    void theDataMayLackClassesOfTheModel() throws IOException {
        StringBuilder numbered = new StringBuilder("kind" + ",p".repeat(784) + "\n");
        StringBuilder named = new StringBuilder(numbered);
        for (int id = 0; id < 30; id++) {
            String pixels = IntStream.range(0, 784).mapToObj(i -> "0.25").collect(Collectors.joining(",", ",", "\n"));
            numbered.append(2 + id % 3).append(pixels);
            named.append("abc".charAt(id % 3)).append(pixels);
        }
        Path plan = Files.writeString(folder.resolve("plan.toml"), """
                [model]
                file = '%s'
                [data]
                path = '%s'
                label-column = "kind"
                [sample]
                examples = 500
                [threat]
                epsilons = [0.1, 0.1]
                target = "7"
                [attack]
                list = ["pgd:steps=1"]
                [run]
                workers = 100000
                """.formatted(
                        onnx(), Files.writeString(folder.resolve("numbered.csv"), numbered)));
        Path report = folder.resolve("report");

        assertThat(run("evaluate", "--plan", plan.toString(), "--out", report.toString()))
                .as(err.toString())
                .isZero();

        RobustnessReport read = ReportJson.read(report.resolve("report.json"));
        assertThat(read.classes()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(read.outcomes().columns().labels()).contains(2, 3, 4).hasSize(30);
        String notice =
                "The data has 3 classes, but the model has 10: labels keep their numbers, and the other classes have no examples.";
        assertThat(read.data().notice()).contains(notice);
        assertThat(err.toString())
                .contains(notice)
                .contains("500 examples were requested, but the data has only 30; all of them are used.")
                .contains("100,000 workers were requested, but the evaluation has only 2 parts")
                .contains("The epsilon 0.1 is named more than once; it is tried once.");

        Path words = Files.writeString(folder.resolve("named.csv"), named);
        listen();
        assertThat(run("inspect", onnx().toString(), "--data", words.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).doesNotContain("Accuracy");
        assertThat(err.toString())
                .contains("The data has 3 classes, but the model has 10: the names a, b, c do not tell");
        listen();
        assertThat(run("evaluate", onnx().toString(), "--data", words.toString()))
                .isEqualTo(2);
        assertThat(out).hasToString("");
        assertThat(err.toString()).contains("name all classes in the order of the outputs with --classes");
        listen();
        assertThat(run("inspect", onnx().toString(), "--data", words.toString(), "--classes", "a=2,b=3,c=4"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("of 30 images");
    }

    @Test
    void refusesDamagedData() throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        for (String file : List.of("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")) {
            Files.writeString(data.resolve(file), "garbage");
        }
        Path report = folder.resolve("report");

        assertThat(run("evaluate", weights().toString(), "--data-dir", data.toString(), "--out", report.toString()))
                .isEqualTo(2);

        assertThat(message()).startsWith("gauntlet: " + data.resolve("t10k-images-idx3-ubyte"));
        assertThat(report).doesNotExist();
    }
}
