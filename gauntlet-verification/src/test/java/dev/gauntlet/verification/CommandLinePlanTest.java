package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans, and what is said of those that are wrong: in the words of the plan, not of options that nobody wrote. */
class CommandLinePlanTest extends CommandLineFixture {
    @Test
    void aPlanSaysWhatTheCommandLineSaysAndARecordRepeatsItself() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.toml"), """
                        [model]
                        file = '%s'
                        [data]
                        name = "digits"
                        [sample]
                        examples = 60
                        seed = 5
                        [threat]
                        norm = "l2"
                        epsilons = [0.5, "1/4"]
                        [attack]
                        list = ["fgsm", "pgd:steps=5"]
                        [run]
                        shard-size = 30
                        workers = 1
                        """.formatted(weights()));
        Path planned = folder.resolve("planned");
        Path written = folder.resolve("written");
        Path repeated = folder.resolve("repeated");

        assertThat(run("evaluate", "--plan", plan.toString(), "--offline", "--out", planned.toString()))
                .as(err.toString())
                .isZero();
        assertThat(evaluate(
                        weights(),
                        written,
                        "--examples",
                        "60",
                        "--seed",
                        "5",
                        "--norm",
                        "l2",
                        "--epsilon",
                        "0.5,1/4",
                        "--attack",
                        "fgsm",
                        "--attack",
                        "pgd:steps=5",
                        "--shard-size",
                        "30"))
                .isZero();
        assertThat(run("evaluate", "--plan=" + planned, "--offline", "--out", repeated.toString()))
                .as(err.toString())
                .isZero();

        assertThat(withoutTiming(read(planned)))
                .isEqualTo(withoutTiming(read(written)))
                .isEqualTo(withoutTiming(read(repeated)));

        listen();
        assertThat(run("evaluate", "--plan", plan.toString(), "--seed", "6")).isEqualTo(2);
        assertThat(message())
                .isEqualTo(
                        "gauntlet: The plan %s already has sample.seed; leave out --seed, or remove sample.seed from the plan."
                                .formatted(plan));
        // given twice, these would be put together without a word
        assertRefused(
                "already has attack.list; leave out --attack,", "evaluate", "--plan", plan.toString(), "--attack=bim");
        assertRefused("already has threat.epsilons; leave out --epsilon,", "evaluate", "-e", "0.1", "--plan=" + plan);
        assertRefused(
                "The run of %s, which --plan repeats, has its own --examples; leave out --examples,".formatted(planned),
                "evaluate",
                "--plan",
                planned.toString(),
                "--examples",
                "5");
    }

    @Test
    void refusesPlansThatSayWhatCannotBe() throws IOException {
        Map<String, String> messages = new TreeMap<>(Map.of(
                "[sample]\nexmaples = 3", "Unknown key 'sample.exmaples'; did you mean sample.examples?",
                "[sample]\nexamples = 'many'", "sample.examples is \"many\"; it has to be a whole number.",
                "[attack]\nlist = 'fgsm'", "attack.list is \"fgsm\"; it has to be a list of texts",
                "[attack]\nlist = ['fgsm']\nsuite = 'quick'",
                        "leave one of them out. The keys of the plan are attack.suite and attack.list.",
                "[attack]\nblack-box = 1", "attack.black-box is 1; it has to be true or false.",
                "[threat]\nepsilons = []", "threat.epsilons is []; it has to be a list of numbers",
                "[threat\nnorm = 'l2'", "is not valid TOML (line 1, column 8)",
                "seed = 3", "Unknown key 'seed'",
                "[threat]\nnorm = 'lfin'", "did you mean linf?"));
        for (Map.Entry<String, String> entry : messages.entrySet()) {
            Path plan = Files.writeString(folder.resolve("plan.toml"), entry.getKey());
            listen();
            assertThat(run("evaluate", weights().toString(), "--plan", plan.toString()))
                    .as(entry.getKey())
                    .isEqualTo(2);
            assertThat(message()).contains(entry.getValue());
        }
        Path encoded = Files.write(folder.resolve("encoded.toml"), new byte[] {(byte) 0xff, (byte) 0xfe, '['});
        assertRefused(
                "The plan %s is not text in UTF-8; save it as such.".formatted(encoded),
                "evaluate",
                "--plan",
                encoded.toString());
        listen();
        Path none = folder.resolve("none.toml");
        assertThat(run("evaluate", "--plan", none.toString())).isEqualTo(2);
        assertThat(message()).contains("The plan %s does not exist; check the path.".formatted(none));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [sample] examples = -3                   | sample.examples: It has to be at least 1, got -3.
            [sample] examples = 99999999999          | sample.examples: '99999999999' is not a whole number, or is too large.
            [sample] seed = 99999999999999999999     | sample.seed: '99999999999999999999' is not a whole number
            [run] workers = 0                        | run.workers: It has to be at least 1, got 0.
            [threat] epsilons = ['x']                | threat.epsilons: 'x' is not a number; write, for example, 0.1 or 8/255.
            [threat] epsilons = [0.1, -1]            | threat.epsilons: It has to be at least 0, got -1.
            [threat] norm = 'lfin'                   | threat.norm: Unknown norm 'lfin'; did you mean linf?
            [model] mean = ['x']                     | model.mean: 'x' is not a number; write
            [model] input-max = 0                    | model.input-max: It has to be above 0, got 0.
            [model] layout = 'nhcw'                  | model.layout: Unknown layout 'nhcw'
            [model] query-budget = 0                 | model.query-budget: It has to be at least 1, got 0.
            [data] name = 'cifar10'                  | data.name: Unknown data set 'cifar10'.
            [data] resize = -3                       | data.resize: It has to be at least 1, got -3.
            [data] label-column = ' '                | data: The label column is empty; write its name, its number from 1 on, or last.
            [data] strict = 'yes'                    | data.strict is "yes"; it has to be true or false.
            [data] label-column = 3                  | data.label-column is 3; it has to be a text in quotes.
            [limit] time = 'soon'                    | limit.time: 'soon' is
            [limit] decide = 'soon'                  | limit.decide: 'soon' is
            [limit] gradients = 0                    | limit.gradients: It has to be at least 1, got 0.
            [attack] list = ['pdg']                  | attack.list: Unknown attack 'pdg'; did you mean pgd?
            [attack] list = ['pgd:steps=0']          | attack.list: PGD requires at least 1 step, got 0.
            [attack] suite = 'quik'                  | attack.suite: Unknown suite 'quik'; did you mean quick?
            [gate] at = ['linf:x']                   | gate.at: 'x' is not a number
            [gate] min-robust-accuracy = [3]         | gate.min-robust-accuracy: It has to be a share in [0,1], such as 0.4 for 40 %, got 3.
            [gate] per-class-min = -1                | gate.per-class-min: It has to be a share in [0,1]
            [gate] forbid = 'everything'             | gate.forbid: Unknown trust to forbid 'everything'.
            """)
    void blamesTheKeyOfAPlanAndNotAnOption(String section, String message) throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.toml"), section.replaceFirst("] ", "]\n"));
        int line = message.startsWith("data: ") ? 1 : 2;
        assertRefused(
                "gauntlet: In the plan %s (line %d, column 1), %s".formatted(plan, line, message),
                "evaluate",
                weights().toString(),
                "--plan",
                plan.toString());
        assertThat(err.toString()).doesNotContain(" --");
    }

    @Test
    void aPlanAndAnOptionThatContradictEachOtherAreToldApart() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.toml"), "[attack]\nsuite = 'quick'\n");
        assertRefused(
                "Both a suite and attacks are named; leave one of them out. The key of the plan is attack.suite. The option is --attack.",
                "evaluate",
                weights().toString(),
                "--plan",
                plan.toString(),
                "--attack",
                "pgd");
        assertRefused(
                "The suite quick has attacks that need gradients, which a black box does not give; name the attacks yourself, such as square. The key of the plan is attack.suite. The option is --black-box.",
                "evaluate",
                weights().toString(),
                "--plan",
                plan.toString(),
                "--black-box");
    }

    @Test
    void refusesAPlanThatSaysNothing() throws IOException {
        for (String nothing : new String[] {"", "# nothing yet\n", "[model]\n", "[gate]\n[attack]\n"}) {
            Path plan = Files.writeString(folder.resolve("plan.toml"), nothing);
            assertRefused(
                    "The plan %s is empty; ".formatted(plan),
                    "evaluate",
                    weights().toString(),
                    "--plan",
                    plan.toString());
            assertRefused("The plan %s is empty; ".formatted(plan), "check", "report", "--plan", plan.toString());
        }
        Path plan = Files.writeString(folder.resolve("plan.toml"), "[sample]\nexamples = 3\n");
        assertRefused("has no section [gate]", "check", "report", "--plan", plan.toString());
    }
}
