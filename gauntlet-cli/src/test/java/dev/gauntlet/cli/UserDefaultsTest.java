package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;

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

/** Plans show what the options of an evaluation are, without running it. */
class UserDefaultsTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void addsWhatTheUserDidNotType() throws IOException {
        write("""
                workers = 2          # for every command that has the option
                [plan.new]
                attack = ["fgsm", "pgd:steps=5"]
                std = [0.5, 0.25]
                strict = true
                black-box = false
                examples = 100
                [evaluate]
                seed = 7
                """);

        assertThat(run("plan", "new", "m.onnx", "--data", "photos", "--examples", "50"))
                .as(err.toString())
                .isZero();

        assertThat(plan())
                .contains(
                        "workers = 2",
                        "list = ['fgsm', 'pgd:steps=5']",
                        "std = [0.5, 0.25]",
                        "strict = true",
                        "examples = 50")
                .doesNotContain("seed = ", "black-box");
        assertThat(err)
                .hasToString(
                        "Defaults from %s: --workers=2 --attack=fgsm --attack=pgd:steps=5 --std=0.5,0.25 --strict%n"
                                .formatted(file()));
    }

    @Test
    void leavesOutWhatWouldContradictTheTypedOptions() throws IOException {
        write("[plan.new]\nattack = 'pgd'\nepsilon = [0.1]\ndataset = 'mnist'\nseed = 3\n");

        assertThat(run("plan", "new", "m.onnx", "--suite", "quick", "--norm", "l2", "--data", "photos"))
                .as(err.toString())
                .isZero();

        assertThat(plan())
                .contains("suite = 'quick'", "norm = 'l2'", "seed = 3")
                .doesNotContain("epsilons", "list =");
    }

    @Test
    void aSectionCountsMoreThanWhatIsForEveryCommand() throws IOException {
        write(
                "suite = 'quick'\ndata = 'photos'\nclasses = ['a', 'b']\n[plan.new]\nattack = 'pgd'\ndataset = 'mnist'\n");

        assertThat(run("plan", "new", "m.onnx")).as(err.toString()).isZero();

        assertThat(plan()).contains("list = ['pgd']", "'mnist'").doesNotContain("suite =", "photos", "classes =");
    }

    @Test
    void leavesOutHowOtherDataAreRead() throws IOException {
        write(
                "labels = 'l.csv'\nclasses = ['a', 'b']\nlabel-column = 'last'\ndata-layout = 'hwc'\nimage-shape = '1x2x2'\n");

        assertThat(run("plan", "new", "m.onnx", "--data", "photos"))
                .as(err.toString())
                .isZero();

        assertThat(plan()).doesNotContain("labels =", "classes =", "label-column =", "layout =", "shape =");
    }

    @Test
    void aGateMeansTheSameForEverybody() throws IOException {
        write("json = true\nquiet = true\n");

        assertThat(run("check", "none", "--at", "linf:0.1", "--min-robust-accuracy", "0.4"))
                .isEqualTo(2);

        assertThat(err.toString()).startsWith("gauntlet: ").doesNotContain("Defaults from");
    }

    @Test
    void aPlanMeansTheSameForEverybody() throws IOException {
        write("seed = 3\njson = true\n");
        Path plan = Files.writeString(folder.resolve("plan.toml"), "[sample]\nexamples = 3\n");

        assertThat(run("evaluate", "none.pt", "--plan", plan.toString())).isEqualTo(2);
        assertThat(run("check", "none", "--plan", plan.toString())).isEqualTo(2);

        assertThat(err.toString())
                .contains("The model file none.pt does not exist", "has no section [gate]")
                .doesNotContain("Defaults from");
    }

    @Test
    void sayNothingWhenQuiet() throws IOException {
        write("data-dir = '/data'\n");

        assertThat(run("evaluate", "none.pt", "--quiet")).isEqualTo(2);

        assertThat(err).hasToString("gauntlet: The model file none.pt does not exist; check the path.%n".formatted());
    }

    @Test
    void areLookedForWhereConfigurationsAre() throws IOException {
        write("seed = 3\n");
        Path home = folder.resolve("home");
        Path config = Files.createDirectories(home.resolve(".config/gauntlet"));
        Files.writeString(config.resolve("defaults.toml"), "seed = 4\n");

        assertThat(run(Map.of("HOME", home.toString()), "plan", "new")).isZero();
        assertThat(plan()).contains("seed = 4");
        assertThat(run(Map.of("HOME", home.toString(), "GAUNTLET_DEFAULTS", ""), "plan", "new"))
                .isZero();
        assertThat(plan()).doesNotContain("seed = ");
        assertThat(run(Map.of("HOME", home.toString(), "GAUNTLET_DEFAULTS", file().toString()), "plan", "new"))
                .isZero();
        assertThat(plan()).contains("seed = 3");
        assertThat(run(Map.of("HOME", folder.toString()), "plan", "new")).isZero();
        assertThat(plan()).doesNotContain("seed = ");
        assertThat(run(Map.of("GAUNTLET_DEFAULTS", "none-of-this-name"), "plan", "new"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("gauntlet: The file of defaults none-of-this-name does not exist; check the path.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sede = 3                    | (line 1, column 1): Unknown option 'sede'; did you mean seed?
            [evalute];seed = 3          | (line 1, column 1): Unknown command 'evalute'; did you mean evaluate?
            [evaluate];epochs = 3       | (line 2, column 1): Unknown option 'epochs'
            [plan.new];;  seed = 'x'    | (line 3, column 3): Invalid value for option '--seed': 'x' is not a whole number, or is too large.
            plan = 'robustness.toml'    | (line 1, column 1): Unknown option 'plan'
            help = true                 | (line 1, column 1): Unknown option 'help'
            [check];forbid = 'suspect'  | (line 1, column 1): There are no defaults for 'check'
            forbid = 'suspect'          | (line 1, column 1): Unknown option 'forbid'
            [plan.new];attack = [['a']] | (line 2, column 1): 'attack' has to be a text, a number, or a list of texts or numbers.
            [plan.new];strict = "no"    | (line 2, column 1): 'strict' has to be true or false.
            strict = [true]             | (line 1, column 1): 'strict' has to be true or false.
            seed = [                    | is not valid TOML (line 2, column 1)
            """)
    void namesThePlaceOfWhatIsWrong(String content, String message) throws IOException {
        write(content.replace(';', '\n') + "\n");

        assertThat(run("plan", "new", "m.onnx")).isEqualTo(2);

        assertThat(err.toString())
                .startsWith("gauntlet: ")
                .contains("file of defaults " + file() + " " + message)
                .hasLineCount(1);
        assertThat(out).hasToString("");
    }

    private Path file() {
        return folder.resolve("defaults.toml");
    }

    private void write(String content) throws IOException {
        Files.writeString(file(), content);
    }

    /** The plan that was printed, without its comments. */
    private String plan() {
        return String.join(
                "\n",
                out.toString().lines().filter(line -> !line.startsWith("#")).toList());
    }

    private int run(String... arguments) {
        return run(Map.of("GAUNTLET_DEFAULTS", file().toString()), arguments);
    }

    private int run(Map<String, String> environment, String... arguments) {
        out.getBuffer().setLength(0);
        return Gauntlet.run(environment, new PrintWriter(out), new PrintWriter(err), arguments);
    }
}
