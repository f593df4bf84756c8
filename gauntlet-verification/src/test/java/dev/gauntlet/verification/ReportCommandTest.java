package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Renders reports again. */
class ReportCommandTest extends CommandLineFixture {
    @Test
    void rendersTheSameReportAgain() throws IOException {
        Path report = folder.resolve("report");
        Path again = folder.resolve("again");
        assertThat(evaluate(weights(), report)).isZero();

        assertThat(run("report", report.resolve("report.json").toString(), "--out", again.toString()))
                .isZero();

        assertThat(contents(again)).isEqualTo(contents(report));
    }

    @Test
    void keepsWhatNoRecordContainsOfAReportThatIsRenderedInItsPlace() throws IOException {
        Path report = folder.resolve("report");
        assertThat(evaluate(weights(), report)).isZero();
        for (String other : List.of(
                "model.safetensors",
                "model-last.safetensors",
                "standard.safetensors",
                "before.json",
                "evidence.html",
                "evidence.toml",
                "criterion.toml")) {
            Files.writeString(report.resolve(other), other);
        }
        Map<String, String> before = contents(report);

        assertThat(run("report", report.resolve("report.json").toString(), "--out", report.toString(), "--force"))
                .isZero();

        assertThat(contents(report)).isEqualTo(before);
    }

    @Test
    void refusesADamagedRecord() throws IOException {
        Path file = Files.writeString(folder.resolve("report.json"), "{\"schemaVersion\": 99}");

        assertThat(run(
                        "report",
                        file.toString(),
                        "--out",
                        folder.resolve("again").toString()))
                .isEqualTo(2);

        assertThat(message()).contains("has schema version 99").endsWith("use a newer Gauntlet.");
        assertThat(folder.resolve("again")).doesNotExist();
    }

    @Test
    void addsThePageOfEvidence() throws IOException {
        Path plan = Files.writeString(folder.resolve("robustness.toml"), """
                        [sample]
                        examples = 60
                        [threat]
                        epsilons = [0.01]
                        [gate]
                        at = ["linf:0.01"]
                        min-robust-accuracy = [0.99]
                        """);
        Path report = folder.resolve("report");
        assertThat(evaluate(weights(), report, "--plan", plan.toString()))
                .as(err.toString())
                .isZero();
        Path evidence = Files.writeString(folder.resolve("evidence.toml"), """
                        [system]
                        name = "Mail sorter"
                        version = "2.3"
                        purpose = "Reads postcodes."
                        [tester]
                        name = "Ada Smith"
                        organization = "Example Ltd"
                        [criterion]
                        plan = "robustness.toml"
                        sha256 = "%s"
                        fixed = "2020-01-31"
                        [sample]
                        representativeness = "One week of letters."
                        """.formatted(Sha256.ofFile(plan)));
        Path written = folder.resolve("written");
        String[] command = {"report", report.toString(), "--evidence", evidence.toString(), "--out", written.toString()
        };

        assertThat(run(command)).as(err.toString()).isZero();

        assertThat(written.resolve("evidence.html"))
                .content()
                .contains(
                        "Mail sorter",
                        "The run has the threat, attacks, access, data, sample, certificates, diagnostics and limits of the plan.")
                .contains(Sha256.ofFile(report.resolve("report.json")), "FAIL");
        assertThat(written.resolve("criterion.toml")).hasSameTextualContentAs(plan);
        String gate = "[gate]\nat = ['linf:0.01']\nmin-robust-accuracy = [0.1]\n";
        Files.writeString(plan, gate + "dataset = 'mnist'\n");
        Path other = Files.writeString(
                folder.resolve("other.toml"),
                Files.readString(evidence).replaceFirst("[0-9a-f]{64}", Sha256.ofFile(plan)));
        assertRefused(
                "is on the data set digits and not on mnist",
                "report",
                report.toString(),
                "--evidence",
                other.toString(),
                "--out",
                folder.resolve("none").toString());
        Files.writeString(plan, gate);
        assertRefused(
                "the criterion has changed since it was fixed",
                "report",
                report.toString(),
                "--evidence",
                evidence.toString(),
                "--out",
                folder.resolve("none").toString());
        assertThat(folder.resolve("none")).doesNotExist();
    }

    private static Map<String, String> contents(Path root) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(root.relativize(file).toString(), Sha256.ofFile(file));
            }
        }
        return contents;
    }
}
