package dev.gauntlet.http;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.OutputKind;
import dev.gauntlet.model.RawOutputs;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model behind an HTTP address.
 *
 * <p>The sample shows whether it returns probabilities or logits. The model is assumed to be deterministic; if a
 * service is not, its results cannot be reproduced.
 *
 * <p>Cost: one request per {@link HttpEndpoint#batch()} images of each batch.
 *
 * <p>Example: {@code HttpClassifier.of(HttpEndpoint.at(URI.create("http://localhost:8501/v1/models/m:predict")),
 * InputSpec.RAW, test.batch(0, 1, 2))}.
 */
public final class HttpClassifier implements Classifier {
    private static final JsonMapper JSON = JsonMapper.shared();

    private static final Set<Integer> PASSING = Set.of(429, 502, 503, 504);

    private static final int LARGEST_ANSWER = 64 << 20;
    /** The largest nesting of the numbers of an image in arrays, as in [[[0.1]], [[0.9]]]. */
    private static final int DEEPEST_ROW = 4;

    private static final int QUOTED = 200;
    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    private final HttpEndpoint endpoint;
    private final InputSpec contract;
    private final Layout layout;
    private final OutputKind kind;
    private final int classes;
    private final ModelCard card;
    private final HttpClient client;
    private final AtomicLong asked;
    private final Pace pace;

    private HttpClassifier(
            HttpEndpoint endpoint, InputSpec contract, OutputKind kind, int classes, AtomicLong asked, Pace pace) {
        this.endpoint = endpoint;
        this.contract = contract;
        this.layout = contract.layout().orElse(Layout.NCHW);
        this.kind = kind;
        this.classes = classes;
        this.asked = asked;
        this.pace = pace;
        // a redirect could lead anywhere, even into the user's internal network
        this.client = HttpClient.newBuilder()
                .connectTimeout(endpoint.timeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        this.card = new ModelCard(
                endpoint.address().toString(),
                "unknown, behind %s".formatted(endpoint.address()),
                OptionalLong.empty(),
                Optional.empty(),
                Optional.of(endpoint.address().toString()),
                "HTTP, request %s".formatted(endpoint.request()),
                Optional.empty(),
                contract,
                kind.notice().map(List::of).orElse(List.of()),
                List.of());
    }

    /**
     * Creates the classifier and queries it with the sample.
     *
     * @param endpoint the endpoint
     * @param contract the preprocessing that the model expects
     * @param sample a few images of the model's data
     * @return the model
     * @throws GauntletException if it does not answer, or the response does not contain outputs
     */
    public static HttpClassifier of(HttpEndpoint endpoint, InputSpec contract, Batch sample) {
        return of(endpoint, contract, sample, sample.classes());
    }

    /**
     * Creates the classifier of a model that may return only the predicted class, and queries it with the sample.
     *
     * @param endpoint the endpoint
     * @param contract the preprocessing that the model expects
     * @param sample a few images of the model's data
     * @param classes the number of classes of the data; used only if the model returns only the class
     * @return the model
     * @throws GauntletException if it does not answer, or the response does not contain outputs
     */
    public static HttpClassifier of(HttpEndpoint endpoint, InputSpec contract, Batch sample, int classes) {
        AtomicLong asked = new AtomicLong();
        Pace pace = new Pace(endpoint.requestsPerSecond());
        HttpClassifier plain = new HttpClassifier(endpoint, contract, OutputKind.LOGITS, classes, asked, pace);
        OutputKind kind = OutputKind.of(plain.outputs(sample));
        return new HttpClassifier(endpoint, contract, kind, classes, asked, pace);
    }

    @Override
    public ModelCard card() {
        return card;
    }

    /**
     * Returns the number of images that were queried so far.
     *
     * @return the number
     */
    public long asked() {
        return asked.get();
    }

    @Override
    public boolean givesOnlyClasses() {
        return kind == OutputKind.CLASS_NUMBERS;
    }

    @Override
    public Logits logits(Batch batch) {
        return kind.logits(endpoint.address().toString(), outputs(batch), classes);
    }

    private RawOutputs outputs(Batch batch) {
        float[] given = contract.apply(batch, layout);
        float[] values = {};
        int perExample = 0;
        boolean integers = true;
        for (int first = 0; first < batch.size(); first += endpoint.batch()) {
            int count = Math.min(endpoint.batch(), batch.size() - first);
            Row[] rows = ask(body(batch.shape(), given, first, count), count);
            if (first == 0) {
                perExample = rows[0].values().length;
                values = new float[Math.multiplyExact(batch.size(), perExample)];
            }
            for (int i = 0; i < count; i++) {
                float[] row = rows[i].values();
                if (row.length != perExample || row.length == 0) {
                    throw new GauntletException(
                            "%s returned %d numbers for one image and %d for another; expected one per class."
                                    .formatted(endpoint.address(), perExample, row.length));
                }
                integers &= rows[i].integers();
                System.arraycopy(row, 0, values, (first + i) * perExample, perExample);
            }
        }
        return new RawOutputs(perExample, values, integers);
    }

    private String body(ImageShape shape, float[] given, int first, int count) {
        int[] sides = layout == Layout.NCHW
                ? new int[] {shape.channels(), shape.height(), shape.width()}
                : new int[] {shape.height(), shape.width(), shape.channels()};
        StringBuilder images = new StringBuilder();
        for (int i = 0; i < count; i++) {
            images.append(i == 0 ? "" : ",");
            array(images, given, (first + i) * shape.size(), sides, 0);
        }
        return endpoint.request().contains(HttpEndpoint.IMAGE)
                ? endpoint.request().replace(HttpEndpoint.IMAGE, images)
                : endpoint.request().replace(HttpEndpoint.IMAGES, "[" + images + "]");
    }

    /** Writes nested arrays and returns the index after them. */
    private static int array(StringBuilder text, float[] values, int from, int[] sides, int depth) {
        int place = from;
        text.append('[');
        for (int i = 0; i < sides[depth]; i++) {
            text.append(i == 0 ? "" : ",");
            if (depth == sides.length - 1) {
                text.append(values[place++]);
            } else {
                place = array(text, values, place, sides, depth + 1);
            }
        }
        text.append(']');
        return place;
    }

    private Row[] ask(String body, int count) {
        if (asked.addAndGet(count) > endpoint.queryBudget()) {
            throw new GauntletException("The query budget of %,d images is spent; raise it, or attack fewer images."
                    .formatted(endpoint.queryBudget()));
        }
        for (int attempt = 0; ; attempt++) {
            Answer answer = send(body);
            if (answer.status() == 200) {
                return rows(answer.body(), count);
            }
            if (!answer.mayPass() || attempt == endpoint.retries()) {
                throw new GauntletException("%s %s%s."
                        .formatted(
                                endpoint.address(),
                                answer.problem(),
                                attempt == 0 ? "" : ", also after %d retries".formatted(attempt)));
            }
            pause(Math.min(
                    LONGEST_PAUSE_MILLIS, Math.max(answer.pauseMillis(), FIRST_PAUSE_MILLIS << Math.min(attempt, 7))));
        }
    }

    /** The result of a request: a response, or the reason why there is none. */
    private record Answer(int status, byte[] body, boolean mayPass, String problem, long pauseMillis) {}

    private Answer send(String body) {
        pace.await();
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint.address())
                .timeout(endpoint.timeout())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        endpoint.headers().forEach(request::setHeader);
        try {
            HttpResponse<InputStream> response =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            byte[] content;
            try (InputStream in = response.body()) {
                content = in.readNBytes(LARGEST_ANSWER + 1);
            }
            if (content.length > LARGEST_ANSWER) {
                throw new GauntletException(
                        "%s returned more than %,d bytes.".formatted(endpoint.address(), LARGEST_ANSWER));
            }
            int status = response.statusCode();
            long pause = response.headers()
                    .firstValue("Retry-After")
                    .filter(text -> text.matches("\\d{1,4}"))
                    .map(seconds -> 1000 * Long.parseLong(seconds))
                    .orElse(0L);
            return new Answer(
                    status,
                    content,
                    PASSING.contains(status),
                    "answered with status %d: %s".formatted(status, quoted(content)),
                    pause);
        } catch (IOException e) {
            return new Answer(
                    0,
                    new byte[0],
                    true,
                    "does not answer (%s)"
                            .formatted(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()),
                    0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GauntletException("Interrupted while waiting for %s.".formatted(endpoint.address()), e);
        }
    }

    private static String quoted(byte[] content) {
        String text = new String(content, 0, Math.min(QUOTED, content.length), StandardCharsets.UTF_8).strip();
        return text.isEmpty() ? "nothing else" : "'" + text + "'";
    }

    private void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GauntletException("Interrupted while waiting for %s.".formatted(endpoint.address()), e);
        }
    }

    private Row[] rows(byte[] content, int count) {
        JsonNode outputs;
        try {
            JsonNode root = JSON.readTree(content);
            outputs = endpoint.response().isEmpty() ? root : root.at(endpoint.response());
        } catch (JacksonException e) {
            throw new GauntletException(
                    "%s returned a response that is not JSON: %s.".formatted(endpoint.address(), quoted(content)), e);
        }
        if (endpoint.request().contains(HttpEndpoint.IMAGE)) {
            return new Row[] {row(outputs, content)};
        }
        if (!outputs.isArray() || outputs.size() != count) {
            throw unexpected("array of %d rows".formatted(count), content);
        }
        Row[] rows = new Row[count];
        for (int i = 0; i < count; i++) {
            rows[i] = row(outputs.get(i), content);
        }
        return rows;
    }

    /** The outputs for an image. */
    private record Row(float[] values, boolean integers) {}

    /**
     * Reads a number, an array of numbers, or either inside arrays of length 1, as for a trailing dimension of length
     * 1.
     */
    private Row row(JsonNode node, byte[] content) {
        List<JsonNode> numbers = new ArrayList<>();
        if (!collect(node, numbers, 0) || numbers.isEmpty()) {
            throw unexpected("row of numbers", content);
        }
        float[] values = new float[numbers.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = numbers.get(k).floatValue();
        }
        return new Row(values, numbers.stream().allMatch(JsonNode::isIntegralNumber));
    }

    private static boolean collect(JsonNode node, List<JsonNode> numbers, int depth) {
        if (node.isNumber()) {
            return numbers.add(node);
        }
        if (!node.isArray() || depth == DEEPEST_ROW) {
            return false;
        }
        // each of several numbers may be nested in its own arrays, but not several in one
        int before = numbers.size();
        for (JsonNode child : node) {
            int own = numbers.size();
            if (!collect(child, numbers, depth + 1) || (node.size() > 1 && numbers.size() - own != 1)) {
                return false;
            }
        }
        return numbers.size() > before;
    }

    private GauntletException unexpected(String expected, byte[] content) {
        return new GauntletException(
                "%s returned no %s at '%s' of its response %s; set the JSON pointer to the outputs."
                        .formatted(endpoint.address(), expected, endpoint.response(), quoted(content)));
    }

    /** Does nothing: there are no resources to free. */
    @Override
    public void close() {
        // the client ends with its last thread
    }

    /** Limits the request rate over all threads. */
    private static final class Pace {
        private final long nanosBetween;
        private long next = System.nanoTime();

        Pace(double perSecond) {
            nanosBetween = (long) Math.min(1e18, 1e9 / perSecond);
        }

        void await() {
            long wait;
            synchronized (this) {
                long now = System.nanoTime();
                next = Math.max(next, now);
                wait = next - now;
                next += nanosBetween;
            }
            try {
                Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new GauntletException("Interrupted while waiting for a turn.", e);
            }
        }
    }
}
