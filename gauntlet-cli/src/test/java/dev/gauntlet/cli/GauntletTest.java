package dev.gauntlet.cli;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.request.Threat;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.torch.NamedNetwork;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class GauntletTest {
    private static final int TERMINAL_WIDTH = 80;

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    dmeo                          | Unknown command 'dmeo'; did you mean demo? Commands: demo, train, defend, inspect, evaluate, certify, attacks, explore, report, check, compare, plan, generate-completion. See 'gauntlet --help'.
                    demo --epsilons=0.1           | Unknown option '--epsilons'; did you mean --epsilon? See 'gauntlet demo --help'.
                    train --epochz 3              | Unknown option '--epochz'; did you mean --epochs? See 'gauntlet train --help'.
                    demo --xyzzy                  | Unknown option '--xyzzy'. See 'gauntlet demo --help'.
                    demo mnist                    | Unexpected argument 'mnist'. See 'gauntlet demo --help'.
                    evaluate                      | Missing required parameter: 'MODEL'. See 'gauntlet evaluate --help'.
                    report                        | Missing required parameter: 'REPORT'. See 'gauntlet report --help'.
                    demo --seed x                 | Invalid value for option '--seed': 'x' is not a whole number, or is too large. See 'gauntlet demo --help'.
                    demo --epochs 1.5             | Invalid value for option '--epochs': '1.5' is not a whole number, or is too large. See 'gauntlet demo --help'.
                    demo --workers many           | Invalid value for option '--workers': 'many' is not a whole number, or is too large. See 'gauntlet demo --help'.
                    demo --learning-rate fast     | Invalid value for option '--learning-rate': 'fast' is not a number. See 'gauntlet demo --help'.
                    demo --out=                   | Invalid value for option '--out': the file name is empty. See 'gauntlet demo --help'.
                    demo --seed 1 --seed 2        | Option '--seed' (N) should be specified only once. See 'gauntlet demo --help'.
                    demo --epochs 0               | The number of epochs must be at least 1, got 0.
                    demo --batch 0                | The batch size must be at least 1, got 0.
                    demo --learning-rate NaN      | Invalid value for option '--learning-rate': 'NaN' is not a number. See 'gauntlet demo --help'.
                    demo --workers 0              | The number of workers must be at least 1, got 0.
                    demo --network mpl            | Unknown network 'mpl'; did you mean mlp? Known: mlp, lenet, madry, wong.
                    demo --network mlp:784-x-10   | 'x' in 'mlp:784-x-10' is not an integer, or is too large.
                    demo --attack fsgm            | Unknown attack 'fsgm'; did you mean fgsm? Known: ATTACKS.
                    demo --attack fsgm:loss=x     | Unknown attack 'fsgm'; did you mean fgsm? Known: ATTACKS.
                    demo --attack fgsm:           | Option '' of attack fgsm has no value; write, for example, pgd:steps=100,restarts=5.
                    demo --attack fgsm:loss       | Option 'loss' of attack fgsm has no value; write, for example, pgd:steps=100,restarts=5.
                    demo --attack fgsm:lss=x      | Unknown option of fgsm 'lss'; did you mean loss? Known: loss.
                    demo --attack fgsm:loss=cross | Unknown loss 'cross'; did you mean cross-entropy? Known: cross-entropy, cross-entropy-float32, cross-entropy-float32-avx512, margin, dlr.
                    demo --attack fgsm:loss=a,loss=b | Attack 'fgsm:loss=a,loss=b' sets option loss twice.
                    demo --attack pgd:steps=0     | PGD requires at least 1 step, got 0.
                    demo --attack pgd:steps=1.5   | Option steps of attack pgd must be a whole number, got '1.5'.
                    demo --attack fgsm --attack deepfool:step=3 | Unknown option of deepfool 'step'; did you mean steps? Known: steps, overshoot, candidates.
                    demo --attack fgsm --attack fgm | Unknown attack 'fgm'; did you mean fgsm? Known: ATTACKS.
                    demo --black-box --attack square --attack pgd | The attack pgd requires gradients, which a black box does not provide; these attacks need only logits: BLACK_BOX_ATTACKS.
                    demo --black-box              | The attack fgsm requires gradients, which a black box does not provide; these attacks need only logits: BLACK_BOX_ATTACKS.
                    demo --black-box --attack square:queries=0 | Square requires at least 1 query, got 0.
                    demo --norm l0 --attack autoattack | AutoAttack supports L-infinity, L2 and L1, but not L0.
                    demo --black-box --attack autoattack | The attack autoattack requires gradients, which a black box does not provide; these attacks need only logits: LOGITS.
                    demo --target 3 --attack autoattack | The attack apgd-t has no targeted variant. Attacks that do: TARGETED.
                    demo --suite quik             | Unknown suite 'quik'; did you mean quick? Known: quick, standard, thorough.
                    demo --suite quick --attack pgd | Both a suite and attacks are named; leave one of them out. The options are --suite and --attack.
                    demo --suite quick --norm l0  | The suite quick is for L-infinity, L2 and L1, not for L0; name the attacks yourself, such as fmn.
                    demo --suite quick --black-box | The suite quick has attacks that need gradients, which a black box does not give; name the attacks yourself, such as square. The options are --black-box and --suite.
                    demo --suite quick --target 3 | The suite quick has attacks without a targeted variant; leave out the target, or name the attacks yourself, such as pgd. The options are --target and --suite.
                    demo --suite quick --examples 0 | The number of examples must be at least 1, got 0.
                    demo --examples 0 | The number of examples must be at least 1, got 0.
                    demo --shard-size 0 | The shard size must be at least 1, got 0.
                    demo --norm l3                | Unknown norm 'l3'; did you mean l2? Known: linf, l2, l1, l0.
                    demo --norm l1 --attack fgsm --attack deepfool | The attack deepfool does not support L1 (supported: L-infinity, L2). Attacks that do: L1_ATTACKS.
                    demo --norm l2 --epsilon -1   | Epsilon -1.0 is not a valid radius in L2; give a finite number of at least 0.
                    demo --epsilon abc            | In --epsilon, 'abc' is not a number; write, for example, 0.1 or 8/255.
                    demo --epsilon=               | In --epsilon, '' is not a number; write, for example, 0.1 or 8/255.
                    demo --epsilon 0.1,,0.2       | In --epsilon, '' is not a number; write, for example, 0.1 or 8/255.
                    demo --epsilon NaN            | In --epsilon, 'NaN' is not a number; write, for example, 0.1 or 8/255.
                    demo --epsilon 0x1p-3         | In --epsilon, '0x1p-3' is not a number; write, for example, 0.1 or 8/255.
                    demo --epsilon 1d             | In --epsilon, '1d' is not a number; write, for example, 0.1 or 8/255.
                    demo --epsilon 8/0            | In --epsilon, '8/0' divides by zero; write, for example, 8/255.
                    demo --epsilon -0.1           | Epsilon -0.1 is outside [0,1]; it is in raw pixel units, so 8 of 255 grey levels is 0.0314.
                    demo --epsilon 1.5            | Epsilon 1.5 is outside [0,1]; it is in raw pixel units, so 8 of 255 grey levels is 0.0314.
                    train --out model.bin         | The weights are written as safetensors; the file name 'model.bin' must end with .safetensors.
                    evaluate no-such-file.pt      | The model file no-such-file.pt does not exist; check the path.
                    check                         | Missing required parameter: 'REPORT'. See 'gauntlet check --help'.
                    check no-such --at linf:0.1   | There is no requirement at --at; add --min-robust-accuracy, --min-certified-accuracy, --per-class-min or --baseline.
                    check no-such --at linf:0.1 --min-robust-accuracy 0.4 | There is no file no-such; name the folder of a report or the report.json in it.
                    check no-such --at 0.1 --min-robust-accuracy 0.4 | Invalid value for option '--at' (NORM:EPSILON,...): '0.1' is not a valid ball; write norm and epsilon, such as linf:8/255. See 'gauntlet check --help'.
                    check no-such --at linv:0.1 --min-robust-accuracy 0.4 | Invalid value for option '--at' (NORM:EPSILON,...): Unknown norm 'linv'; did you mean linf? Known: linf, l2, l1, l0. See 'gauntlet check --help'.
                    check no-such --at linf:0.1 --min-robust-accuracy 40 | The required robust accuracy must be in [0,1], such as 0.4 for 40 %, got 40.0.
                    check no-such --at linf:0.1 --min-robust-accuracy NaN | Invalid value for option '--min-robust-accuracy' (SHARE,...): 'NaN' is not a number. See 'gauntlet check --help'.
                    check no-such --at linf:0.1 --per-class-min -1 | The required robust accuracy of each class must be in [0,1], such as 0.4 for 40 %, got -1.0.
                    check no-such --at linf:0.1 --min-robust-accuracy 0.4,0.3 | There are 2 values of --min-robust-accuracy for 1 of --at; give one for all or one for each.
                    check no-such --at linf:0.1 --min-robust-accuracy 0.4 --forbid suspct | Unknown trust to forbid 'suspct'; did you mean suspect? Known: limited, suspect, invalid.
                    check no-such --at linf:0.1 --no-worse-than 0.01 | --no-worse-than requires the report to compare with, --baseline.
                    compare one                   | Missing required parameter: 'AFTER'. See 'gauntlet compare --help'.
                    compare no-such also-not      | There is no file no-such; name the folder of a report or the report.json in it.
                    report no-such-file.json      | There is no file no-such-file.json; name the folder of a report or the report.json in it.
                    """)
    void saysInOneLineWhatIsWrong(String arguments, String message) {
        assertThat(run(arguments.split(" "))).isEqualTo(2);
        String blackBox =
                String.join(", ", Attacks.blackBox().stream().map(Attack::name).toList());
        String complete = message.replace("BLACK_BOX_ATTACKS", blackBox)
                .replace("L1_ATTACKS", names(Norm.L1))
                .replace("ATTACKS", names(Norm.values()) + ", autoattack")
                .replace("LOGITS", Attacks.blackBox().stream().map(Attack::name).collect(joining(", ")))
                .replace(
                        "TARGETED",
                        Attacks.all().stream()
                                .filter(Attack::isTargetable)
                                .map(Attack::name)
                                .collect(joining(", ")));
        assertThat(err).hasToString("gauntlet: " + complete + System.lineSeparator());
        assertThat(out).hasToString("");
    }

    /** Lists the attacks that have one of some norms, as the messages do. */
    private static String names(Norm... norms) {
        return Attacks.all().stream()
                .filter(attack -> !Collections.disjoint(attack.norms(), List.of(norms)))
                .map(Attack::name)
                .collect(joining(", "));
    }

    @Test
    void asksForACommand() {
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).startsWith("gauntlet: Missing command;").hasLineCount(1);
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
                        "gauntlet: Unknown data set 'mnits'; did you mean mnist? Known: mnist, fashion-mnist, digits. To use other examples, such as the files of CIFAR-10 or a folder of images, give their path. The option is --data."
                                + System.lineSeparator());
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void readsArgumentsFromAFile() throws IOException {
        Path arguments = Files.writeString(folder.resolve("arguments"), """
                        evaluate # the command
                        --epsilon 0.1
                        "my model.pt"
                        """);

        assertThat(run("@" + arguments)).isEqualTo(2);
        assertThat(err)
                .hasToString("gauntlet: The model file my model.pt does not exist; check the path.%n".formatted());
    }

    @Test
    void aFileNameMayStartWithAnAtSign() throws IOException {
        Path arguments = Files.writeString(folder.resolve("arguments"), "--help");

        assertThat(run("evaluate", "@@" + arguments)).isEqualTo(2);
        assertThat(run("evaluate", "@none-of-this-name")).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly(
                        "gauntlet: The model file @%s does not exist; check the path.".formatted(arguments),
                        "gauntlet: The model file @none-of-this-name does not exist; check the path.");
    }

    @Test
    void aDirectoryNameMayStartWithAnAtSign() throws IOException {
        // a path that starts with the sign is relative
        Path directory = Files.createTempDirectory(Path.of("").toAbsolutePath(), "@photos");
        try {
            assertThat(run("evaluate", "@@" + directory.getFileName().toString().substring(1)))
                    .isEqualTo(2);
        } finally {
            Files.delete(directory);
        }
        assertThat(err.toString()).contains(directory.getFileName().toString()).doesNotContain("a file with arguments");
    }

    @Test
    void refusesADirectoryOfArguments() {
        assertThat(run("evaluate", "@" + folder)).isEqualTo(2);
        assertThat(err).hasToString("gauntlet: %s is a directory and not a file with arguments.%n".formatted(folder));
    }

    /** The manual, the documentation and the code know the same variables. */
    @Test
    void documentsEveryEnvironmentVariable() throws IOException {
        Map<String, String> documented = new TreeMap<>();
        Pattern.compile("(?m)^\\| `([A-Z_]+)` \\| (.*) \\|$")
                .matcher(Files.readString(Path.of("..", "docs", "command-line.md")))
                .results()
                .forEach(row -> documented.put(row.group(1), row.group(2).replace("`", "")));
        assertThat(documented)
                .containsExactlyEntriesOf(new TreeMap<>(Arrays.stream(EnvironmentVariable.values())
                        .collect(Collectors.toMap(Enum::name, EnvironmentVariable::meaning))));

        List<Path> sources = new ArrayList<>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path module : modules.map(folder -> folder.resolve("src/main"))
                    .filter(Files::isDirectory)
                    // which users do not have
                    .filter(folder -> !folder.toString().contains("gauntlet-benchmarks"))
                    .toList()) {
                try (Stream<Path> files = Files.walk(module)) {
                    files.filter(file -> file.toString().endsWith(".java") || file.endsWith("bin/gauntlet"))
                            .forEach(sources::add);
                }
            }
        }
        assertThat(sources).hasSizeGreaterThan(100);
        for (Path source : sources) {
            assertThat(Pattern.compile("\\bGAUNTLET_[A-Z_]+")
                            .matcher(Files.readString(source))
                            .results()
                            .map(found -> found.group()))
                    .as(source.toString())
                    .isSubsetOf(documented.keySet());
        }
    }

    @Test
    void showsColorsOnlyOnTerminalsAndToThoseWhoWantThem() {
        String escape = "\u001b[";
        Screen terminal = new Screen(Screen.Kind.TERMINAL, 80, true);
        for (Screen screen : List.of(terminal, Screen.NONE, new Screen(Screen.Kind.LOG, 80, false))) {
            for (String noColor : List.of("", "1")) {
                listen();
                Map<String, String> environment = Map.of("NO_COLOR", noColor, "TERM", "xterm");
                boolean shown = screen.isOutputTerminal() && noColor.isEmpty();

                assertThat(run(environment, screen, "check", "--help")).isZero();
                assertThat(run(environment, screen, "check")).isEqualTo(2);

                assertThat(out.toString().contains(escape)).as(screen + noColor).isEqualTo(shown);
                assertThat(err.toString().contains(escape)).as(screen + noColor).isEqualTo(shown);
            }
        }
        listen();
        assertThat(run(Map.of("TERM", "dumb"), terminal, "check", "--help")).isZero();
        // one of the two may be redirected
        assertThat(run(Map.of(), new Screen(Screen.Kind.TERMINAL, 80, false), "check", "--help"))
                .isZero();
        assertThat(out.toString()).doesNotContain(escape);
    }

    private int run(Map<String, String> environment, Screen screen, String... arguments) {
        return Gauntlet.run(
                environment, screen, new Stopwatch(), new PrintWriter(out), new PrintWriter(err), arguments);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--epsilon 0,0.1,8/255", "--epsilon .5", "--epsilon 1e-3", "--epsilon 0", "--epsilon +1"})
    void readsEpsilonsAsPeopleWriteThem(String option) {
        // the model is looked for only after the options are read
        assertThat(run(("evaluate no-such-file.pt " + option).split(" "))).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("gauntlet: The model file no-such-file.pt does not exist; check the path.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "train", "inspect", "evaluate", "attacks", "report", ""})
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
        Stream.of("demo", "train", "inspect", "evaluate", "attacks", "report").forEach(name -> {
            CommandLine command =
                    Gauntlet.commandLine(Map.of()).getSubcommands().get(name);
            command.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden() && option.arity().max() > 0)
                    .forEach(option -> assertThat(String.join(" ", option.description()))
                            .as("%s %s", name, option.longestName())
                            .containsOnlyOnce("Default: "));
        });
    }

    @Test
    void theDefaultEpsilonsAreThoseOfTheHelp() {
        assertThat(run("evaluate", "--help")).isZero();
        String help = out.toString().replaceAll("\\s+", " ");

        for (Norm norm : Norm.values()) {
            String epsilons = Stream.concat(Stream.of(0.0), Threat.usualEpsilons(norm).stream())
                    .map(epsilon -> epsilon.toString().replaceAll("\\.0$", ""))
                    .collect(Collectors.joining(","));
            assertThat(help).as(norm.id()).containsPattern(norm.id() + "[ a-z0-9]* " + epsilons);
        }
    }

    @Test
    void listsEveryAttackWithItsOptions() {
        assertThat(run("attacks")).isZero();

        assertThat(err).hasToString("");
        assertThat(out.toString().lines())
                .allSatisfy(line -> assertThat(line)
                        .hasSizeLessThanOrEqualTo(TERMINAL_WIDTH)
                        .doesNotEndWith(" "));
        Attacks.all().forEach(attack -> {
            assertThat(out.toString())
                    .containsPattern(
                            "(?m)^" + attack.name() + " +" + Pattern.quote(Attacks.description(attack.name())) + "$");
            attack.options()
                    .forEach((option, value) -> assertThat(out.toString()).contains(" " + option + "=" + value));
        });
    }

    @Test
    void explainsAnAttack() {
        assertThat(run("attacks", "pgd")).isZero();

        assertThat(out.toString())
                .startsWith("pgd: PGD, projected gradient descent")
                .containsPattern("Norms +linf, l2, l1")
                .containsPattern("Needs +gradients")
                .containsPattern("Targeted +yes")
                .containsPattern("Searches for +a success within each epsilon")
                .containsPattern("steps=40\\R +The number of steps: a whole number, at least 1\\R")
                .containsPattern("sparsity=0.99\\R +The share of the pixels")
                .contains("Example: gauntlet evaluate MODEL --attack pgd:loss=cross-entropy");
    }

    @Test
    void explainsEveryOptionOfEveryAttackOnATerminal() {
        for (Attack<?> attack : Attacks.all()) {
            listen();
            assertThat(run("attacks", attack.name())).isZero();
            // the example is one command, to be copied
            assertThat(out.toString().lines().filter(line -> !line.startsWith("Example: ")))
                    .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(TERMINAL_WIDTH));
            String text = out.toString().replaceAll("\\s+", " ");
            Attacks.meanings(attack)
                    .forEach((option, meaning) -> assertThat(text)
                            .contains("%s: %s"
                                    .formatted(meaning, Attacks.values(attack).get(option))));
        }
    }

    @Test
    void explainsAutoAttack() {
        assertThat(run("attacks", "AutoAttack")).isZero();
        for (Norm norm : List.of(Norm.LINF, Norm.L1)) {
            assertThat(out.toString())
                    .contains(AutoAttack.standard(norm).stream()
                            .map(Attacks::written)
                            .toList());
        }
    }

    @Test
    void groupsTheOptionsInTheHelp() {
        assertThat(run("evaluate", "--help")).isZero();
        assertThat(out.toString())
                .containsSubsequence(
                        "Usage: gauntlet evaluate [OPTIONS] [MODEL]",
                        "Model options:",
                        "--network=NET",
                        "--mean=M,...  ",
                        "Data options:",
                        "--data=PATH",
                        "--dataset=NAME",
                        "Attack options:",
                        "--attack=NAME",
                        "--seed=N",
                        "Limit options:",
                        "--time-limit=TIME",
                        "Output options:",
                        "--journal=FOLDER",
                        "--out=DIR",
                        "Other options:",
                        "--plan=FILE",
                        "--help")
                .doesNotContain("...,")
                .doesNotContain("......");
    }

    /** No option is lost by the grouping, in any command. */
    @Test
    void showsEveryOptionInTheHelp() {
        Gauntlet.commandLine(Map.of()).getSubcommands().forEach((name, command) -> {
            listen();
            assertThat(run(name, "--help")).isZero();
            command.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden())
                    .forEach(option -> assertThat(out.toString()).contains(option.longestName()));
        });
    }

    @Test
    void listsAttacksForMachines() {
        assertThat(run("attacks", "--json")).isZero();
        JsonNode all = JsonMapper.shared().readTree(out.toString());

        assertThat(all.valueStream().map(attack -> attack.path("name").asString()))
                .containsExactlyElementsOf(
                        Attacks.all().stream().map(Attack::name).toList());
        assertThat(all.get(0).path("norms").valueStream().map(JsonNode::asString))
                .containsExactly("linf", "l2", "l1");
        assertThat(all.get(0).path("options").get(0).path("value").asString()).isEqualTo("cross-entropy");
    }

    @Test
    void suggestsTheNearestAttackToExplain() {
        assertThat(run("attacks", "pdg")).isEqualTo(2);
        assertThat(err.toString()).startsWith("gauntlet: Unknown attack 'pdg'; did you mean pgd?");
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

    private void listen() {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
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
