package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.report.ReportJson;
import dev.gauntlet.torch.Models;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The report says how to repeat the run, and that works. */
class RepeatedRunTest extends CommandLineFixture {
    @Test
    void theReportSaysHowToRepeatIt() {
        Path report = folder.resolve("report");

        assertThat(evaluate(weights(), report, "--epsilon", "0.2", "--seed", "5"))
                .isZero();

        assertThat(report.resolve("index.html"))
                .content()
                .contains(
                        "model.file = '%s'".formatted(weights()),
                        "data.name = 'digits'",
                        "attack.list = ['fgsm:loss=cross-entropy']",
                        "threat.epsilons = [0.0, 0.2]",
                        "sample.seed = 5");
        assertThat(out.toString()).contains("To repeat the run: gauntlet evaluate --plan " + report);
    }

    @Test
    void theReportRepeatsItselfOnTheCommandLineAndInJava() throws Exception {
        Path report = folder.resolve("report");
        assertThat(evaluate(
                        weights(),
                        report,
                        "--attack",
                        "fgsm:loss=margin",
                        "--attack",
                        "pgd:steps=2",
                        "--norm",
                        "l2",
                        "--target",
                        "next",
                        "--epsilon",
                        "3/2,3",
                        "--seed",
                        "5"))
                .isZero();
        JsonNode record = withoutTiming(read(report));
        assertThat(successfulAttacks(record, 2).toString()).contains("0", "1");
        String page = Files.readString(report.resolve("index.html"));

        Path plan = Files.writeString(folder.resolve("plan.toml"), code(page, "<pre class=\"command\"><code>"));
        Path again = folder.resolve("again");
        assertThat(run("evaluate", "--plan", plan.toString(), "--offline", "--out", again.toString()))
                .as(err.toString())
                .isZero();
        assertThat(withoutTiming(read(again))).isEqualTo(record);

        Dataset digits = DatasetLoader.of(environment()).withoutDownloads().loadTest(NamedDataset.DIGITS);
        try (DifferentiableClassifier model = Models.load(weights())) {
            String lines = code(page, "<pre><code>")
                    .replace("\"report.json\"", "\"%s\"".formatted(report.resolve("report.json")));
            RobustnessReport inJava = Snippet.run(lines, folder, model, digits);
            assertThat(withoutTiming(JSON.readTree(ReportJson.toJson(inJava)))).isEqualTo(record);
        }
    }

    /** Takes the first text out of the page that stands in such an element. */
    private static String code(String page, String element) {
        int start = page.indexOf(element) + element.length();
        return page.substring(start, page.indexOf("</code>", start))
                .replace("&#34;", "\"")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
    }
}
