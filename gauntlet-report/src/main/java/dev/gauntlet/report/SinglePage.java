package dev.gauntlet.report;

import dev.gauntlet.evaluate.RobustnessReport;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes the page of a report as one file that contains its style, plots and images.
 *
 * <p>The content security policy allows the style by its checksum, images from the page itself, and nothing else.
 */
final class SinglePage {
    private static final String STYLE_LINK = "<link rel=\"stylesheet\" href=\"style.css\">";
    private static final String FOLDER_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'";
    private static final String RECORD_LINK = "<a href=\"report.json\">report.json</a>";
    private static final Pattern EXAMPLES_LINK =
            Pattern.compile(" ?(<p>)?<a href=\"examples\\.html\">[^<]*</a>(</p>)?");
    private static final Pattern REFERENCE = Pattern.compile("(src|href)=\"([^\"#:]+\\.(svg|png))\"");

    private SinglePage() {}

    static String of(RobustnessReport report) {
        Map<String, byte[]> files = ReportFolder.files(report);
        String style = new String(file(files, "style.css"), StandardCharsets.UTF_8);
        String page = new String(file(files, "index.html"), StandardCharsets.UTF_8);
        String policy = "default-src 'none'; style-src 'sha256-%s'; img-src data:".formatted(checksum(style));
        String strict = replaceOnce(page, FOLDER_POLICY, policy);
        String styled = replaceOnce(strict, STYLE_LINK, "<style>" + style + "</style>");
        String alone = replaceOnce(styled, RECORD_LINK, "<code>report.json</code> in the folder of the run");
        String complete = EXAMPLES_LINK.matcher(alone).replaceFirst("");
        return REFERENCE.matcher(complete).replaceAll(match -> Matcher.quoteReplacement(embedded(match, files)));
    }

    private static String embedded(MatchResult match, Map<String, byte[]> files) {
        String type = match.group(3).equals("svg") ? "image/svg+xml" : "image/png";
        String data = Base64.getEncoder().encodeToString(file(files, match.group(2)));
        boolean link = match.group(1).equals("href") && !match.group(2).equals("icon.svg");
        return "%s=\"data:%s;base64,%s\"%s"
                .formatted(match.group(1), type, data, link ? " download=\"%s\"".formatted(match.group(2)) : "");
    }

    private static byte[] file(Map<String, byte[]> files, String name) {
        return Objects.requireNonNull(files.get(name), name);
    }

    private static String replaceOnce(String text, String part, String replacement) {
        int at = text.indexOf(part);
        if (at < 0) {
            throw new IllegalStateException("The page has no " + part);
        }
        return text.substring(0, at) + replacement + text.substring(at + part.length());
    }

    /** Returns the SHA-256 of a style, as content security policies write it. */
    static String checksum(String style) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(style.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime supports SHA-256", e);
        }
    }
}
