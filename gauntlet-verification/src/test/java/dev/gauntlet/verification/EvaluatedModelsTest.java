package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.ReportJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Evaluates models of every kind. */
class EvaluatedModelsTest extends CommandLineFixture {
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
            {"input = [", "is not valid TOML (line 1)"},
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
    void refusesWeightsOfAnotherNetwork() {
        assertThat(evaluate(weights(), folder.resolve("report"), "--network", "mlp:784-20-10"))
                .isEqualTo(2);

        assertThat(message()).contains("has shape [16, 784]").contains("requires [20, 784]");
        assertThat(folder).isEmptyDirectory();
    }

    private void assertRefused(String ending, byte[] content, String reason) throws IOException {
        Path file = Files.write(folder.resolve("model" + ending), content);
        listen();

        assertThat(evaluate(file, folder.resolve("report"))).isEqualTo(2);
        assertThat(message()).contains(file.toString()).contains(reason);
        assertThat(folder.resolve("report")).doesNotExist();
    }
}
