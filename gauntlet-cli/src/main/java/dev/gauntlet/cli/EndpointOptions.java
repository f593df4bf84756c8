package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.request.HttpExchange;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
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
    private @Nullable Double rate;

    @Option(
            names = "--query-budget",
            paramLabel = "N",
            description = {"How many images may be asked about in all.", "Default: no limit."})
    private @Nullable Long budget;

    @Option(
            names = "--send",
            paramLabel = "N",
            description = {"How many images are sent at once.", "Default: 32."})
    private int batch = 32;

    static boolean isAddress(String model) {
        return model.startsWith("http://") || model.startsWith("https://");
    }

    HttpExchange exchange() {
        if (!(timeout > 0 && timeout < 1e6)) {
            throw new GauntletException("The time for an answer must be positive, got %s seconds.".formatted(timeout));
        }
        return new HttpExchange(
                request == null ? HttpExchange.DEFAULT.request() : request,
                response == null ? HttpExchange.DEFAULT.response() : response,
                headers.stream().map(EndpointOptions::header).toList(),
                Duration.ofMillis((long) Math.ceil(1000 * timeout)),
                retries,
                rate == null ? OptionalDouble.empty() : OptionalDouble.of(rate),
                budget == null ? OptionalLong.empty() : OptionalLong.of(budget),
                batch);
    }

    private static HttpExchange.Header header(String text) {
        if (text.indexOf(':') < 1) {
            throw new GauntletException("The header '%s' is not like NAME:VALUE.".formatted(text));
        }
        return HttpExchange.Header.parse(text);
    }
}
