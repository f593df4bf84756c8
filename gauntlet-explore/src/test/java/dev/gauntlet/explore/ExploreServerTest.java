package dev.gauntlet.explore;

import static dev.gauntlet.explore.Fixtures.about;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.testkit.ArrayDataset;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server answers its page and nobody else, whatever it is sent. */
class ExploreServerTest {
    private static final String FGSM = "\"epsilon\": 0.1, \"attacks\": [\"fgsm\"], \"models\": [0]";

    /** The example for which one of the models waits. */
    private static final int SLOW = 1;

    /** The example for which one of the models fails. */
    private static final int FAULTY = 2;

    private final Fixtures.Linear model = new Fixtures.Linear(1);
    private final ArrayDataset data = Fixtures.data(model, 6);

    /** The passes of the slow model that may go on, and those that have begun. */
    private final Semaphore allowed = new Semaphore(0);

    private final Semaphore begun = new Semaphore(0);

    private ExploreServer server;
    private PageClient client;

    @BeforeEach
    void start() {
        server = ExploreServer.start(
                Fixtures.exploration(
                        data,
                        Fixtures.open("linear", model),
                        Fixtures.open("slow", slow()),
                        Fixtures.open("faulty", faulty())),
                0);
        client = new PageClient(server);
    }

    @AfterEach
    void stop() {
        allowed.release(1_000_000);
        server.close();
    }

    /** A model whose passes about one example wait until the test allows them. */
    private Classifier slow() {
        Classifier quick = Fixtures.blackBox(model);
        return new Classifier() {
            @Override
            public ModelCard card() {
                return quick.card();
            }

            @Override
            public Logits logits(Batch batch) {
                if (batch.ids()[0] == SLOW) {
                    begun.release();
                    allowed.acquireUninterruptibly();
                }
                return quick.logits(batch);
            }

            @Override
            public void close() {
                // nothing is open
            }
        };
    }

    private Classifier faulty() {
        return new Classifier() {
            @Override
            public ModelCard card() {
                return model.card();
            }

            @Override
            public Logits logits(Batch batch) {
                if (batch.ids()[0] == FAULTY) {
                    throw new IllegalStateException("the engine failed\nin two lines");
                }
                return model.logits(batch);
            }

            @Override
            public void close() {
                // nothing is open
            }
        };
    }

    private String raw(String request) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String host() {
        return "127.0.0.1:" + server.address().getPort();
    }

    private void requireAlive() throws Exception {
        assertThat(client.result("attack", about("alive", 0, FGSM))
                        .get(0)
                        .get("model")
                        .intValue())
                .isZero();
    }

    @Test
    void servesThePageWithAStrictPolicy() throws Exception {
        for (String file : List.of(
                "",
                "app.js",
                "style.css",
                "server.js",
                "images.js",
                "drawing.js",
                "charts.js",
                "report.js",
                "icon.svg")) {
            HttpResponse<String> response = client.get(file);

            assertThat(response.statusCode()).as(file).isEqualTo(200);
            assertThat(response.body()).as(file).isNotEmpty();
            assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
                    .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'");
            assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
            assertThat(response.headers().firstValue("Access-Control-Allow-Origin"))
                    .isEmpty();
        }
    }

    @Test
    void isOnTheLoopbackAddressOnly() {
        assertThat(server.boundTo().isLoopbackAddress()).isTrue();
        assertThat(server.address().getHost()).isEqualTo("127.0.0.1");
        assertThat(server.address().getPath()).hasSizeGreaterThan(40);
    }

    @Test
    void givesEachServerAnotherToken() {
        try (ExploreServer other = ExploreServer.start(Fixtures.exploration(data, Fixtures.open("linear", model)), 0)) {
            assertThat(other.address().getPath()).isNotEqualTo(server.address().getPath());
        }
    }

    @Test
    void saysThatAPortIsTaken() {
        int port = server.address().getPort();

        assertThatThrownBy(() -> ExploreServer.start(Fixtures.exploration(data, Fixtures.open("linear", model)), port))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("port " + port);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/api/session", "/x/api/session", "/favicon.ico", "/../", "/%2e%2e/api/session"})
    void refusesWhatHasNoToken(String path) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://" + host() + path))
                                .build(),
                        BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(PageClient.tree(response.body()).get("error").stringValue()).contains("token");
    }

    @Test
    void saysThatASlashIsMissing() throws Exception {
        String address = server.address().toString();
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(address.substring(0, address.length() - 1)))
                                .build(),
                        BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(response.body()).contains("has no slash after the token; add one");
    }

    @Test
    void admitsHostsWithoutThePortOfHttpOnly() {
        assertThat(new Doorkeeper(80).hosts()).contains("127.0.0.1", "127.0.0.1:80", "localhost", "[::1]");
        assertThat(new Doorkeeper(8080).hosts()).containsOnly("127.0.0.1:8080", "localhost:8080", "[::1]:8080");
    }

    @Test
    void refusesAnotherHost() throws IOException {
        String answer = raw("GET %sapi/session HTTP/1.1\r\nHost: evil.example:%d\r\nConnection: close\r\n\r\n"
                .formatted(server.address().getPath(), server.address().getPort()));

        assertThat(answer).startsWith("HTTP/1.1 403").contains("{\"error\":\"The host");
    }

    @Test
    void refusesTwoHosts() throws IOException {
        String answer = raw("GET %sapi/session HTTP/1.1\r\nHost: %s\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                .formatted(server.address().getPath(), host()));

        assertThat(answer).startsWith("HTTP/1.1 403");
    }

    @ParameterizedTest
    @CsvSource({
        "Origin, http://evil.example",
        "Origin, null",
        "Origin, https://127.0.0.1",
        "Sec-Fetch-Site, cross-site",
        "Sec-Fetch-Site, same-site"
    })
    void refusesAnotherPage(String header, String value) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(server.address().resolve("api/attack"))
                                .header("Content-Type", "application/json")
                                .header(header, value)
                                .POST(BodyPublishers.ofString(about("p", 0, FGSM)))
                                .build(),
                        BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(response.body()).contains("another page");
    }

    /** As a browser comes from the file that --open writes. */
    @Test
    void answersANavigationFromAFile() throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(server.address())
                                .header("Sec-Fetch-Site", "cross-site")
                                .header("Sec-Fetch-Mode", "navigate")
                                .header("Sec-Fetch-Dest", "document")
                                .build(),
                        BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(200);
    }

    @Test
    void answersItsOwnOrigin() throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(server.address().resolve("api/session"))
                                .header("Origin", "http://" + host())
                                .header("Sec-Fetch-Site", "same-origin")
                                .build(),
                        BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "17",
                "{}",
                "{\"page\": \"p\"}",
                "{\"page\": \"p\", \"image\": 3}",
                "{\"page\": \"<script>\", \"image\": {\"example\": 0}}",
                "{\"page\": \"p\", \"image\": {\"example\": -1}, \"norm\": \"linf\"}",
                "{\"page\": \"p\", \"image\": {\"example\": 99999999999}, \"norm\": \"linf\"}",
                "{\"page\": \"p\", \"image\": {\"pixels\": \"###\", \"label\": 0}, \"norm\": \"linf\"}",
                "{\"page\": \"p\", \"image\": {\"pixels\": \"AAAA\", \"label\": 0}, \"norm\": \"linf\"}",
                "{\"page\": \"p\", \"image\": {\"example\": 0}, \"norm\": \"l9\", \"epsilon\": 0.1, \"attacks\": [\"fgsm\"], \"models\": [0]}",
                "{\"page\": \"p\", \"image\": {\"example\": 0}, \"norm\": \"linf\", \"epsilon\": 1e999, \"attacks\": [\"fgsm\"], \"models\": [0]}",
                "{\"page\": \"p\", \"image\": {\"example\": 0}, \"norm\": \"linf\", \"epsilon\": -1, \"attacks\": [\"fgsm\"], \"models\": [0]}",
                "{\"page\": \"p\", \"image\": {\"example\": 0}, \"norm\": \"linf\", \"epsilon\": 0.1, \"attacks\": [\"nonesuch\"], \"models\": [0]}",
                "{\"page\": \"p\", \"image\": {\"example\": 0}, \"norm\": \"linf\", \"epsilon\": 0.1, \"attacks\": [\"pgd:steps=-3\"], \"models\": [0]}",
                "{\"page\": \"p\", \"image\": {\"example\": 0}, \"norm\": \"linf\", \"epsilon\": 0.1, \"attacks\": [], \"models\": [0]}",
                "{\"page\": \"p\", \"image\": {\"example\": 0}, \"norm\": \"linf\", \"epsilon\": 0.1, \"attacks\": [\"fgsm\"], \"models\": [9]}",
                "{\"page\": \"p\", \"image\": {\"example\": 0}, \"norm\": \"linf\", \"epsilon\": 0.1, \"attacks\": [\"fgsm\"], \"models\": [0], \"target\": \"dog\"}",
                "{\"page\": \"p\", \"image\": {\"example\": 0}, \"norm\": \"linf\", \"epsilon\": 0.1, \"attacks\": [\"fgsm\"], \"models\": [0], \"seed\": 0.5}"
            })
    void refusesGarbageWithALineOfJson(String body) throws Exception {
        for (String name :
                List.of("attack", "zones", "nearest", "map", "examples", "replay", "plan", "answer", "images")) {
            HttpResponse<String> response = client.post(name, body);

            // what another request needs may be missing or superfluous here
            if (name.equals("attack") || response.statusCode() != 200) {
                assertThat(response.statusCode()).as(name).isEqualTo(400);
                assertThat(response.body().lines()).as(name).hasSize(1);
                assertThat(PageClient.tree(response.body()).get("error").stringValue())
                        .as(name)
                        .isNotBlank()
                        .doesNotContain("Exception", "\tat ");
            }
        }
        requireAlive();
    }

    @Test
    void refusesPixelsOutsideTheRange() throws Exception {
        float[] pixels = new float[Fixtures.INPUTS];
        pixels[3] = Float.NaN;
        String nan = "{\"image\": {\"pixels\": \"%s\", \"label\": 0}}".formatted(Pixels.text(pixels));

        assertThat(client.ask("answer", nan).get("error").stringValue()).contains("Pixel 3 is NaN");
    }

    @Test
    void refusesALargeRequest() throws Exception {
        HttpResponse<String> response = client.post("attack", "{\"page\": \"" + "x".repeat(1 << 20) + "\"}");

        assertThat(response.statusCode()).isEqualTo(413);
        requireAlive();
    }

    @Test
    void refusesANestedRequest() throws Exception {
        HttpResponse<String> response = client.post("attack", "[".repeat(20_000) + "]".repeat(20_000));

        assertThat(response.statusCode()).isEqualTo(400);
        requireAlive();
    }

    @Test
    void refusesOtherMethodsTypesAndPaths() throws Exception {
        HttpClient plain = HttpClient.newHttpClient();
        URI attack = server.address().resolve("api/attack");

        assertThat(client.get("api/attack").statusCode()).isEqualTo(405);
        assertThat(client.post("session", "{}").statusCode()).isEqualTo(405);
        assertThat(client.get("api/nonesuch").statusCode()).isEqualTo(404);
        assertThat(client.get("Api.class").statusCode()).isEqualTo(404);
        assertThat(client.get("..%2fapp.js").statusCode()).isEqualTo(404);
        assertThat(plain.send(
                                HttpRequest.newBuilder(attack)
                                        .header("Content-Type", "text/plain")
                                        .POST(BodyPublishers.ofString(about("p", 0, FGSM)))
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(415);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n\r\n",
                "garbage\r\n\r\n",
                "GET\r\n\r\n",
                "\u0000\u0001\u0002\u00ff",
                "GET / HTTP/9.9\r\n\r\n",
                "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
                "GET /[ HTTP/1.1\r\nHost: x\r\n\r\n"
            })
    void survivesWhatIsNotHttp(String request) throws Exception {
        String answer = raw(request);

        assertThat(answer).doesNotContain("\tat ", "HTTP/1.1 200");
        requireAlive();
    }

    @Test
    void saysInALineThatAModelFailed() throws Exception {
        List<PageClient.Event> events = client.events(
                "attack", about("p", FAULTY, "\"epsilon\": 0.1, \"attacks\": [\"square\"], \"models\": [2]"));

        assertThat(events).extracting(PageClient.Event::kind).containsExactly("failed");
        assertThat(events.get(0).data().get("error").stringValue())
                .isEqualTo("Could not compute this: IllegalStateException: the engine failed");
        assertThat(client.ask("answer", "{\"image\": {\"example\": %d}}".formatted(FAULTY))
                        .get("error")
                        .stringValue())
                .contains("the engine failed");
        requireAlive();
    }

    private CompletableFuture<List<PageClient.Event>> slowly(String page) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return client.events(
                        "attack", about(page, SLOW, "\"epsilon\": 0.01, \"attacks\": [\"square\"], \"models\": [1]"));
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void cancelsAComputation() throws Exception {
        CompletableFuture<List<PageClient.Event>> computation = slowly("p");
        begun.acquire();

        assertThat(client.ask("cancel", "{\"page\": \"p\"}").get("cancelled").booleanValue())
                .isTrue();
        allowed.release(3);

        assertThat(computation.get())
                .extracting(PageClient.Event::kind)
                .contains("cancelled")
                .doesNotContain("result");
        assertThat(client.ask("cancel", "{\"page\": \"p\"}").get("cancelled").booleanValue())
                .isFalse();
    }

    @Test
    void computesOneThingAtATimeForAPage() throws Exception {
        CompletableFuture<List<PageClient.Event>> older = slowly("p");
        begun.acquire();
        CompletableFuture<List<PageClient.Event>> newer = slowly("p");
        CompletableFuture<List<PageClient.Event>> newest = slowly("p");

        // whichever of the two came first was replaced by the other one, while the oldest waits in its model
        CompletableFuture.anyOf(newer, newest).get();
        CompletableFuture<List<PageClient.Event>> replaced = newer.isDone() ? newer : newest;
        CompletableFuture<List<PageClient.Event>> last = newer.isDone() ? newest : newer;
        assertThat(replaced.get()).extracting(PageClient.Event::kind).containsExactly("cancelled");
        assertThat(older).isNotDone();
        assertThat(last).isNotDone();
        assertThat(begun.availablePermits())
                .as("passes of those that wait for their turn")
                .isZero();
        allowed.release(1_000_000);

        assertThat(older.get())
                .extracting(PageClient.Event::kind)
                .contains("cancelled")
                .doesNotContain("result");
        assertThat(last.get()).extracting(PageClient.Event::kind).contains("result");
    }

    @Test
    void computesForTwoPagesAtOnce() throws Exception {
        CompletableFuture<List<PageClient.Event>> waiting = slowly("first");
        begun.acquire();

        // the model of the other page is stopped, so this ends only if it does not wait for it
        assertThat(client.result("attack", about("second", 0, FGSM))).hasSize(1);
        assertThat(waiting).isNotDone();
        client.ask("cancel", "{\"page\": \"first\"}");
        allowed.release(1_000_000);
        assertThat(waiting.get()).extracting(PageClient.Event::kind).contains("cancelled");
    }

    @Test
    void refusesTooManyComputations() throws Exception {
        List<CompletableFuture<List<PageClient.Event>>> waiting = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            waiting.add(slowly("page-" + i));
        }
        begun.acquire(24);

        HttpResponse<String> response = client.post("attack", about("one-more", 0, FGSM));

        assertThat(response.statusCode()).isEqualTo(503);
        for (int i = 0; i < 24; i++) {
            client.ask("cancel", "{\"page\": \"page-%d\"}".formatted(i));
        }
        allowed.release(1_000_000);
        for (CompletableFuture<List<PageClient.Event>> each : waiting) {
            assertThat(each.get()).extracting(PageClient.Event::kind).contains("cancelled");
        }
        requireAlive();
    }
}
