package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.http.HttpEndpoint;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a model behind an HTTP address is asked. */
@Heading(Heading.Topic.MODEL)
final class EndpointOptions {
    @Option(
            names = "--request",
            paramLabel = "JSON",
            description = {
                "What is posted to an HTTP address; {{images}} stands for an array of images, {{image}} for one.",
                "Default: {\"instances\": {{images}}}."
            })
    private @Nullable String request;

    @Option(
            names = "--response",
            paramLabel = "POINTER",
            description = {
                "The JSON pointer of the outputs in the answer; empty if the answer is nothing else.",
                "Default: /predictions."
            })
    private @Nullable String response;

    @Option(
            names = "--header",
            paramLabel = "NAME:VALUE",
            description = {
                "A header that is sent along; a VALUE that begins with $ is the name of an environment variable that has it.",
                "Default: none."
            })
    private List<String> headers = List.of();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = {"How long one answer may take.", "Default: 10."})
    private double timeout = 10;

    @Option(
            names = "--retries",
            paramLabel = "N",
            description = {"How often a request is repeated after a failure that may pass.", "Default: 3."})
    private int retries = 3;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = {"The most requests in a second.", "Default: no limit."})
    private double rate = Double.POSITIVE_INFINITY;

    @Option(
            names = "--query-budget",
            paramLabel = "N",
            description = {"How many images may be asked about in all.", "Default: no limit."})
    private long budget = Long.MAX_VALUE;

    @Option(
            names = "--send",
            paramLabel = "N",
            description = {"How many images are sent at once.", "Default: 32."})
    private int batch = 32;

    static boolean isAddress(String model) {
        return model.startsWith("http://") || model.startsWith("https://");
    }

    HttpEndpoint endpoint(String address, Map<String, String> environment) {
        HttpEndpoint usual;
        try {
            usual = HttpEndpoint.at(new URI(address));
        } catch (URISyntaxException e) {
            throw new GauntletException("The address '%s' is none: %s.".formatted(address, e.getReason()), e);
        }
        if (!(timeout > 0 && timeout < 1e6)) {
            throw new GauntletException("The time for an answer must be positive, got %s seconds.".formatted(timeout));
        }
        return new HttpEndpoint(
                usual.address(),
                request == null ? usual.request() : request,
                response == null ? usual.response() : response,
                headers(environment),
                Duration.ofMillis((long) Math.ceil(1000 * timeout)),
                retries,
                rate,
                budget,
                batch);
    }

    private Map<String, String> headers(Map<String, String> environment) {
        Map<String, String> sent = new LinkedHashMap<>();
        for (String header : headers) {
            int colon = header.indexOf(':');
            if (colon < 1) {
                throw new GauntletException("The header '%s' is not like NAME:VALUE.".formatted(header));
            }
            String value = header.substring(colon + 1).strip();
            if (value.startsWith("$")) {
                String named = environment.get(value.substring(1));
                if (named == null) {
                    throw new GauntletException("The header '%s' names the environment variable %s, which is not set."
                            .formatted(header.substring(0, colon), value.substring(1)));
                }
                value = named;
            }
            sent.put(header.substring(0, colon).strip(), value);
        }
        return sent;
    }
}
