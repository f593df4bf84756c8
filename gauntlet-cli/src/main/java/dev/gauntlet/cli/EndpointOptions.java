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
    private @Nullable List<String> headers;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = {"How long one answer may take.", "Default: 10."})
    private @Nullable Double timeout;

    @Option(
            names = "--retries",
            paramLabel = "N",
            description = {"How often a request is repeated after a failure that may pass.", "Default: 3."})
    private @Nullable Integer retries;

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
    private @Nullable Integer batch;

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
                throw new GauntletException("The header '%s' is not like NAME:VALUE.".formatted(header));
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
