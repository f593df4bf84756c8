package dev.gauntlet.explore;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks a server what a page asks it. */
final class PageClient {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final HttpClient client = HttpClient.newHttpClient();
    private final URI address;

    PageClient(ExploreServer server) {
        this.address = server.address();
    }

    /** An event of a computation. */
    record Event(String kind, JsonNode data) {}

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(address.resolve(path)).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> post(String name, String body) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(address.resolve("api/" + name))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    JsonNode ask(String name, String body) throws IOException, InterruptedException {
        return MAPPER.readTree(post(name, body).body());
    }

    static JsonNode tree(String text) {
        return MAPPER.readTree(text);
    }

    List<Event> events(String name, String body) throws IOException, InterruptedException {
        return events(post(name, body).body());
    }

    private static List<Event> events(String text) {
        List<Event> events = new ArrayList<>();
        for (String event : text.split("\n\n", -1)) {
            if (!event.isEmpty()) {
                String[] lines = event.split("\n", -1);
                events.add(new Event(
                        lines[0].substring("event: ".length()),
                        MAPPER.readTree(lines[1].substring("data: ".length()))));
            }
        }
        return events;
    }

    /** Returns the last event of a computation, which has to be its result. */
    JsonNode result(String name, String body) throws IOException, InterruptedException {
        String text = post(name, body).body();
        if (!text.startsWith("event: ")) {
            throw new AssertionError(text);
        }
        List<Event> events = events(text);
        Event last = events.get(events.size() - 1);
        if (!last.kind().equals("result")) {
            throw new AssertionError(last.toString());
        }
        return last.data();
    }
}
