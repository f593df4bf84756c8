package dev.gauntlet.http;

import dev.gauntlet.GauntletException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How a model behind an HTTP address is asked.
 *
 * @param address the address, of HTTP or HTTPS
 * @param request the body that is posted: JSON in which {@code {{images}}} stands for an array of images, or {@code
 *     {{image}}} for one; an image is an array of channels of rows, or of rows of pixels for a model that takes NHWC
 * @param response the JSON Pointer (RFC 6901) of the array with the outputs of each image, or with those of the one image;
 *     empty if the answer is that array itself
 * @param headers what is sent along, such as a key
 * @param timeout how long one answer may take
 * @param retries how often a request is repeated after a failure that may pass: no connection, or status 429, 502, 503 or
 *     504
 * @param requestsPerSecond the most requests in a second, over all threads
 * @param queryBudget how many images may be asked about in all
 * @param batch how many images are sent at once; 1 with {@code {{image}}}
 */
public record HttpEndpoint(
        URI address,
        String request,
        String response,
        Map<String, String> headers,
        Duration timeout,
        int retries,
        double requestsPerSecond,
        long queryBudget,
        int batch) {
    /** Stands for all images of a request. */
    public static final String IMAGES = "{{images}}";

    /** Stands for the one image of a request. */
    public static final String IMAGE = "{{image}}";

    private static final Pattern HEADER = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    public HttpEndpoint {
        headers = Map.copyOf(new LinkedHashMap<>(headers));
        boolean isHttp = "http".equalsIgnoreCase(address.getScheme()) || "https".equalsIgnoreCase(address.getScheme());
        if (!isHttp || address.getHost() == null) {
            throw new GauntletException(
                    "The address '%s' is none of http:// or https:// with a host.".formatted(address));
        }
        if (request.contains(IMAGES) == request.contains(IMAGE)) {
            throw new GauntletException(
                    "The request '%s' has to contain either %s or %s.".formatted(request, IMAGES, IMAGE));
        }
        if (!response.isEmpty() && !response.startsWith("/")) {
            throw new GauntletException(
                    "The place of the answer '%s' is no JSON pointer, such as /predictions.".formatted(response));
        }
        headers.forEach((name, value) -> {
            if (!HEADER.matcher(name).matches() || value.chars().anyMatch(Character::isISOControl)) {
                throw new GauntletException("The header '%s' cannot be sent.".formatted(name));
            }
        });
        if (timeout.isNegative() || timeout.isZero()) {
            throw new GauntletException("The time for an answer must be positive, got %s.".formatted(timeout));
        }
        if (retries < 0) {
            throw new GauntletException("The number of retries must not be negative, got %d.".formatted(retries));
        }
        if (!(requestsPerSecond > 0)) {
            throw new GauntletException(
                    "The number of requests per second must be positive, got %s.".formatted(requestsPerSecond));
        }
        if (queryBudget < 1) {
            throw new GauntletException("The query budget must be at least 1, got %d.".formatted(queryBudget));
        }
        if (batch < 1) {
            throw new GauntletException("At least 1 image has to be sent at once, got %d.".formatted(batch));
        }
        if (request.contains(IMAGE)) {
            batch = 1;
        }
    }

    /**
     * Returns an endpoint as TensorFlow Serving and KServe have them: {@code {"instances": {{images}}}} is answered with
     * {@code {"predictions": [[...], ...]}}; 10 seconds, 3 retries, no limit of rate or queries, 32 images at once.
     *
     * @param address the address
     * @return the endpoint
     */
    public static HttpEndpoint at(URI address) {
        return new HttpEndpoint(
                address,
                "{\"instances\": {{images}}}",
                "/predictions",
                Map.of(),
                Duration.ofSeconds(10),
                3,
                Double.POSITIVE_INFINITY,
                Long.MAX_VALUE,
                32);
    }
}
