package dev.gauntlet.http;

import dev.gauntlet.GauntletException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Describes how to query a model behind an HTTP address.
 *
 * @param address the address, of HTTP or HTTPS
 * @param request the body that is posted: JSON in which {@code {{images}}} is replaced by an array of images, or {@code
 *     {{image}}} by a single one; an image is an array of channels of rows, or of rows of pixels for a model that takes
 *     NHWC
 * @param response the JSON Pointer (RFC 6901) of the array with the outputs of each image, or of the single image;
 *     empty if the response is this array itself
 * @param headers the headers to send, such as an API key
 * @param timeout the timeout of a request
 * @param retries the number of retries after a transient failure: no connection, or status 429, 502, 503 or 504
 * @param requestsPerSecond the largest number of requests per second, over all threads
 * @param queryBudget the largest number of images to query
 * @param batch the number of images per request; 1 with {@code {{image}}}
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
    /** The placeholder for all images of a request. */
    public static final String IMAGES = "{{images}}";

    /** The placeholder for the single image of a request. */
    public static final String IMAGE = "{{image}}";

    private static final Pattern HEADER = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    public HttpEndpoint {
        headers = Map.copyOf(new LinkedHashMap<>(headers));
        boolean isHttp = "http".equalsIgnoreCase(address.getScheme()) || "https".equalsIgnoreCase(address.getScheme());
        if (!isHttp || address.getHost() == null) {
            throw new GauntletException(
                    "The address '%s' is not an http:// or https:// address with a host.".formatted(address));
        }
        if (request.contains(IMAGES) == request.contains(IMAGE)) {
            throw new GauntletException(
                    "The request '%s' must contain either %s or %s.".formatted(request, IMAGES, IMAGE));
        }
        if (!response.isEmpty() && !response.startsWith("/")) {
            throw new GauntletException(
                    "'%s' is not a JSON pointer to the outputs; write, for example, /predictions.".formatted(response));
        }
        headers.forEach((name, value) -> {
            if (!HEADER.matcher(name).matches() || value.chars().anyMatch(Character::isISOControl)) {
                throw new GauntletException("The header '%s' is not allowed.".formatted(name));
            }
        });
        if (timeout.isNegative() || timeout.isZero()) {
            throw new GauntletException("The timeout must be positive, got %s.".formatted(timeout));
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
            throw new GauntletException(
                    "The number of images per request must be at least 1, got %d.".formatted(batch));
        }
        if (request.contains(IMAGE)) {
            batch = 1;
        }
    }

    /**
     * Returns an endpoint in the format of TensorFlow Serving and KServe, which answer {@code {"instances":
     * {{images}}}} with {@code {"predictions": [[...], ...]}}; a timeout of 10 seconds, 3 retries, no limit of rate or
     * queries, 32 images per request.
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
