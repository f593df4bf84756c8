package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.report.plan.PlanFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PlanCommandTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void writesAPlanWithItsSchemaThatIsValid() throws IOException {
        Path plan = folder.resolve("robustness.toml");
        String[] command = {
            "plan", "new", "m.onnx", "--data", "photos", "--epsilon", "0.1,8/255", "--out", plan.toString()
        };

        assertThat(run(command)).as(err.toString()).isZero();
        assertThat(run("plan", "check", plan.toString())).as(err.toString()).isZero();

        assertThat(plan).content().startsWith("#:schema plan.schema.json\n");
        assertThat(folder.resolve("plan.schema.json")).hasContent(PlanFile.schema());
        assertThat(PlanFile.read(plan).keys()).containsExactly("model.file", "data.path", "threat.epsilons");
        assertThat(out).hasToString("Plan: %s%n%s is valid.%n".formatted(plan, plan));

        assertThat(run(command)).isEqualTo(2);
        assertThat(err.toString()).contains("exists. The option is --force.");
    }

    @Test
    void printsAPlanWithoutAModel() {
        assertThat(run("plan", "new", "--suite", "quick")).isZero();

        assertThat(out.toString()).contains("\nsuite = 'quick'\n", "\n# file = 'model.safetensors'\n");
    }

    @Test
    void writesNoPlanThatContradictsItself() {
        assertThat(run("plan", "new", "--suite", "quick", "--attack", "pgd")).isEqualTo(2);
        assertThat(err.toString()).contains("The options are --suite and --attack.");
        assertThat(out).hasToString("");
    }

    @Test
    void printsTheSchema() {
        assertThat(run("plan", "schema")).isZero();
        assertThat(out).hasToString(PlanFile.schema());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [attack];list = ['fgsm'];suite = 'quick'      | :3:1: Both a suite and attacks are named; leave one of them out. The keys of the plan are attack.suite and attack.list.
            [threat];norm = 'lfin'                        | :2:1: threat.norm: Unknown norm 'lfin'; did you mean linf? Known: linf, l2, l1, l0.
            [model];file = 'a';[training];network = 'mlp' | : Both a model and the training of a network are described; leave one of them out.
            [gate];min-robust-accuracy = [0.4]            | : Name the budgets of the requirement with --at
            [threat];norm = 'l0';[attack];list = ['fgsm'] | : The attack fgsm does not support L0
            """)
    void namesThePlaceOfWhatIsWrong(String content, String message) throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.toml"), content.replace(';', '\n'));

        assertThat(run("plan", "check", plan.toString())).isEqualTo(2);

        assertThat(err.toString()).startsWith(plan + message).hasLineCount(1);
        assertThat(out).hasToString("");
    }

    @Test
    void listsEveryProblemForMachinesToo() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.toml"), "[sample]\nseed = 'x'\n[run]\n  workers = 0\n");

        assertThat(run("plan", "check", plan.toString(), "--json")).isEqualTo(2);

        assertThat(err.toString()).hasLineCount(2);
        JsonNode result = JsonMapper.shared().readTree(out.toString());
        assertThat(result.path("valid").asBoolean()).isFalse();
        assertThat(result.path("problems").get(1).path("line").asInt()).isEqualTo(4);
        assertThat(result.path("problems").get(1).path("column").asInt()).isEqualTo(3);
        assertThat(result.path("problems").get(1).path("message").asString()).startsWith("run.workers: ");
    }

    @Test
    void refusesWhatIsNoPlan() throws IOException {
        Path none = folder.resolve("none.toml");
        assertThat(run("plan", "check", none.toString())).isEqualTo(2);
        assertThat(err.toString()).contains(none + ": The plan " + none + " does not exist; check the path.");
        Path empty = Files.writeString(folder.resolve("empty.toml"), "");
        assertThat(run("plan", "check", empty.toString())).isEqualTo(2);
        assertThat(err.toString()).contains(empty + ": The plan " + empty + " is empty;");
        assertThat(run("plan")).isEqualTo(2);
        assertThat(err.toString()).contains("Missing command; the commands are new, check, schema.");
    }

    @Test
    void namesThePlaceOfWhatIsNoToml() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.toml"), "[sample]\nseed = \n");

        assertThat(run("plan", "check", plan.toString(), "--json")).isEqualTo(2);

        assertThat(err.toString()).startsWith(plan + ":2:").contains(": The plan is not valid TOML: ");
        JsonNode problem = JsonMapper.shared().readTree(out.toString()).at("/problems/0");
        assertThat(problem.path("line").asInt()).isEqualTo(2);
        assertThat(problem.path("message").asString()).startsWith("The plan is not valid TOML: ");
    }

    @Test
    void checksSeveralPlans() throws IOException {
        Path right = Files.writeString(folder.resolve("right.toml"), "[sample]\nseed = 1\n");
        Path wrong = Files.writeString(folder.resolve("wrong.toml"), "[sample]\nseed = 'x'\n");
        Path worse = Files.writeString(folder.resolve("worse.toml"), "[sample\n");

        assertThat(run("plan", "check", right.toString(), wrong.toString(), worse.toString()))
                .isEqualTo(2);

        assertThat(out).hasToString("%s is valid.%n".formatted(right));
        assertThat(err.toString()).contains(wrong + ":2:1: ", worse + ":1:").hasLineCount(2);
    }

    private int run(String... arguments) {
        return Gauntlet.run(Map.of(), new PrintWriter(out), new PrintWriter(err), arguments);
    }
}
