package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Checks a report against requirements and another report. */
class GateCommandsTest extends CommandLineFixture {
    @Test
    void theGateDecidesOnAReport() throws IOException {
        Path report = folder.resolve("report");
        assertThat(evaluate(weights(), report, "--epsilon", "0.05", "--examples", "200"))
                .isZero();
        int standing = read(report)
                .path("results")
                .get(1)
                .path("accuracy")
                .path("successes")
                .asInt();
        double rate = standing / 200.0;
        // the interval reaches some 7 % to each side at most
        assertThat(check(report, rate - .1)).isEqualTo(0);
        assertThat(out.toString()).contains("(%d of 200)".formatted(standing)).contains("Verdict: PASS");
        assertThat(check(report, rate)).isEqualTo(3);
        assertThat(check(report.resolve("report.json"), Math.min(1, rate + .1))).isEqualTo(1);
        assertThat(check(report, rate - .1, "--forbid", "suspect")).isEqualTo(1);
        assertThat(check(report, rate - .1, "--baseline", report.toString(), "--no-worse-than", ".02"))
                .isEqualTo(0);
        assertThat(check(report, rate, "--json")).isEqualTo(3);
        JsonNode printed = JSON.readTree(out.toString());
        assertThat(printed.path("verdict").asString()).isEqualTo("INCONCLUSIVE");
        assertThat(printed.path("judgements")
                        .get(0)
                        .path("measurement")
                        .path("value")
                        .asDouble())
                .isEqualTo(rate);
        assertThat(printed.path("trust").asString()).isEqualTo("suspect");
        assertThat(printed.path("raised").toString()).contains("only-baselines");
        assertThat(err).hasToString("");

        // nothing is required of the model, only of the evaluation
        listen();
        assertThat(run(List.of(), "check", report.toString(), "--forbid", "suspect"))
                .isEqualTo(1);
        assertThat(run(List.of(), "check", report.toString(), "--forbid", "limited"))
                .isEqualTo(1);
        assertThat(run(List.of(), "check", report.toString(), "--forbid", "invalid"))
                .isEqualTo(0);
        listen();
        assertThat(run(List.of(), "check", report.toString(), "--forbid", "invalid", "--min-robust-accuracy", "0.1"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("Name the budgets of the requirement with --at");

        assertThat(check(report, .4, "--at", "l2:1")).isEqualTo(2);
        assertThat(err).hasToString("gauntlet: The report has no L2; it was run in L-infinity.\n");
    }

    @Test
    void gatesOnTheOverstatementAlone() {
        Path baseline = folder.resolve("fgsm");
        Path probed = folder.resolve("probed");
        assertThat(evaluate(weights(), baseline, "--epsilon", "0.05", "--examples", "100"))
                .isZero();
        assertThat(evaluate(
                        weights(),
                        probed,
                        "--epsilon",
                        "0.05",
                        "--examples",
                        "100",
                        "--attack",
                        "pgd:steps=5",
                        "--diagnostics",
                        "full"))
                .isZero();
        listen();
        assertThat(run(List.of(), "check", baseline.toString(), "--max-overstatement", "0.5"))
                .isEqualTo(3);
        assertThat(out.toString())
                .contains("no stronger attack was considered.", "The evaluation is suspect without it.");
        listen();
        assertThat(run(List.of(), "check", probed.toString(), "--max-overstatement", "1"))
                .isZero();
        assertThat(out.toString()).contains("PASS           robust accuracy is overstated by at most 100.00 %");
        assertThat(run(List.of(), "check", probed.toString(), "--max-overstatement", "2"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("[0,1]");
    }

    @Test
    void comparesTwoReportsExampleByExample() {
        Path few = folder.resolve("few");
        Path many = folder.resolve("many");
        assertThat(evaluate(weights(), few, "--epsilon", "0.02,0.05", "--examples", "100"))
                .isZero();
        assertThat(evaluate(weights(), many, "--epsilon", "0.05", "--attack", "pgd:steps=5", "--examples", "200"))
                .isZero();
        listen();
        assertThat(run(List.of(), "compare", few.toString(), many.toString())).isZero();
        assertThat(out.toString())
                .contains("after:  %s, pgd".formatted("mlp:784-16-10"))
                .containsPattern("\\R\\d+ examples of digits in common, L-infinity")
                .containsPattern("\\R0\\.05 ")
                .doesNotContainPattern("\\R0\\.02 ");
        listen();
        assertThat(run(List.of(), "compare", few.toString(), many.toString(), "--json"))
                .isZero();
        JsonNode printed = JSON.readTree(out.toString());
        assertThat(printed.path("comparisons")).hasSize(2);
        assertThat(printed.path("before").path("trust").asString()).isEqualTo("suspect");
        assertThat(printed.path("after").path("plan").asString()).isEqualTo("pgd");
    }

    private int check(Path report, double minimum, String... more) {
        listen();
        List<String> arguments =
                new ArrayList<>(List.of("check", report.toString(), "--min-robust-accuracy", Double.toString(minimum)));
        arguments.addAll(List.of(more));
        if (!arguments.contains("--at")) {
            arguments.addAll(List.of("--at", "linf:0.05"));
        }
        return run(List.of(), arguments.toArray(String[]::new));
    }
}
