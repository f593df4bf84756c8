package dev.gauntlet.request;

import dev.gauntlet.GauntletException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * How a model behind an HTTP address is asked.
 *
 * @param request the body that is posted: JSON in which {@code {{images}}} stands for an array of images, or {@code
 *     {{image}}} for one; an image is an array of channels of rows, or of rows of pixels for a model that takes NHWC
 * @param response the JSON Pointer (RFC 6901) of the array with the outputs of each image, or with those of the one image;
 *     empty if the answer is that array itself
 * @param headers what is sent along, such as a key
 * @param timeout how long one answer may take, positive
 * @param retries how often a request is repeated after a failure that may pass: no connection, or status 429, 502, 503 or
 *     504; at least 0
 * @param requestsPerSecond the most requests in a second, over all threads, positive; absent for no limit
 * @param queryBudget how many images may be asked about in all, at least 1; absent for no limit
 * @param batch how many images are sent at once, at least 1; 1 with {@code {{image}}}
 */
public record HttpExchange(
        String request,
        String response,
        List<Header> headers,
        Duration timeout,
        int retries,
        OptionalDouble requestsPerSecond,
        OptionalLong queryBudget,
        int batch) {
    /** Stands for all images of a request. */
    public static final String IMAGES = "{{images}}";

    /** Stands for the one image of a request. */
    public static final String IMAGE = "{{image}}";

    /**
     * The exchange of TensorFlow Serving and KServe: {@code {"instances": {{images}}}} is answered with {@code
     * {"predictions": [[...], ...]}}; 10 seconds, 3 retries, no limit of rate or queries, 32 images at once.
     */
    public static final HttpExchange DEFAULT = new HttpExchange(
            "{\"instances\": " + IMAGES + "}",
            "/predictions",
            List.of(),
            Duration.ofSeconds(10),
            3,
            OptionalDouble.empty(),
            OptionalLong.empty(),
            32);

    public HttpExchange {
        headers = List.copyOf(headers);
        if (request.contains(IMAGES) == request.contains(IMAGE)) {
            throw new GauntletException(
                    "The request '%s' has to contain either %s or %s.".formatted(request, IMAGES, IMAGE));
        }
        if (!response.isEmpty() && !response.startsWith("/")) {
            throw new GauntletException(
                    "The place of the answer '%s' is not a JSON pointer, such as /predictions.".formatted(response));
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new GauntletException("The time for an answer must be positive, got %s.".formatted(timeout));
        }
        if (retries < 0) {
            throw new GauntletException("The number of retries must not be negative, got %d.".formatted(retries));
        }
        if (requestsPerSecond.isPresent() && !(requestsPerSecond.getAsDouble() > 0)) {
            throw new GauntletException("The number of requests per second must be positive, got %s."
                    .formatted(requestsPerSecond.getAsDouble()));
        }
        if (queryBudget.isPresent() && queryBudget.getAsLong() < 1) {
            throw new GauntletException(
                    "The query budget must be at least 1, got %d.".formatted(queryBudget.getAsLong()));
        }
        if (batch < 1) {
            throw new GauntletException("At least 1 image has to be sent at once, got %d.".formatted(batch));
        }
        if (request.contains(IMAGE)) {
            batch = 1;
        }
    }

    /** Returns the same exchange without what never changes an answer. */
    HttpExchange essence() {
        return new HttpExchange(
                request,
                response,
                headers,
                DEFAULT.timeout,
                DEFAULT.retries,
                OptionalDouble.empty(),
                OptionalLong.empty(),
                batch);
    }

    /**
     * A header of a request. Its value may be a secret: it is in no text that this object gives, and in no record.
     *
     * @param name the name
     * @param variable the environment variable that has the value, if that is where it comes from
     * @param value the value, if it was given itself
     */
    public record Header(String name, Optional<String> variable, Optional<String> value) {
        private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

        public Header {
            if (!NAME.matcher(name).matches() || value.orElse("").chars().anyMatch(Character::isISOControl)) {
                throw new GauntletException("The header '%s' cannot be sent.".formatted(name));
            }
        }

        /**
         * Reads a header as a user writes it.
         *
         * @param text the name, a colon, and the value or, after a $, the environment variable that has it; the name alone if
         *     the value is given elsewhere
         * @return the header
         * @throws GauntletException if it cannot be sent
         */
        public static Header parse(String text) {
            int colon = text.indexOf(':');
            if (colon < 0) {
                return new Header(text.strip(), Optional.empty(), Optional.empty());
            }
            String value = text.substring(colon + 1).strip();
            return value.startsWith("$")
                    ? new Header(text.substring(0, colon).strip(), Optional.of(value.substring(1)), Optional.empty())
                    : new Header(text.substring(0, colon).strip(), Optional.empty(), Optional.of(value));
        }

        /**
         * Returns what is sent.
         *
         * @param environment the environment variables
         * @return the value
         * @throws GauntletException if the environment variable is not set, or the value is not known
         */
        public String value(Map<String, String> environment) {
            if (variable.isEmpty()) {
                return value.orElseThrow(() -> new GauntletException(
                        "The value of the header %s is not known: values are not recorded, as they may be secret; give the header again."
                                .formatted(name)));
            }
            String found = environment.get(variable.get());
            if (found == null) {
                throw new GauntletException("The header '%s' names the environment variable %s, which is not set."
                        .formatted(name, variable.get()));
            }
            return found;
        }

        /** Writes the header without its value. */
        @Override
        public String toString() {
            return variable.map(from -> "%s:$%s".formatted(name, from)).orElse(name);
        }
    }
}
