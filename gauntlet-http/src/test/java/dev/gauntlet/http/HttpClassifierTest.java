package dev.gauntlet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.InputSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Against a server on this machine. */
class HttpClassifierTest {
    private static final Batch THREE = new Batch(new ImageShape(2, 1, 2), new int[3], new int[3], new float[] {
        0, 0.25f, 0.5f, 0.75f, 1, 0, 0, 1, 0.5f, 0.5f, 0.5f, 0.5f
    });

    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private Behaviour behaviour = body -> new Reply(200, "{}");

    /** What the server says to a request. */
    @FunctionalInterface
    private interface Behaviour {
        Reply reply(String body) throws IOException;
    }

    private record Reply(int status, String body) {}

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", this::handle);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            bodies.add(body);
            Reply reply = behaviour.reply(body);
            byte[] content = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Location", "/elsewhere");
            exchange.sendResponseHeaders(reply.status(), content.length == 0 ? -1 : content.length);
            exchange.getResponseBody().write(content);
        }
    }

    private HttpEndpoint endpoint() {
        return HttpEndpoint.at(
                URI.create("http://localhost:" + server.getAddress().getPort() + "/predict"));
    }

    private static HttpEndpoint with(
            HttpEndpoint e, String request, String response, int retries, long budget, int batch) {
        return new HttpEndpoint(
                e.address(),
                request,
                response,
                Map.of("X-Key", "secret"),
                e.timeout(),
                retries,
                Double.POSITIVE_INFINITY,
                budget,
                batch);
    }

    /** Gives for each image its first and its last number, and their sum. */
    private static Reply firstAndLast(String body) {
        StringBuilder rows = new StringBuilder();
        for (JsonNode image : JsonMapper.shared().readTree(body).get("instances")) {
            double first = image.get(0).get(0).get(0).asDouble();
            double last = image.get(1).get(0).get(1).asDouble();
            rows.append(rows.isEmpty() ? "" : ",").append("[%s,%s,%s]".formatted(first, last, first + last + 1));
        }
        return new Reply(200, "{\"predictions\": [" + rows + "]}");
    }

    @Test
    void answersBecomeLogits() {
        behaviour = HttpClassifierTest::firstAndLast;
        HttpEndpoint two = with(endpoint(), "{\"instances\": {{images}}}", "/predictions", 0, 100, 2);

        HttpClassifier model = HttpClassifier.of(two, InputSpec.RAW.withInputMax(4), THREE);

        assertThat(model.logits(THREE).values()).containsExactly(0, 3, 4, 4, 4, 9, 2, 2, 5);
        assertThat(bodies).hasSize(4);
        assertThat(bodies.get(0)).isEqualTo("{\"instances\": [[[[0.0,1.0]],[[2.0,3.0]]],[[[4.0,0.0]],[[0.0,4.0]]]]}");
        assertThat(model.asked()).isEqualTo(6);
        assertThat(model.card().notices()).isEmpty();
    }

    @Test
    void oneImageAtATimeAndProbabilities() {
        behaviour = body -> new Reply(200, "[0.25, 0.75]");
        HttpEndpoint single = with(endpoint(), "{\"x\": {{image}}}", "", 0, 100, 32);

        HttpClassifier model = HttpClassifier.of(single, InputSpec.RAW.withLayout(Layout.NHWC), THREE);

        assertThat(model.card().notices()).singleElement().asString().startsWith("The model returns probabilities;");
        assertThat(model.logits(THREE).values()[1]).isCloseTo((float) Math.log(0.75), within(1e-6f));
        assertThat(bodies.get(0)).isEqualTo("{\"x\": [[[0.0,0.5],[0.25,0.75]]]}");
        assertThat(bodies).hasSize(6);
    }

    /** One number, with or without arrays of length 1 around it, is a binary classifier; integers are class numbers. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [0.25, 0.75, 0.5]             | probability of class 1 | 0, -1.0986, 0, 1.0986, 0, 0
            [[0.25], [0.75], [0.5]]       | probability of class 1 | 0, -1.0986, 0, 1.0986, 0, 0
            [-2.5, 3, 0.5]                | logit of class 1       | 0, -2.5, 0, 3, 0, 0.5
            [[[-2.5]], [[3]], [[0.5]]]    | logit of class 1       | 0, -2.5, 0, 3, 0, 0.5
            [1, 0, 1]                     | number of the predicted class | -1, 0, 0, -1, -1, 0
            [[[[1]], [[3]]], [[[2]], [[0]]], [[[5]], [[4]]]] |     | 1, 3, 2, 0, 5, 4
            [[0.5, 0.75], [0.25, 0.75], [0.5, 0.5]] | after a sigmoid | 0, 1.0986, -1.0986, 1.0986, 0, 0
            """)
    void outputsAreTakenAsTheyAre(String predictions, String notice, String expected) {
        behaviour = request -> new Reply(200, "{\"predictions\": " + predictions + "}");
        HttpEndpoint once = with(endpoint(), "{\"instances\": {{images}}}", "/predictions", 1, 100, 32);

        HttpClassifier model = HttpClassifier.of(once, InputSpec.RAW, THREE, 2);

        String[] numbers = expected.split(", ", -1);
        float[] logits = model.logits(THREE).values();
        assertThat(logits).hasSize(numbers.length);
        for (int i = 0; i < logits.length; i++) {
            assertThat(logits[i]).isCloseTo(Float.parseFloat(numbers[i]), within(1e-4f));
        }
        assertThat(String.join("", model.card().notices())).contains(notice == null ? "" : notice);
        assertThat(model.givesOnlyClasses()).isEqualTo("number of the predicted class".equals(notice));
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 502, 503, 504})
    void failureThatPassesIsRetried(int status) {
        behaviour = body -> bodies.size() < 3 ? new Reply(status, "later") : firstAndLast(body);
        HttpEndpoint patient = with(endpoint(), "{\"instances\": {{images}}}", "/predictions", 2, 100, 32);

        assertThat(HttpClassifier.of(patient, InputSpec.RAW, THREE).card().parameters())
                .isEmpty();
        assertThat(bodies).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            400 | bad image       | answered with status 400: 'bad image'.           | 1
            302 |                 | answered with status 302: nothing else.          | 1
            503 | later           | answered with status 503: 'later', also after 1 retries. | 2
            200 | <html>          | returned a response that is not JSON: '<html>'. | 1
            200 | {"a": 1}        | returned no array of 3 rows at '/predictions' of its response '{"a": 1}' | 1
            200 | {"predictions": ["cat", "dog", "cat"]} | returned no row of numbers | 1
            200 | {"predictions": [[], [], []]} | returned no row of numbers | 1
            200 | {"predictions": [[[1, 2], [3, 4]], [[1, 2], [3, 4]], [[1, 2], [3, 4]]]} | returned no row of numbers | 1
            200 | {"predictions": [[1, 2], [1, 2], [1, 2, 3]]} | returned 2 numbers for one image and 3 for another | 1
            """)
    void otherAnswersAreQuoted(int status, String body, String reason, int requests) {
        behaviour = request -> new Reply(status, body == null ? "" : body);
        HttpEndpoint once = with(endpoint(), "{\"instances\": {{images}}}", "/predictions", 1, 100, 32);

        assertThatThrownBy(() -> HttpClassifier.of(once, InputSpec.RAW, THREE))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith(once.address().toString())
                .hasMessageContaining(reason);
        assertThat(bodies).hasSize(requests);
    }

    @Test
    void silenceEndsAfterTheTimeout() {
        behaviour = body -> {
            try {
                Thread.sleep(2000);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return new Reply(200, "{}");
        };
        HttpEndpoint e = endpoint();
        HttpEndpoint once = new HttpEndpoint(
                e.address(),
                e.request(),
                e.response(),
                Map.of(),
                Duration.ofMillis(500),
                0,
                Double.POSITIVE_INFINITY,
                100,
                32);

        assertThatThrownBy(() -> HttpClassifier.of(once, InputSpec.RAW, THREE))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("does not answer (request timed out)");
    }

    @Test
    void budgetIsKept() {
        behaviour = HttpClassifierTest::firstAndLast;
        HttpEndpoint poor = with(endpoint(), "{\"instances\": {{images}}}", "/predictions", 0, 7, 32);
        HttpClassifier model = HttpClassifier.of(poor, InputSpec.RAW, THREE);
        model.logits(THREE);

        assertThatThrownBy(() -> model.logits(THREE))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The query budget of 7 images is spent; raise it, or attack fewer images.");
        assertThat(bodies).hasSize(2);
    }

    @Test
    void paceIsKept() {
        behaviour = HttpClassifierTest::firstAndLast;
        HttpEndpoint e = endpoint();
        HttpEndpoint slow = new HttpEndpoint(
                e.address(), e.request(), e.response(), Map.of(), e.timeout(), 0, 20, Long.MAX_VALUE, 1);
        long start = System.nanoTime();

        HttpClassifier.of(slow, InputSpec.RAW, THREE).logits(THREE);

        // six requests have five pauses of 50 ms between them, however slow the machine is
        assertThat(System.nanoTime() - start).isGreaterThan(240_000_000L);
    }

    @Test
    void endpointsAreChecked() {
        HttpEndpoint good = HttpEndpoint.at(URI.create("http://localhost/x"));
        UnaryOperator<String> message = request -> {
            try {
                return with(good, request, "/a", 0, 1, 1).request();
            } catch (GauntletException e) {
                return e.getMessage();
            }
        };
        assertThat(message.apply("{}")).contains("must contain either {{images}} or {{image}}");
        assertThatThrownBy(() -> HttpEndpoint.at(URI.create("ftp://localhost/x")))
                .hasMessageContaining("http://");
        assertThatThrownBy(() -> HttpEndpoint.at(URI.create("http:x"))).hasMessageContaining("with a host");
        assertThatThrownBy(() -> with(good, "{{images}}", "a", 0, 1, 1)).hasMessageContaining("is not a JSON pointer");
        assertThatThrownBy(() -> with(good, "{{images}}", "", -1, 1, 1)).hasMessageContaining("retries");
        assertThatThrownBy(() -> with(good, "{{images}}", "", 0, 0, 1)).hasMessageContaining("query budget");
        assertThatThrownBy(() -> with(good, "{{images}}", "", 0, 1, 0))
                .hasMessageContaining("must be at least 1, got 0");
    }
}
