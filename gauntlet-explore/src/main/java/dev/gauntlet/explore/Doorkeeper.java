package dev.gauntlet.explore;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides which requests are answered: those to this address, from this page, with the token.
 *
 * <p>The host is checked so that another name that resolves to this machine does not open the page to its owner, the origin so that
 * other pages in the same browser cannot use it, and the token so that other users of the machine cannot.
 */
final class Doorkeeper {
    private static final int TOKEN_BYTES = 32;
    private static final int FORBIDDEN = 403;
    private static final int PORT_OF_HTTP = 80;

    private final String token;
    private final Set<String> hosts;

    Doorkeeper(int port) {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        // browsers leave out the port of HTTP
        hosts = Stream.of("127.0.0.1", "localhost", "[::1]")
                .flatMap(name ->
                        port == PORT_OF_HTTP ? Stream.of(name, name + ":" + port) : Stream.of(name + ":" + port))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Returns the hosts that a request may name. */
    Set<String> hosts() {
        return hosts;
    }

    String token() {
        return token;
    }

    /**
     * Admits a request.
     *
     * @return the path behind the token, without a slash at its beginning
     * @throws Refusal if it is not admitted
     */
    String admit(HttpExchange exchange) {
        Headers headers = exchange.getRequestHeaders();
        String host = only(headers, "Host", "");
        if (!hosts.contains(host)) {
            throw new Refusal(FORBIDDEN, "The host of the request is not this server.");
        }
        String origin = only(headers, "Origin", "http://" + host);
        if (!origin.startsWith("http://") || !hosts.contains(origin.substring("http://".length()))) {
            throw new Refusal(FORBIDDEN, "The request comes from another page.");
        }
        String site = only(headers, "Sec-Fetch-Site", "none");
        boolean isNavigation = only(headers, "Sec-Fetch-Mode", "").equals("navigate");
        // a link on another page may lead here, if it knows the token
        if (!(site.equals("same-origin") || site.equals("none") || isNavigation)) {
            throw new Refusal(FORBIDDEN, "The request comes from another page.");
        }
        String path = String.valueOf(exchange.getRequestURI().getRawPath());
        int end = path.indexOf('/', 1);
        String given = path.isEmpty() ? "" : end < 0 ? path.substring(1) : path.substring(1, end);
        if (!MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8))) {
            throw new Refusal(
                    FORBIDDEN, "The address has no valid token; open the address that 'gauntlet explore' printed.");
        }
        if (end < 0) {
            throw new Refusal(FORBIDDEN, "The address has no slash after the token; add one.");
        }
        return path.substring(end + 1);
    }

    private static String only(Headers headers, String name, String otherwise) {
        List<String> values = headers.getOrDefault(name, List.of());
        if (values.size() > 1) {
            throw new Refusal(FORBIDDEN, "The request has more than one header %s.".formatted(name));
        }
        return values.isEmpty() ? otherwise : values.get(0);
    }
}
