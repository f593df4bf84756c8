package dev.gauntlet.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.testkit.ClassifierContract;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A model behind an address keeps the contract of all engines. */
class HttpContractTest {
    private static final ImageShape SHAPE = new ImageShape(2, 1, 3);

    /** Servers that give something for each image. */
    private abstract static class Contract extends ClassifierContract {
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private HttpServer server;

        /** Returns the answer for the first and the last number of an image, as JSON. */
        abstract String answer(double first, double last);

        @BeforeEach
        void start() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.createContext("/", this::handle);
            server.start();
        }

        @AfterEach
        void stop() {
            server.stop(0);
            threads.shutdown();
        }

        private void handle(HttpExchange exchange) throws IOException {
            try (exchange) {
                JsonNode images = JsonMapper.shared()
                        .readTree(exchange.getRequestBody().readAllBytes())
                        .get("instances");
                String answer = StreamSupport.stream(images.spliterator(), false)
                        .map(image -> answer(
                                image.get(0).get(0).get(0).asDouble(),
                                image.get(1).get(0).get(2).asDouble()))
                        .collect(Collectors.joining(",", "{\"predictions\": [", "]}"));
                byte[] content = answer.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, content.length);
                exchange.getResponseBody().write(content);
            }
        }

        @Override
        protected Classifier open(InputSpec contract) {
            URI address = URI.create("http://localhost:" + server.getAddress().getPort() + "/predict");
            Batch sample = new Batch(SHAPE, new int[2], new int[2], new float[2 * SHAPE.size()]);
            return HttpClassifier.of(HttpEndpoint.at(address), contract, sample, 2);
        }

        @Override
        protected ImageShape shape() {
            return SHAPE;
        }

        @Override
        protected int classes() {
            return 2;
        }
    }

    @Nested
    class Logits extends Contract {
        @Override
        String answer(double first, double last) {
            return String.format(Locale.ROOT, "[%s,%s]", first - 2, last + 3);
        }
    }

    @Nested
    class ClassesOnly extends Contract {
        @Override
        String answer(double first, double last) {
            return last > first ? "1" : "0";
        }
    }
}
