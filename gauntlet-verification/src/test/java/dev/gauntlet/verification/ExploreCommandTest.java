package dev.gauntlet.verification;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The command serves a page for what the user names, until it is interrupted. */
class ExploreCommandTest extends CommandLineFixture {
    private Path model() {
        Path file = folder.resolve("model.safetensors");
        assertThat(run(SMALL, "train", "--out", file.toString()))
                .as(err.toString())
                .isZero();
        listen();
        return file;
    }

    /** Runs the command until it has answered what the page asks first. */
    private JsonNode session(String... arguments) throws Exception {
        CompletableFuture<Integer> code = new CompletableFuture<>();
        Thread command = new Thread(() -> code.complete(run(arguments)), "explore");
        command.start();
        try {
            while (!out.toString().contains("}") && !code.isDone()) {
                Thread.sleep(20);
            }
            assertThat(code).as("%s", err).isNotDone();
            URI address =
                    URI.create(JSON.readTree(out.toString()).get("address").stringValue());
            assertThat(address.getHost()).isEqualTo("127.0.0.1");
            return ask(address.resolve("api/session"));
        } finally {
            command.interrupt();
            assertThat(code.get()).isZero();
        }
    }

    private static JsonNode ask(URI address) throws IOException, InterruptedException {
        return JSON.readTree(HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                .body());
    }

    @Test
    void servesModelsAndTheirReport() throws Exception {
        Path model = model();
        Path report = folder.resolve("report");
        assertThat(evaluate(model, report, "--examples", "20", "--epsilon", "0.1", "--quiet"))
                .as(err.toString())
                .isZero();
        listen();

        JsonNode two =
                session("explore", model.toString(), model.toString(), "--dataset", "digits", "--offline", "--json");
        assertThat(two.get("models")).hasSize(2);
        assertThat(two.get("models").get(1).get("title").stringValue()).isEqualTo(model + " (2)");
        assertThat(two.get("models").get(0).get("hasGradients").booleanValue()).isTrue();
        assertThat(two.get("report").isNull()).isTrue();
        listen();

        JsonNode opened = session("explore", "--report", report.toString(), "--offline", "--json");
        assertThat(opened.get("report").get("examples").intValue()).isEqualTo(20);
        listen();

        Files.move(model, report.resolve("model.safetensors"));
        JsonNode moved =
                session("explore", "--report", report.resolve("report.json").toString(), "--offline", "--json");
        assertThat(moved.get("models").get(0).get("parameters"))
                .isEqualTo(opened.get("models").get(0).get("parameters"));
        Files.copy(report.resolve("model.safetensors"), model);
        listen();

        JsonNode hidden =
                session("explore", model.toString(), "--black-box", "--dataset", "digits", "--offline", "--json");
        assertThat(hidden.get("models").get(0).get("title").stringValue()).isEqualTo("model.safetensors");
        assertThat(hidden.get("models").get(0).get("obstacle").stringValue()).contains("no gradients");
    }

    @Test
    void writesAPageInOneFile() throws IOException {
        Path model = model();
        Path page = folder.resolve("new/page.html");
        String[] arguments = {
            "explore", model.toString(), "--dataset", "digits", "--offline", "--json", "--export", page.toString()
        };

        assertThat(run(arguments)).as(err.toString()).isZero();
        assertThat(JSON.readTree(out.toString()).get("page").stringValue()).isEqualTo(page.toString());
        byte[] content = Files.readAllBytes(page);
        assertThat(new String(content, UTF_8)).contains("\"title\":\"model.safetensors\"", "\"data\":\"digits\"");
        listen();
        assertThat(run(arguments)).isEqualTo(2);
        assertThat(err.toString())
                .contains("already exists; choose another file with --export, or replace it with --force.");
        listen();
        assertThat(run(Stream.concat(Stream.of(arguments), Stream.of("--force")).toArray(String[]::new)))
                .as(err.toString())
                .isZero();
        assertThat(page).hasBinaryContent(content);
    }

    @ParameterizedTest
    @CsvSource({
        "--port 99999, --port must be from 0 to 65535",
        "--report nonesuch, nonesuch",
        "nonesuch.onnx, nonesuch.onnx",
        "--input-max 255, Options of the model need a MODEL.",
        "--retries 2, Options of the model need a MODEL.",
        "--data nonesuch.npz --port x, --port",
        "--export page.html --black-box, leave out --black-box.",
        "--export page.html --open, '--open is for a page that is served; leave it out, or --export.'",
        "--export page.html --port 8080, '--port is for a page that is served; leave it out, or --export.'",
        "--export ., is a directory; choose another file with --export.",
        "--force, '--force replaces the file of --export, which is not given.'"
    })
    void refusesWhatMakesNoSense(String arguments, String message) {
        assertThat(run(("explore --offline " + arguments).split(" ", -1))).isEqualTo(2);
        assertThat(err.toString()).contains(message).hasLineCount(1);
    }
}
