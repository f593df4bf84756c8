package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
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
                "The JSON to post to an HTTP address; {{images}} is replaced by an array of images, {{image}} by one.",
                "Default: {\"instances\": {{images}}}."
            })
    private @Nullable String request;

    @Option(
            names = "--response",
            paramLabel = "POINTER",
            description = {
                "The JSON pointer of the outputs in the response; empty if the response is the outputs.",
                "Default: /predictions."
            })
    private @Nullable String response;

    @Option(
            names = "--header",
            paramLabel = "NAME:VALUE",
            description = {
                "A header of the requests; if VALUE begins with $, it names an environment variable.",
                "Default: none."
            })
    private @Nullable List<String> headers;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = {"The time limit of one response.", "Default: 10."})
    private @Nullable Double timeout;

    @Option(
            names = "--retries",
            paramLabel = "N",
            description = {"The number of retries after a temporary failure.", "Default: 3."})
    private @Nullable Integer retries;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = {"The maximum number of requests per second.", "Default: no limit."})
    private @Nullable Double rate;

    @Option(
            names = "--query-budget",
            paramLabel = "N",
            description = {"The maximum number of images sent in total.", "Default: no limit."})
    private @Nullable Long budget;

    @Option(
            names = "--send",
            paramLabel = "N",
            description = {"The number of images in one request.", "Default: 32."})
    private @Nullable Integer batch;

    /** Tells whether the user says anything. */
    boolean isGiven() {
        return request != null
                || response != null
                || headers != null
                || timeout != null
                || retries != null
                || rate != null
                || budget != null
                || batch != null;
    }

    @Nullable
    String request() {
        return request;
    }

    @Nullable
    String response() {
        return response;
    }

    Optional<List<String>> headers() {
        for (String header : headers == null ? List.<String>of() : headers) {
            if (header.indexOf(':') < 1) {
                throw new GauntletException("The header '%s' does not have the form NAME:VALUE.".formatted(header));
            }
        }
        return Optional.ofNullable(headers);
    }

    OptionalDouble timeout() {
        return timeout == null ? OptionalDouble.empty() : OptionalDouble.of(timeout);
    }

    OptionalInt retries() {
        return retries == null ? OptionalInt.empty() : OptionalInt.of(retries);
    }

    OptionalDouble rate() {
        return rate == null ? OptionalDouble.empty() : OptionalDouble.of(rate);
    }

    OptionalLong budget() {
        return budget == null ? OptionalLong.empty() : OptionalLong.of(budget);
    }

    OptionalInt batch() {
        return batch == null ? OptionalInt.empty() : OptionalInt.of(batch);
    }
}
