package dev.gauntlet.explore;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gauntlet.GauntletException;
import dev.gauntlet.StorageException;
import dev.gauntlet.evaluate.shard.TimeUp;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Serves the page on the loopback address, until it is closed or the process ends.
 *
 * <p>A request is answered only if it is to this address, from this page, and contains the random token of the address. Errors are
 * a line of JSON; no request ends the server.
 *
 * <p>Example: {@code try (ExploreServer server = ExploreServer.start(exploration, 0)) { open(server.address()); }}.
 */
public final class ExploreServer implements AutoCloseable {
    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int TOO_LARGE = 413;
    private static final int UNSUPPORTED_TYPE = 415;
    private static final int FAULT = 500;
    private static final int BUSY = 503;

    private static final String JSON = "application/json";
    private static final String EVENTS = "text/event-stream";

    private static final int THREADS = 64;
    private static final int BACKLOG = 64;

    /** The largest number that a page counts to without rounding. */
    private static final long LARGEST_NUMBER = (1L << 53) - 1;

    /** So that a client that sends half a request does not keep a thread; the JDK reads it once. */
    private static final String REQUEST_SECONDS = "sun.net.httpserver.maxReqTime";

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final Api api;
    private final HttpServer server;
    private final ExecutorService threads;
    private final Doorkeeper doorkeeper;
    private final PageJobs jobs = new PageJobs();

    private ExploreServer(Api api, HttpServer server, ExecutorService threads) {
        this.api = api;
        this.server = server;
        this.threads = threads;
        this.doorkeeper = new Doorkeeper(server.getAddress().getPort());
    }

    /**
     * Starts to serve.
     *
     * @param exploration what the page shows; its models stay open as long as the server
     * @param port the port; 0 for any that is free
     * @return the server, to be closed by the caller
     * @throws GauntletException if the port is not free
     */
    public static ExploreServer start(Exploration exploration, int port) {
        if (System.getProperty(REQUEST_SECONDS) == null) {
            System.setProperty(REQUEST_SECONDS, "30");
        }
        HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(loopback(), port), BACKLOG);
        } catch (IOException e) {
            throw new GauntletException(
                    "The port %d is not available: %s; choose another one, or 0 for any that is free."
                            .formatted(port, StorageException.reason(e)),
                    e);
        }
        AtomicInteger number = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS, work -> {
            Thread thread = new Thread(work, "gauntlet-explore-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        ExploreServer explore = new ExploreServer(new Api(exploration), server, threads);
        server.setExecutor(threads);
        server.createContext("/", explore::handle);
        server.start();
        return explore;
    }

    private static InetAddress loopback() throws IOException {
        // not InetAddress.getLoopbackAddress(), which may be that of IPv6, which the printed address does not name
        return InetAddress.getByAddress("localhost", new byte[] {127, 0, 0, 1});
    }

    /**
     * Returns the address of the page, with its token.
     *
     * @return the address
     */
    public URI address() {
        return URI.create(
                "http://127.0.0.1:%d/%s/".formatted(server.getAddress().getPort(), doorkeeper.token()));
    }

    /** Returns where the server listens. */
    InetAddress boundTo() {
        return server.getAddress().getAddress();
    }

    private void handle(HttpExchange exchange) {
        try (exchange) {
            try {
                answer(exchange, doorkeeper.admit(exchange));
            } catch (Refusal e) {
                refuse(exchange, e.status(), e.getMessage());
            } catch (GauntletException e) {
                refuse(exchange, BAD_REQUEST, e.getMessage());
            } catch (IOException e) {
                // the client has gone; it gets no answer
            } catch (Exception | Error e) {
                refuse(exchange, FAULT, fault(e));
            }
        }
    }

    private static String fault(Throwable failure) {
        return "Could not compute this: %s: %s".formatted(failure.getClass().getSimpleName(), failure.getMessage());
    }

    private void answer(HttpExchange exchange, String path) throws IOException {
        String method = exchange.getRequestMethod();
        if (!path.startsWith("api/")) {
            requireMethod(method, "GET");
            StaticFile file = StaticFile.find(path)
                    .orElseThrow(() -> new Refusal(NOT_FOUND, "The page has no file of this name."));
            send(exchange, OK, file.type(), file.content());
            return;
        }
        String name = path.substring("api/".length());
        if (Api.GIVES.contains(name)) {
            requireMethod(method, "GET");
            send(exchange, OK, JSON, Fields.bytes(api.give(name)));
            return;
        }
        boolean isComputed = Api.COMPUTES.contains(name);
        if (!isComputed && !Api.ANSWERS.contains(name) && !name.equals("cancel")) {
            throw new Refusal(NOT_FOUND, "The server does not know this request.");
        }
        requireMethod(method, "POST");
        Fields fields = Fields.of(body(exchange));
        if (name.equals("cancel")) {
            send(exchange, OK, JSON, Fields.bytes(Map.of("cancelled", jobs.cancel(page(fields), number(fields)))));
        } else if (isComputed) {
            compute(exchange, page(fields), number(fields), api.computation(name, fields));
        } else {
            send(exchange, OK, JSON, Fields.bytes(api.answer(name, fields)));
        }
    }

    private static void requireMethod(String method, String allowed) {
        if (!method.equals(allowed)) {
            throw new Refusal(METHOD_NOT_ALLOWED, "This address takes %s only.".formatted(allowed));
        }
    }

    private static String page(Fields fields) {
        String page = fields.text("page");
        if (!page.matches("[A-Za-z0-9-]{1,64}")) {
            throw new GauntletException("The field page consists of 1 to 64 letters, digits and hyphens.");
        }
        return page;
    }

    /** Returns the number that the page gave its request: greater than those of all requests before. */
    private static OptionalLong number(Fields fields) {
        long number = fields.integer("number", 0, LARGEST_NUMBER, -1);
        return number < 0 ? OptionalLong.empty() : OptionalLong.of(number);
    }

    private byte[] body(HttpExchange exchange) throws IOException {
        String type = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Content-Type"))
                .orElse("");
        if (!type.equals(JSON) && !type.startsWith(JSON + ";")) {
            throw new Refusal(UNSUPPORTED_TYPE, "The body of a request is application/json.");
        }
        int most = api.largestRequest();
        try (InputStream in = exchange.getRequestBody()) {
            byte[] body = in.readNBytes(most + 1);
            if (body.length > most) {
                throw new Refusal(TOO_LARGE, "The request has more than %d bytes.".formatted(most));
            }
            return body;
        }
    }

    /** Computes while the page listens; a page that has gone ends its computation. */
    private void compute(HttpExchange exchange, String page, OptionalLong number, Api.Computation computation)
            throws IOException {
        EventWriter writer = new EventWriter(exchange);
        Job job = new Job(writer);
        writer.cancels(job);
        boolean admitted = jobs.run(
                page,
                number,
                job,
                () -> {
                    try {
                        job.check();
                        Object result = computation.compute(job);
                        job.check();
                        writer.event("result", result);
                    } catch (TimeUp e) {
                        writer.event("cancelled", Map.of());
                    } catch (GauntletException e) {
                        writer.event("failed", error(e.getMessage()));
                    } catch (Exception | Error e) {
                        writer.event("failed", error(fault(e)));
                    }
                },
                () -> writer.event("cancelled", Map.of()));
        if (!admitted) {
            throw new Refusal(BUSY, "Too many computations are running; close some of the pages.");
        }
        writer.close();
    }

    /** Writes events to a page, which may have gone. */
    private static final class EventWriter implements Job.Listener {
        private final HttpExchange exchange;
        private Optional<OutputStream> out = Optional.empty();
        private Optional<Job> job = Optional.empty();
        private boolean gone;

        EventWriter(HttpExchange exchange) {
            this.exchange = exchange;
        }

        void cancels(Job other) {
            job = Optional.of(other);
        }

        void event(String name, Object data) {
            if (gone) {
                return;
            }
            String text = "event: %s%ndata: %s%n%n"
                    .formatted(name, Fields.write(data))
                    .replace(System.lineSeparator(), "\n");
            try {
                stream().write(text.getBytes(StandardCharsets.UTF_8));
                stream().flush();
            } catch (IOException e) {
                gone = true;
                job.ifPresent(Job::cancel);
            }
        }

        private OutputStream stream() throws IOException {
            if (out.isEmpty()) {
                secure(exchange.getResponseHeaders(), EVENTS);
                exchange.sendResponseHeaders(OK, 0);
                out = Optional.of(exchange.getResponseBody());
            }
            return out.get();
        }

        @Override
        public void progress(double share, String what) {
            event("progress", Map.of("share", share, "what", what));
        }

        @Override
        public void part(Object part) {
            event("part", part);
        }

        void close() throws IOException {
            if (out.isPresent() && !gone) {
                out.get().close();
            }
        }
    }

    private static Map<String, String> error(@Nullable String message) {
        return Map.of("error", String.valueOf(message).lines().findFirst().orElse("no reason given"));
    }

    private static void refuse(HttpExchange exchange, int status, @Nullable String message) {
        if (exchange.getResponseCode() >= 0) {
            // the answer has begun
            return;
        }
        try {
            // what is left of the body would be read before the connection is used again
            exchange.getResponseHeaders().set("Connection", "close");
            send(exchange, status, JSON, Fields.bytes(error(message)));
        } catch (IOException e) {
            // the client has gone; it gets no answer
        }
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] content) throws IOException {
        secure(exchange.getResponseHeaders(), type);
        exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(content);
        }
    }

    private static void secure(Headers headers, String type) {
        headers.set("Content-Type", type);
        headers.set("Cache-Control", "no-store");
        headers.set("Content-Security-Policy", POLICY);
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("X-Frame-Options", "DENY");
    }

    /** Cancels all computations and frees the port; the models stay open. */
    @Override
    public void close() {
        jobs.cancelAll();
        server.stop(0);
        threads.shutdownNow();
    }
}
