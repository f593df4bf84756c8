package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.torch.NamedNetwork;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;

class GauntletTest {
    private static final int TERMINAL_WIDTH = 80;

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    dmeo                          | Unknown command 'dmeo'; did you mean demo? There are demo, train, evaluate, report. See 'gauntlet --help'.
                    demo --epsilons=0.1           | Unknown option '--epsilons'; did you mean --epsilon? See 'gauntlet demo --help'.
                    train --epochz 3              | Unknown option '--epochz'; did you mean --epochs? See 'gauntlet train --help'.
                    demo --xyzzy                  | Unknown option '--xyzzy'. See 'gauntlet demo --help'.
                    demo mnist                    | The argument 'mnist' is one too many. See 'gauntlet demo --help'.
                    evaluate                      | Missing required parameter: 'MODEL'. See 'gauntlet evaluate --help'.
                    report                        | Missing required parameter: 'JSON'. See 'gauntlet report --help'.
                    demo --seed x                 | Invalid value for option '--seed': 'x' is not a whole number, or too large. See 'gauntlet demo --help'.
                    demo --epochs 1.5             | Invalid value for option '--epochs': '1.5' is not a whole number, or too large. See 'gauntlet demo --help'.
                    demo --workers many           | Invalid value for option '--workers': 'many' is not a whole number, or too large. See 'gauntlet demo --help'.
                    demo --learning-rate fast     | Invalid value for option '--learning-rate': 'fast' is not a number. See 'gauntlet demo --help'.
                    demo --out=                   | Invalid value for option '--out': the name of the file or folder is empty. See 'gauntlet demo --help'.
                    demo --seed 1 --seed 2        | Option '--seed' (N) should be specified only once. See 'gauntlet demo --help'.
                    demo --epochs 0               | The number of epochs must be at least 1, got 0.
                    demo --batch 0                | The batch size must be at least 1, got 0.
                    demo --learning-rate NaN      | The learning rate must be above 0 and at most 1, got NaN.
                    demo --workers 0              | The number of workers must be at least 1, got 0.
                    demo --network mpl            | Unknown network 'mpl'; did you mean mlp? Known: mlp, lenet, madry.
                    demo --network mlp:784-x-10   | 'x' in 'mlp:784-x-10' is not a whole number.
                    demo --attack fsgm            | Unknown attack 'fsgm'; did you mean fgsm? Known: fgsm, pgd.
                    demo --attack fsgm:loss=x     | Unknown attack 'fsgm'; did you mean fgsm? Known: fgsm, pgd.
                    demo --attack fgsm:           | Option '' of attack fgsm has no value; write for example pgd:steps=100,restarts=5.
                    demo --attack fgsm:loss       | Option 'loss' of attack fgsm has no value; write for example pgd:steps=100,restarts=5.
                    demo --attack fgsm:lss=x      | Unknown option of fgsm 'lss'; did you mean loss? Known: loss.
                    demo --attack fgsm:loss=cross | Unknown loss 'cross'; did you mean cross-entropy? Known: cross-entropy, cross-entropy-float32, margin, dlr.
                    demo --attack fgsm:loss=a,loss=b | Attack 'fgsm:loss=a,loss=b' names option loss twice.
                    demo --epsilon abc            | Epsilon 'abc' is not a number; write for example --epsilon 0,0.1,8/255.
                    demo --epsilon=               | Epsilon '' is not a number; write for example --epsilon 0,0.1,8/255.
                    demo --epsilon 0.1,,0.2       | Epsilon '' is not a number; write for example --epsilon 0,0.1,8/255.
                    demo --epsilon NaN            | Epsilon 'NaN' is not a number; write for example --epsilon 0,0.1,8/255.
                    demo --epsilon 0x1p-3         | Epsilon '0x1p-3' is not a number; write for example --epsilon 0,0.1,8/255.
                    demo --epsilon 1d             | Epsilon '1d' is not a number; write for example --epsilon 0,0.1,8/255.
                    demo --epsilon 8/0            | Epsilon '8/0' divides by zero; write for example 8/255.
                    demo --epsilon -0.1           | Epsilon -0.1 is outside [0,1]; it is in raw pixel units, so 8 of 255 grey levels is 0.0314.
                    demo --epsilon 1.5            | Epsilon 1.5 is outside [0,1]; it is in raw pixel units, so 8 of 255 grey levels is 0.0314.
                    train --out model.bin         | The weights are written as safetensors; end the file name 'model.bin' with .safetensors.
                    evaluate no-such-file.pt      | There is no model file no-such-file.pt; check the path.
                    report no-such-file.json      | There is no file no-such-file.json; name the report.json of a run.
                    """)
    void saysInOneLineWhatIsWrong(String arguments, String message) {
        assertThat(run(arguments.split(" "))).isEqualTo(2);
        assertThat(err).hasToString("gauntlet: " + message + System.lineSeparator());
        assertThat(out).hasToString("");
    }

    @Test
    void asksForACommand() {
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).startsWith("gauntlet: Which command?").hasLineCount(1);
    }

    @Test
    void suggestsTheNearestDataSet() {
        assertThat(run(
                        "demo",
                        "--dataset",
                        "mnits",
                        "--out",
                        folder.resolve("x").toString()))
                .isEqualTo(2);
        assertThat(err)
                .hasToString(
                        "gauntlet: Unknown data set 'mnits'; did you mean mnist? Known: mnist, fashion-mnist, digits."
                                + System.lineSeparator());
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFileNameMayStartWithAnAtSign() throws IOException {
        Path arguments = Files.writeString(folder.resolve("arguments"), "--help");

        assertThat(run("evaluate", "@" + arguments)).isEqualTo(2);
        assertThat(err).hasToString("gauntlet: There is no model file @%s; check the path.%n".formatted(arguments));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--epsilon 0,0.1,8/255", "--epsilon .5", "--epsilon 1e-3", "--epsilon 0", "--epsilon +1"})
    void readsEpsilonsAsPeopleWriteThem(String option) {
        // the model is looked for only after the plan is made
        assertThat(run(("evaluate no-such-file.pt " + option).split(" "))).isEqualTo(2);
        assertThat(err.toString()).startsWith("gauntlet: There is no model file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "train", "evaluate", "report", ""})
    void theHelpFitsATerminal(String command) {
        CommandLine gauntlet = Gauntlet.commandLine(Map.of());
        CommandLine asked =
                command.isEmpty() ? gauntlet : gauntlet.getSubcommands().get(command);
        asked.getCommandSpec().usageMessage().autoWidth(false).width(TERMINAL_WIDTH);

        String help = asked.getUsageMessage(CommandLine.Help.Ansi.OFF);

        assertThat(help.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(TERMINAL_WIDTH));
        assertThat(help).contains("Exit codes:").doesNotContain("${");
    }

    @Test
    void theHelpNamesAllThereIs() {
        assertThat(run("demo", "--help")).isZero();
        assertThat(out.toString())
                .contains(Arrays.stream(NamedNetwork.values())
                        .map(network -> network.id() + " - ")
                        .toList())
                .contains(Arrays.stream(NamedDataset.values())
                        .map(NamedDataset::id)
                        .toList());
        assertThat(err).hasToString("");
    }

    @Test
    void statesEveryDefaultOnce() {
        Stream.of("demo", "train", "evaluate", "report").forEach(name -> {
            CommandLine command =
                    Gauntlet.commandLine(Map.of()).getSubcommands().get(name);
            command.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden() && option.arity().max() > 0)
                    .filter(option -> !List.of("--network").contains(option.longestName()) || !name.equals("evaluate"))
                    .forEach(option -> assertThat(String.join(" ", option.description()))
                            .as("%s %s", name, option.longestName())
                            .containsOnlyOnce("Default: "));
        });
    }

    @Test
    void printsTheVersion() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).matches("gauntlet \\S+\\R");
    }

    @Test
    void anUnexpectedFailureIsOneLineToo() {
        assertThat(runFailing(new IllegalStateException("first\nsecond"))).isEqualTo(4);
        assertThat(err)
                .hasToString(
                        "gauntlet: Could not run: IllegalStateException: first. This is a fault of Gauntlet; --stacktrace shows where.%n"
                                .formatted());
    }

    @Test
    void soIsAnErrorOfTheVirtualMachine() {
        assertThat(runFailing(new OutOfMemoryError("Java heap space"))).isEqualTo(4);
        assertThat(runFailing(new UnsatisfiedLinkError("no torch"))).isEqualTo(4);
        assertThat(err.toString().lines())
                .containsExactly(
                        "gauntlet: Out of memory (Java heap space); give it more, as in GAUNTLET_JAVA_OPTIONS=-Xmx4g.",
                        "gauntlet: Could not run: UnsatisfiedLinkError: no torch. This is a fault of Gauntlet; --stacktrace shows where.");
    }

    @Test
    void aMissingLibraryIsNoFaultOfTheInput() {
        Throwable failure =
                new dev.gauntlet.GauntletException("The library is missing.", new UnsatisfiedLinkError("x"));

        assertThat(runFailing(failure)).isEqualTo(4);
        assertThat(err).hasToString("gauntlet: The library is missing.%n".formatted());
    }

    @Test
    void showsWhereOnRequest() {
        assertThat(runFailing(new IllegalStateException("broken"), "--stacktrace"))
                .isEqualTo(4);
        assertThat(err.toString()).contains("at " + GauntletTest.class.getName());
    }

    private int run(String... arguments) {
        return Gauntlet.run(Map.of(), new PrintWriter(out), new PrintWriter(err), arguments);
    }

    private int runFailing(Throwable failure, String... options) {
        CommandLine gauntlet = Gauntlet.commandLine(Map.of()).addSubcommand("fail", new Failing(failure));
        return gauntlet.setErr(new PrintWriter(err))
                .execute(Stream.concat(Stream.of(options), Stream.of("fail")).toArray(String[]::new));
    }

    @Command(name = "fail")
    private record Failing(Throwable failure) implements Runnable {
        @Override
        public void run() {
            if (failure instanceof Error error) {
                throw error;
            }
            throw failure instanceof RuntimeException exception
                    ? exception
                    : new ExecutionException(new CommandLine(this), "unexpected", failure);
        }
    }
}
