package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** An evaluation from the attacks to the report. */
class EvaluateCommandTest extends CommandLineFixture {
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
    void certificatesMeetTheAttacks() throws IOException {
        Path first = folder.resolve("first");
        Path after = folder.resolve("after");
        List<String> evaluation = List.of(
                weights().toString(),
                "--dataset",
                "digits",
                "--offline",
                "--examples",
                "120",
                "--attack",
                "pgd:steps=9,relative-step=0.25",
                "--epsilon",
                "0.01,0.05",
                "--certify-method",
                "complete:domains=20");

        assertThat(run(evaluation, "evaluate", "--certify", "first", "--out", first.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .containsPattern("epsilon +certified +undecided +broken +robust accuracy")
                .contains("Certified by branch and bound in ");
        assertThat(run(evaluation, "evaluate", "--certify", "after", "--out", after.toString()))
                .as(err.toString())
                .isZero();

        JsonNode before = read(first).path("certificates").path("proved");
        JsonNode later = read(after).path("certificates").path("proved");
        assertThat(before.path(0).path("certified").asInt()).isGreaterThan(60);
        for (int budget = 0; budget < 2; budget++) {
            // what is broken differs only in who was asked first
            assertThat(before.path(budget).path("certified"))
                    .isEqualTo(later.path(budget).path("certified"));
            assertThat(before.path(budget).path("mistakes"))
                    .isEqualTo(later.path(budget).path("mistakes"));
        }
        assertThat(first.resolve("index.html")).content().contains("What is proved");
        assertThat(first.resolve("certified-and-broken.svg")).isNotEmptyFile();

        // the record repeats itself
        Path again = folder.resolve("again");
        assertThat(run("evaluate", "--plan", first.resolve("report.json").toString(), "--out", again.toString()))
                .as(err.toString())
                .isZero();
        assertThat(read(again).path("certificates")).isEqualTo(read(first).path("certificates"));

        assertThat(run("check", first.toString(), "--min-certified-accuracy", "0.3", "--at", "linf:0.01"))
                .as(out.toString())
                .isZero();
        assertThat(out.toString()).contains("certified accuracy at linf:0.01 is at least 30.00 %");
        assertThat(run("check", first.toString(), "--min-certified-accuracy", "0.99", "--at", "linf:0.05"))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --certify sometimes                                     | Unknown moment of the certificates 'sometimes'. Known: first, after.
            --certify frist                                         | Unknown moment of the certificates 'frist'; did you mean first? Known: first, after.
            --certify-method crown                                  | A method of certificates is named, but not when they are made; say first or after. The option is --certify.
            --certify first --certify-method crwn                   | Unknown certifier 'crwn'; did you mean crown? Known: intervals, crown, complete.
            --certify first --certify-method crown:domains=3        | Unknown option of crown 'domains'. Known: bisections.
            --certify first --certify-method complete:domains=many  | Option domains of complete must be a whole number, got 'many'.
            --certify first --certify-method complete:domains=0     | The limit of domains must be at least 1, got 0.
            --certify first --certify-method complete:time=3        | Unknown option of complete 'time'. Known: domains, bisections.
            --certify first --norm l0 --epsilon 3 --attack salt-and-pepper | The method crown does not certify in L0; it certifies in L-infinity, L2, L1.
            --certify after --epsilon 0                             | Certificates need an epsilon above 0; without one, omit them.
            """)
    void refusesCertificatesThatCannotBeMade(String options, String message) throws IOException {
        assertRefused(
                "gauntlet: " + message,
                Stream.concat(
                                Stream.of("evaluate", weights().toString(), "--dataset", "digits", "--offline"),
                                Stream.of(options.split(" +")))
                        .toArray(String[]::new));
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

    private static long cost(JsonNode json, int attack, String kind) {
        return json.path("attacks").get(attack).path(kind).asLong();
    }

    /** Multiplies all weights of a safetensors file, which makes the network surer of all its answers. */
    private static byte[] scaled(byte[] safetensors, float factor) {
        ByteBuffer bytes = ByteBuffer.wrap(safetensors.clone()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = Long.BYTES + (int) bytes.getLong(0); i < safetensors.length; i += Float.BYTES) {
            bytes.putFloat(i, factor * bytes.getFloat(i));
        }
        return bytes.array();
    }

    @Test
    void aClusterNeedsAnAddressAndTheLibrariesOfSpark() {
        assertClusterRefused(
                "'somewhere' is not the address of a cluster; known are local[2], spark://HOST:7077, ", "somewhere");
        assertClusterRefused("The libraries of Apache Spark are not on the class path; set SPARK_HOME ", "local[2]");
    }

    private void assertClusterRefused(String message, String master) {
        Path out = folder.resolve("report");
        listen();
        assertThat(evaluate(weights(), out, "--master", master))
                .as(err.toString())
                .isEqualTo(2);
        assertThat(message()).contains(message);
        assertThat(out).doesNotExist();
    }
}
