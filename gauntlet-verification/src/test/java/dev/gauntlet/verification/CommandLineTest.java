package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.gauntlet.Sha256;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.report.ReportJson;
import dev.gauntlet.torch.Models;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands from end to end, on the built-in digits and a small network. */
class CommandLineTest extends CommandLineFixture {
    @Test
    void theDemoShowsTheWholeStory() throws IOException {
        Path report = folder.resolve("runs/demo");

        assertThat(run(SMALL, "demo", "--out", report.toString(), "--epsilon", "0.1,8/255"))
                .isZero();

        assertThat(err).hasToString("");
        JsonNode json = read(report);
        assertThat(json.path("results")
                        .valueStream()
                        .map(result -> result.path("epsilon").asDouble()))
                .containsExactly(0.0, 8 / 255.0, 0.1);
        JsonNode clean = json.path("results").get(0).path("accuracy");
        assertThat(clean.path("trials").asInt()).isEqualTo(10_000);
        assertThat(clean.path("rate").asDouble()).isGreaterThan(0.8);
        assertThat(out.toString())
                .contains("Data      digits: 60,000 training and 10,000 test images, built in")
                .contains("Network   mlp:784-16-10: flatten, linear 16, relu, linear 10; 12,730 parameters")
                .contains("Epoch 1/1")
                .containsPattern(
                        "\n0 .* %,d/10,000 ".formatted(clean.path("successes").asInt()))
                .containsPattern("\n0.03137 ")
                .contains("Report: " + report.resolve("index.html"));
        assertThat(report.resolve("index.html"))
                .content()
                .contains(
                        "training.network = 'mlp:784-16-10'\ntraining.epochs = 1\ntraining.batch-size = 128\n",
                        "training.learning-rate = 0.001",
                        "threat.epsilons = [0.0, 0.03137254901960784, 0.1]");
        Path again = folder.resolve("again");
        assertThat(run("evaluate", "--plan", report.toString(), "--offline", "--out", again.toString()))
                .as(err.toString())
                .isZero();
        assertThat(withoutTiming(read(again))).isEqualTo(withoutTiming(read(report)));
        assertThat(report.resolve("model.safetensors")).hasSameBinaryContentAs(weights());
    }

    @Test
    void keepsTheAdversarialImagesAndComparesWithTheBaseline() throws IOException {
        Path images = folder.resolve("images");
        List<String> evaluation = List.of(
                weights().toString(),
                "--dataset",
                "digits",
                "--offline",
                "--examples",
                "300",
                "--attack",
                "fgsm",
                "--epsilon",
                "0.05");
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        assertThat(run(evaluation, "evaluate", "--out", first.toString(), "--adversarial", images.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("Adversarial images: " + images);
        int broken = (int) successfulAttacks(read(first), 1)
                .valueStream()
                .filter(attack -> attack.asInt() == 0)
                .count();
        assertThat(broken).isPositive();
        try (Stream<Path> pictures = Files.list(images.resolve("epsilon-0.05"))) {
            assertThat(pictures).hasSize(broken);
        }
        assertThat(images.resolve("epsilon-0.05.npz")).isNotEmptyFile();
        assertThat(images.resolve("rates.json")).isNotEmptyFile();

        assertThat(run(evaluation, "evaluate", "--out", second.toString(), "--baseline", first.toString()))
                .as(err.toString())
                .isZero();
        assertThat(second.resolve("index.html")).content().contains("Comparison with the baseline");

        assertThat(run(
                        evaluation,
                        "evaluate",
                        "--out",
                        folder.resolve("third").toString(),
                        "--adversarial",
                        images.toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("gauntlet: %s already exists; choose a new folder for the adversarial images.%n"
                        .formatted(images));
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactlyInAnyOrder(images, first, second);
        }
    }

    @Test
    void theSameSeedGivesTheSameRecordForAnyNumberOfWorkers() throws IOException {
        for (String workers : List.of("1", "2")) {
            assertThat(run(SMALL, "demo", "--out", folder.resolve(workers).toString(), "--workers", workers, "--quiet"))
                    .as(err.toString())
                    .isZero();
        }

        assertThat(out).hasToString("");
        assertThat(withoutTiming(read(folder.resolve("1")))).isEqualTo(withoutTiming(read(folder.resolve("2"))));
        assertThat(read(folder.resolve("2")).path("timing").path("workers").asInt())
                .isEqualTo(2);
        assertThat(folder.resolve("1/model.safetensors")).hasSameBinaryContentAs(folder.resolve("2/model.safetensors"));
    }

    @Test
    void printsNothingButJsonWhenAskedTo() throws IOException {
        Path report = folder.resolve("report");

        assertThat(evaluate(weights(), report, "--json")).isZero();

        assertThat(err).hasToString("");
        JsonNode printed = JSON.readTree(out.toString());
        JsonNode record = read(report);
        assertThat(printed.path("results").valueStream().map(result -> result.path("accuracy")))
                .hasSize(7)
                .containsExactlyElementsOf(record.path("results")
                        .valueStream()
                        .map(result -> result.path("accuracy"))
                        .toList());
        assertThat(printed.path("json").asString())
                .isEqualTo(report.resolve("report.json").toString());
    }

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
    void severalAttacksAreOneWorstCase() throws IOException {
        Path report = folder.resolve("report");

        assertThat(evaluate(
                        weights(),
                        report,
                        "--attack",
                        "fgsm",
                        "--attack",
                        "pgd:steps=9,relative-step=0.25",
                        "--epsilon",
                        "0.05"))
                .isZero();

        JsonNode json = read(report);
        List<Integer> brokenBy =
                successfulAttacks(json, 1).valueStream().map(JsonNode::asInt).toList();
        assertThat(brokenBy).contains(-1, 0, 1);
        assertThat(out.toString())
                .contains("FGSM, PGD in L-infinity on 10,000 test images of digits")
                .containsPattern("broken by +fgsm +pgd\\R0.05 +%,d +%,d\\R"
                        .formatted(Collections.frequency(brokenBy, 0), Collections.frequency(brokenBy, 1)))
                .containsPattern("forward passes +%,d +%,d\\Rbackward passes +%,d +%,d\\R"
                        .formatted(
                                cost(json, 0, "forwards"),
                                cost(json, 1, "forwards"),
                                cost(json, 0, "backwards"),
                                cost(json, 1, "backwards")));
    }

    private static JsonNode successfulAttacks(JsonNode record, int budget) {
        return record.path("outcomes").path("successfulAttacks").get(budget);
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

    @Test
    void aLimitEndsAnEvaluationAndTheRecordRepeatsIt() throws IOException {
        Path limited = folder.resolve("limited");
        Path repeated = folder.resolve("repeated");
        Path decided = folder.resolve("decided");
        String[] some = {"--attack", "pgd:steps=3", "--examples", "400", "--epsilon", "0.05"};

        assertThat(run(
                        Stream.concat(Stream.of(some), Stream.of("--gradient-limit", "150"))
                                .toList(),
                        "evaluate",
                        weights().toString(),
                        "--dataset",
                        "digits",
                        "--offline",
                        "--out",
                        limited.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("The limit of backward passes was reached after ");
        assertThat(read(limited).path("ending").path("reason").asString()).isEqualTo("gradient-limit");
        assertThat(read(limited).path("outcomes").path("ids").size()).isLessThan(400);
        assertThat(limited.resolve("index.html")).content().contains("How the run ended.");
        assertThat(run(
                        "evaluate",
                        "--plan",
                        limited.resolve("report.json").toString(),
                        "--offline",
                        "--out",
                        repeated.toString()))
                .as(err.toString())
                .isZero();
        assertThat(withoutTiming(read(repeated))).isEqualTo(withoutTiming(read(limited)));

        assertThat(run(
                        Stream.concat(Stream.of(some), Stream.of("--decide", "0=0.1", "--shard-size", "50"))
                                .toList(),
                        "evaluate",
                        weights().toString(),
                        "--dataset",
                        "digits",
                        "--offline",
                        "--out",
                        decided.toString()))
                .as(err.toString())
                .isZero();
        assertThat(read(decided).path("ending").path("reason").asString()).isEqualTo("decided");
        assertThat(read(decided).path("outcomes").path("ids").size()).isEqualTo(50);
        assertThat(run("check", decided.toString(), "--at", "linf:0", "--min-robust-accuracy", "0.1"))
                .isZero();

        for (String[] bad : new String[][] {
            {"--time-limit", "soon", "'soon' is not a time"},
            {"--time-limit", "0s", "The time limit must be above 0, got 0 s."},
            {"--decide", "0.4", "'0.4' is not a question"},
            {"--decide", "0.3=0.4", "The epsilon 0.3 to decide about is not one of the plan"},
            {"--gradient-limit", "0", "must be at least 1, got 0"}
        }) {
            listen();
            assertThat(run(
                            Stream.concat(Stream.of(some), Stream.of(bad[0], bad[1]))
                                    .toList(),
                            "evaluate",
                            weights().toString(),
                            "--dataset",
                            "digits",
                            "--offline",
                            "--out",
                            folder.resolve("bad").toString()))
                    .isEqualTo(2);
            assertThat(message()).contains(bad[2]);
        }
    }

    @Test
    void refusesATargetThatIsNoClassBeforeTheWork() {
        assertThat(run(
                        SMALL,
                        "demo",
                        "--target",
                        "10",
                        "--out",
                        folder.resolve("report").toString()))
                .isEqualTo(2);

        assertThat(message()).isEqualTo("gauntlet: Target 10 is not a class; the classes are 0 to 9.");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void warnsOfGradientsThatSayNothing() throws IOException {
        Path sure = folder.resolve("sure.safetensors");
        Files.write(sure, scaled(Files.readAllBytes(weights()), 100));
        Path report = folder.resolve("report");

        assertThat(evaluate(sure, report, "--epsilon", "0.1")).isZero();

        int zero = read(report).path("attacks").get(0).path("zeroGradients").asInt();
        assertThat(zero).isGreaterThan(1000);
        assertThat(err.toString())
                .startsWith(
                        "WARNING: for %,d of 10,000 images the gradient of fgsm was 0 in every pixel".formatted(zero))
                .hasLineCount(1);
        assertThat(report.resolve("index.html"))
                .content()
                .contains("For %,d of 10,000\u00a0images, the gradient that FGSM computed was 0 in every pixel"
                        .formatted(zero));
    }

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
    void keepsTheWeightsOfAReportThatIsRenderedInItsPlace() throws IOException {
        Path report = folder.resolve("report");
        assertThat(evaluate(weights(), report)).isZero();
        Files.copy(weights(), report.resolve("model.safetensors"));
        Map<String, String> before = contents(report);

        assertThat(run("report", report.resolve("report.json").toString(), "--out", report.toString(), "--force"))
                .isZero();

        assertThat(contents(report)).isEqualTo(before);
    }

    @Test
    void saysLoudlyThatItFellBackToTheDigits() throws IOException {
        Path report = folder.resolve("report");

        assertThat(run("evaluate", weights().toString(), "--offline", "--out", report.toString(), "--json"))
                .isZero();

        String start = "MNIST was not available (";
        assertThat(err.toString()).startsWith("WARNING: " + start).hasLineCount(1);
        assertThat(JSON.readTree(out.toString()).path("notice").asString()).startsWith(start);
        assertThat(read(report).path("data").path("notice").asString()).startsWith(start);
        assertThat(report.resolve("index.html")).content().contains(start);
    }

    @Test
    void aForcedDataSetThatCannotBeHadIsAnError() {
        assertThat(run("evaluate", weights().toString(), "--dataset", "mnist", "--offline", "--out", "x"))
                .isEqualTo(2);

        assertThat(message()).startsWith("gauntlet: MNIST is not available: ").contains("--dataset digits");
    }

    @Test
    void refusesAFolderThatExistsBeforeAnyWork() throws IOException {
        Path report = Files.createDirectory(folder.resolve("report"));
        Path note = Files.writeString(report.resolve("note"), "mine");

        assertThat(run(SMALL, "demo", "--out", report.toString())).isEqualTo(2);
        assertThat(message()).startsWith("gauntlet: The folder " + report + " already exists; ");
        listen();
        assertThat(run(SMALL, "demo", "--out", report.toString(), "--force")).isEqualTo(2);
        assertThat(message()).contains("does not contain a report");

        assertThat(note).hasContent("mine");
        assertThat(report).isDirectoryNotContaining(path -> !path.equals(note));
    }

    @Test
    void refusesToReplaceWeightsUnlessForced() throws IOException {
        Path file = Files.writeString(folder.resolve("m.safetensors"), "mine");

        assertThat(run(SMALL, "train", "--out", file.toString())).isEqualTo(2);
        assertThat(message())
                .isEqualTo("gauntlet: %s already exists; choose another file with --out, or replace it with --force."
                        .formatted(file));
        assertThat(file).hasContent("mine");

        listen();
        assertThat(run(SMALL, "train", "--out", file.toString(), "--force", "--quiet"))
                .isZero();
        assertThat(file).hasSameBinaryContentAs(weights());
        assertThat(folder)
                .isDirectoryContaining(path -> path.equals(file))
                .isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void refusesPlacesThatAreNoFolder() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThat(run(SMALL, "train", "--out", file.resolve("m.safetensors").toString()))
                .isEqualTo(2);
        assertThat(message()).contains(file + " is not a directory");
        listen();
        assertThat(run(SMALL, "demo", "--out", file.resolve("report").toString()))
                .isEqualTo(2);
        assertThat(message()).contains(file + " is not a directory");
        listen();
        Path named = Files.createDirectory(folder.resolve("folder.safetensors"));
        assertThat(run(SMALL, "train", "--force", "--out", named.toString())).isEqualTo(2);
        assertThat(message()).contains(named + " is a directory");
    }

    @Test
    void refusesDamagedWeights() throws IOException {
        byte[] good = Files.readAllBytes(weights());
        byte[] notANumber = good.clone();
        ByteBuffer.wrap(notANumber).order(ByteOrder.LITTLE_ENDIAN).putFloat(good.length - Float.BYTES, Float.NaN);

        assertRefused(
                ".safetensors",
                "garbage, long enough for a header".getBytes(StandardCharsets.UTF_8),
                "is not a safetensors file");
        assertRefused(".safetensors", Arrays.copyOf(good, good.length / 2), "truncated or damaged");
        assertRefused(".safetensors", notANumber, "contains NaN");
        assertRefused(".pt", "garbage".getBytes(StandardCharsets.UTF_8), "is neither TorchScript nor a PyTorch state");
        assertRefused(".onnx", "garbage".getBytes(StandardCharsets.UTF_8), "is not an ONNX file");
        assertRefused(
                ".keras", "garbage".getBytes(StandardCharsets.UTF_8), "is not a supported model (it is a text file)");
    }

    /** Ten classes told apart by the brightness of ten of the pixels, behind a softmax. */
    private Path onnx() throws IOException {
        float[] weights = new float[784 * 10];
        for (int k = 0; k < 10; k++) {
            weights[(280 + k) * 10 + k] = 4;
        }
        ByteBuffer raw = ByteBuffer.allocate(weights.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(weights);
        return Files.write(folder.resolve("model.onnx"), TinyOnnx.matrixBehindSoftmax(784, 10, raw.array()));
    }

    @Test
    void attacksOnnxWithAndWithoutItsGradient() throws IOException {
        Path file = onnx();

        assertThat(evaluate(file, folder.resolve("white"), "--mean", "0.5", "--std", "0.25", "--examples", "50"))
                .isZero();
        String said = out.toString() + err;
        assertThat(said)
                .contains("The model ends in a softmax")
                .contains("from those of ONNX Runtime 1.")
                .contains("on 16 images of the data");
        RobustnessReport white = ReportJson.read(folder.resolve("white/report.json"));
        assertThat(white.model().crossChecks()).hasSize(2);
        assertThat(white.model().contract().mean()).containsExactly(0.5);
        assertThat(white.attacks().get(0).backwards()).isPositive();
        listen();
        assertThat(evaluate(
                        file,
                        folder.resolve("black"),
                        "--attack",
                        "square:queries=20",
                        "--black-box",
                        "--mean",
                        "0.5",
                        "--std",
                        "0.25",
                        "--examples",
                        "50"))
                .isZero();
        RobustnessReport black = ReportJson.read(folder.resolve("black/report.json"));
        assertThat(black.model().engine()).startsWith("ONNX Runtime");
        assertThat(black.outcomes().columns().predictions()[0])
                .isEqualTo(white.outcomes().columns().predictions()[0]);
        listen();
        assertThat(evaluate(file, folder.resolve("no"), "--network", "mlp")).isEqualTo(2);
        assertThat(message()).contains("includes its architecture").contains("The option is --network.");
    }

    @Test
    void readsTheNetworkFromAFile() throws IOException {
        byte[] weights = Files.readAllBytes(weights());
        Path toml = Files.writeString(
                folder.resolve("net.toml"),
                "input = [1, 28, 28]\nlayers = [\"flatten\", \"linear 16\", \"relu\", \"linear 10\"]\n");
        Path copy = Files.write(folder.resolve("copy.safetensors"), weights);

        assertThat(run("inspect", copy.toString(), "--network", toml.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("  linear 16").contains("  linear 10");
        for (String[] wrong : new String[][] {
            {"input = [1, 28]\nlayers = [\"linear 10\"]", "does not describe a network"},
            {"input = [1, 28, 28]\nlayers = [\"linear 10\"]\nweights = [0]", "may have weights = [\"features.0\", ...]"
            },
            {
                "input = [1, 28, 28]\nlayers = [\"flatten\", \"linear 16\", \"linear 10\"]\nweights = [\"1\", \"out\"]",
                "lacks the tensor out.weight"
            },
            {
                "input = [1, 28, 28]\nlayers = [\"flatten\", \"linear 16\", \"linear 10\"]\nweights = [\"1\", \"1\"]",
                "uses the weight name '1' twice"
            },
            {"inputs = [1, 28, 28]", "has a key 'inputs'"},
            {"input = [", "is not TOML (line 1)"},
            {"input = [1, 28, 28]\nlayers = [\"banana\"]", "banana"}
        }) {
            Files.writeString(toml, wrong[0]);
            listen();
            assertThat(run("inspect", copy.toString(), "--network", toml.toString()))
                    .isEqualTo(2);
            assertThat(message()).contains(wrong[1]);
        }
    }

    @Test
    void inspectsModels() throws IOException {
        assertThat(run("inspect", onnx().toString())).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("Model      model.onnx, 7,840 parameters")
                .contains("Input      'x' [?, 784] flat")
                .contains("  MatMul  matmul_z  784x10")
                .contains("Checked    outputs differ by at most")
                .contains("Attacks    all (the model has a gradient)");
        assertThat(err.toString()).startsWith("WARNING: The model ends in a softmax");
        listen();
        assertThat(run("inspect", weights().toString(), "--dataset", "digits", "--input-max", "255"))
                .isZero();
        assertThat(out.toString())
                .contains("  linear 16")
                .contains("Receives   pixels scaled to [0,255]")
                .contains("of 200 images");
        listen();
        assertThat(run("inspect", onnx().toString(), "--json")).isZero();
        assertThat(out.toString()).contains("\"format\" : \"ONNX, opset 13").contains("\"whiteBox\" : true");
        listen();
        assertThat(run("inspect", folder.resolve("none.onnx").toString())).isEqualTo(2);
        assertThat(message()).contains("does not exist; check the path");
    }

    @Test
    void attacksModelBehindAnAddress() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                byte[] body = exchange.getRequestBody().readAllBytes();
                boolean key = "sesame".equals(exchange.getRequestHeaders().getFirst("X-Key"));
                int images = JsonMapper.shared().readTree(body).get("x").size();
                String rows = String.join(",", Collections.nCopies(images, "[0,1,0,0,0,0,0,0,0,0]"));
                byte[] answer = "{\"y\": [%s]}".formatted(rows).getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(key ? 200 : 403, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
        try {
            String address =
                    "http://localhost:%d/m".formatted(server.getAddress().getPort());
            String[] request = {"--request", "{\"x\": {{images}}}", "--response", "/y", "--examples", "20"};
            Path report = folder.resolve("report");
            assertThat(evaluate(
                            address,
                            report,
                            Stream.concat(
                                            Stream.of(request),
                                            Stream.of(
                                                    "--black-box",
                                                    "--attack",
                                                    "square:queries=5",
                                                    "--header",
                                                    "X-Key: sesame"))
                                    .toArray(String[]::new)))
                    .as(err.toString())
                    .isZero();
            RobustnessReport read = ReportJson.read(report.resolve("report.json"));
            assertThat(read.model().name()).isEqualTo(address);
            assertThat(read.outcomes().columns().predictions()[0]).containsOnly(1);
            listen();
            Path itself = folder.resolve("itself");
            assertThat(evaluate(
                            address,
                            itself,
                            Stream.concat(
                                            Stream.of(request),
                                            Stream.of("--attack", "square:queries=5", "--header", "X-Key: sesame"))
                                    .toArray(String[]::new)))
                    .as(err.toString())
                    .isZero();
            assertThat(err.toString())
                    .contains("has no gradient here; the attacks need none, so it is attacked as with --black-box.");
            assertThat(ReportJson.read(itself.resolve("report.json")).plan().blackBox())
                    .isTrue();
            Path repeated = folder.resolve("repeated");
            assertRefused(
                    "The value of the header X-Key is not known: values are not recorded, as they may be secret; give the header again.",
                    "evaluate",
                    "--plan",
                    itself.toString());
            assertThat(run(
                            "evaluate",
                            "--plan",
                            itself.toString(),
                            "--header",
                            "X-Key: sesame",
                            "--offline",
                            "--out",
                            repeated.toString()))
                    .as(err.toString())
                    .isZero();
            assertThat(withoutTiming(read(repeated))).isEqualTo(withoutTiming(read(itself)));
            listen();
            assertThat(evaluate(address, folder.resolve("no"), request)).isEqualTo(2);
            assertThat(message()).contains("gives no gradient").contains("The options are --black-box and --attack.");
            listen();
            assertThat(evaluate(
                            address,
                            folder.resolve("no"),
                            Stream.concat(Stream.of(request), Stream.of("--black-box", "--attack", "square"))
                                    .toArray(String[]::new)))
                    .isEqualTo(2);
            assertThat(message()).contains("answered with status 403");
            listen();
            assertThat(evaluate(address, folder.resolve("no"), "--header", "X-Key: $NOT_SET"))
                    .isEqualTo(2);
            assertThat(message()).contains("names the environment variable NOT_SET, which is not set");
        } finally {
            server.stop(0);
        }
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
                .contains("100,000 workers were requested, but the evaluation has only 1 parts")
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
    void refusesWeightsOfAnotherNetwork() {
        assertThat(evaluate(weights(), folder.resolve("report"), "--network", "mlp:784-20-10"))
                .isEqualTo(2);

        assertThat(message()).contains("has shape [16, 784]").contains("requires [20, 784]");
        assertThat(folder).isEmptyDirectory();
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

    @Test
    void whatWasTrainedIsTakenByTheLibrary() {
        try (var model = Models.load(weights())) {
            assertThat(model.card().name()).isEqualTo("mlp:784-16-10");
            assertThat(model.card().training().orElseThrow().epochs()).hasSize(1);
        }
    }

    private void assertRefused(String ending, byte[] content, String reason) throws IOException {
        Path file = Files.write(folder.resolve("model" + ending), content);
        listen();

        assertThat(evaluate(file, folder.resolve("report"))).isEqualTo(2);
        assertThat(message()).contains(file.toString()).contains(reason);
        assertThat(folder.resolve("report")).doesNotExist();
    }

    private static long cost(JsonNode json, int attack, String kind) {
        return json.path("attacks").get(attack).path(kind).asLong();
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

    /** Multiplies all weights of a safetensors file, which makes the network surer of all its answers. */
    private static byte[] scaled(byte[] safetensors, float factor) {
        ByteBuffer bytes = ByteBuffer.wrap(safetensors.clone()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = Long.BYTES + (int) bytes.getLong(0); i < safetensors.length; i += Float.BYTES) {
            bytes.putFloat(i, factor * bytes.getFloat(i));
        }
        return bytes.array();
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
