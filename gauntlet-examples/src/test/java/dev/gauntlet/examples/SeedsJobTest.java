package dev.gauntlet.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.ReportJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example runs, does what the README says, and is what the README shows. */
class SeedsJobTest {
    private static final Path SOURCE = Path.of("src/main/java/dev/gauntlet/examples/SeedsJob.java");

    @Test
    void trainsAttacksAndReports(@TempDir Path folder) {
        Path target = folder.resolve("report");

        SeedsJob.main(new String[] {target.toString()});

        RobustnessReport report = ReportJson.read(target.resolve("report.json"));
        assertThat(report.results()).hasSize(7);
        assertThat(report.results().get(0).accuracy().rate()).isBetween(0.97, 0.995);
        assertThat(report.results().get(4).epsilon()).isEqualTo(0.2);
        assertThat(report.results().get(4).accuracy().rate()).isLessThan(0.2);
        assertThat(target.resolve("index.html")).isNotEmptyFile();
    }

    @Test
    void isWhatTheReadmeShows() throws IOException {
        List<String> source = Files.readAllLines(SOURCE);
        List<String> shown = source.subList(line(source, "from here") + 1, line(source, "to here"));
        String readme = Files.readString(Path.of("../README.md"));

        assertThat(readme).contains(String.join("\n", shown).stripIndent());
    }

    private static int line(List<String> lines, String mark) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains("// README: " + mark)) {
                return i;
            }
        }
        throw new AssertionError("no line is marked '%s'".formatted(mark));
    }
}
