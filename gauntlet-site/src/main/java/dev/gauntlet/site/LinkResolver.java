package dev.gauntlet.site;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.jspecify.annotations.Nullable;

/** Turns the links of a page from files of the repository into files of the site, and reports broken links. */
final class LinkResolver extends AbstractVisitor {
    private static final Pattern EXTERNAL = Pattern.compile("(https?://|mailto:).+");
    private static final String DOCS = "docs/";

    private final Path root;
    private final Map<String, MarkdownPage> pages;
    private final MarkdownPage page;
    private final Set<String> files;
    private final List<String> problems;

    /**
     * Creates a resolver for one page.
     *
     * @param root the root of the repository
     * @param pages all pages by source
     * @param page the page whose links are changed
     * @param files receives the files that the page needs, from the root of the repository
     * @param problems receives a line with file, line and link for each problem
     */
    LinkResolver(
            Path root, Map<String, MarkdownPage> pages, MarkdownPage page, Set<String> files, List<String> problems) {
        this.root = root;
        this.pages = pages;
        this.page = page;
        this.files = files;
        this.problems = problems;
    }

    /** Returns where a file of the repository lies on the site; pages lie in its root, so {@code docs} does, too. */
    static String place(String source) {
        return source.startsWith(DOCS) ? source.substring(DOCS.length()) : source;
    }

    @Override
    public void visit(Link link) {
        link.setDestination(resolve(link, link.getDestination()));
        visitChildren(link);
    }

    @Override
    public void visit(Image image) {
        if (image.getFirstChild() == null) {
            report(image, image.getDestination(), "has no text for readers who do not see it");
        }
        if (EXTERNAL.matcher(image.getDestination()).matches()) {
            report(image, image.getDestination(), "is an image from the network; add it to docs/images");
        }
        image.setDestination(resolve(image, image.getDestination()));
        if (!(image.getParent() instanceof Link)) {
            // opens in its full size
            Link full = new Link(image.getDestination(), null);
            image.insertBefore(full);
            full.appendChild(image);
        }
    }

    @Override
    public void visit(HtmlBlock html) {
        String text = html.getLiteral().strip();
        if (text.startsWith("<!--") && text.indexOf("-->") == text.length() - 3) {
            html.unlink();
        } else {
            report(html, text.lines().findFirst().orElse(""), "is HTML; write Markdown");
        }
    }

    @Override
    public void visit(HtmlInline html) {
        report(html, html.getLiteral(), "is HTML; write Markdown");
    }

    private String resolve(Node node, String destination) {
        if (EXTERNAL.matcher(destination).matches()) {
            return destination;
        }
        URI link;
        try {
            link = new URI(destination);
        } catch (URISyntaxException e) {
            return report(node, destination, "is not a valid link: " + e.getReason());
        }
        @Nullable String path = link.getPath();
        if (link.getScheme() != null || link.getAuthority() != null || path == null || path.startsWith("/")) {
            return report(node, destination, "leads neither to the web nor to a file of the repository");
        }
        Path here = Path.of(page.entry().source());
        String target = path.isEmpty()
                ? page.entry().source()
                : here.resolveSibling(path).normalize().toString().replace('\\', '/');
        MarkdownPage other = pages.get(target);
        if (other != null) {
            return toPage(node, destination, other, link.getFragment());
        }
        return toFile(node, destination, target, link.getFragment());
    }

    private String toPage(Node node, String destination, MarkdownPage other, @Nullable String anchor) {
        if (node.getFirstChild() instanceof Text text
                && (text.getLiteral().equals(other.entry().source())
                        || destination.matches(Pattern.quote(text.getLiteral()) + "(#.*)?"))) {
            // the name of a file, which readers of the site do not see
            text.setLiteral(other.entry().label());
        }
        if (anchor == null) {
            return other.entry().file();
        }
        if (!other.hasAnchor(anchor)) {
            return report(
                    node, destination, "names no heading of " + other.entry().source());
        }
        return (other == page ? "" : other.entry().file()) + "#" + anchor;
    }

    private String toFile(Node node, String destination, String target, @Nullable String anchor) {
        if (target.startsWith("..")) {
            return report(node, destination, "leads out of the repository");
        }
        if (!Files.exists(root.resolve(target))) {
            return report(node, destination, "is a broken link: %s does not exist".formatted(target));
        }
        if (!Files.isRegularFile(root.resolve(target)) || target.endsWith(".md")) {
            return report(
                    node, destination, "links to %s, which is not a page; add it to Contents.java".formatted(target));
        }
        if (anchor != null) {
            return report(node, destination, "has an anchor, but " + target + " is not a page");
        }
        int slash = target.lastIndexOf('/');
        MarkdownPage folder = slash < 0 ? null : pages.get(target.substring(0, slash));
        if (folder != null && folder != page) {
            // its page shows the file, which a browser might only download
            return folder.entry().file()
                    + folder.anchorOf(target.substring(slash + 1))
                            .map(id -> "#" + id)
                            .orElse("");
        }
        files.add(target);
        return place(target);
    }

    private String report(Node node, String link, String problem) {
        int line = node.getSourceSpans().isEmpty()
                ? 1
                : node.getSourceSpans().get(0).getLineIndex() + 1;
        problems.add("%s:%d: %s %s".formatted(page.entry().source(), line, link, problem));
        return link;
    }
}
