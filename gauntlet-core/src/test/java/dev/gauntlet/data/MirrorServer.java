package dev.gauntlet.data;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A mirror on this machine that answers as a test says, and remembers what it was asked. */
final class MirrorServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Map<String, List<Answer>> answers = new ConcurrentHashMap<>();

    /** Answers one request. */
    @FunctionalInterface
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    MirrorServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Returns an address that nobody listens at. */
    static URI unreachable() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return address(socket.getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI address() {
        return address(server.getAddress().getPort());
    }

    private static URI address(int port) {
        return URI.create(
                "http://%s:%d/".formatted(InetAddress.getLoopbackAddress().getHostAddress(), port));
    }

    /** Sets the answers to the first and the following requests for a file; the last one stays. */
    void answers(String file, Answer... inOrder) {
        answers.put(file, new CopyOnWriteArrayList<>(inOrder));
    }

    /** Returns each file that was asked for, with the range if one was named. */
    List<String> requests() {
        return requests;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            String file = exchange.getRequestURI().getPath().substring(1);
            String range = exchange.getRequestHeaders().getFirst("Range");
            requests.add(range == null ? file : file + " " + range);
            List<Answer> left = answers.getOrDefault(file, List.of(status(404)));
            (left.size() > 1 ? left.remove(0) : left.get(0)).to(exchange);
        }
    }

    /** The whole file, or what is asked of it. */
    static Answer file(byte[] content) {
        return exchange -> {
            String range = exchange.getRequestHeaders().getFirst("Range");
            if (range == null) {
                whole(content).to(exchange);
                return;
            }
            int first = Integer.parseInt(range.replaceAll("\\D", ""));
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes %d-%d/%d".formatted(first, content.length - 1, content.length));
            send(exchange, 206, content.length - first, Arrays.copyOfRange(content, first, content.length));
        };
    }

    /** The whole file, whatever is asked of it. */
    static Answer whole(byte[] content) {
        return exchange -> send(exchange, 200, content.length, content);
    }

    /** The beginning of the file, which properly ends there, as from a server that tells no length. */
    static Answer withoutLength(byte[] content) {
        return exchange -> send(exchange, 200, 0, content);
    }

    /** The beginning of the file, then a closed connection. */
    static Answer brokenOff(byte[] content, int after) {
        return exchange -> send(exchange, 200, content.length, Arrays.copyOf(content, after));
    }

    static Answer page(String html) {
        return exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            send(exchange, 200, html.length(), html.getBytes(StandardCharsets.US_ASCII));
        };
    }

    static Answer status(int status) {
        return exchange -> exchange.sendResponseHeaders(status, -1);
    }

    static Answer redirect(String to) {
        return exchange -> {
            exchange.getResponseHeaders().set("Location", to);
            exchange.sendResponseHeaders(302, -1);
        };
    }

    /** Sends bytes; a length of 0 means that it is not told. */
    private static void send(HttpExchange exchange, int status, long length, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, length);
        exchange.getResponseBody().write(bytes);
        exchange.getResponseBody().flush();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
