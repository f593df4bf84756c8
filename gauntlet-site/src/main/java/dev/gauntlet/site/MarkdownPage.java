package dev.gauntlet.site;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.IdGenerator;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.CustomNode;
import org.commonmark.node.Document;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/** A page in Markdown, parsed, with the anchors that GitHub gives its headings. */
final class MarkdownPage {
    private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());

    private static final Parser PARSER = Parser.builder()
            .extensions(EXTENSIONS)
            .includeSourceSpans(IncludeSourceSpans.BLOCKS_AND_INLINES)
            .build();

    private final Contents.Entry entry;
    private final Node document;
    private final Map<Node, String> anchors = new HashMap<>();
    private final List<Section> sections = new ArrayList<>();

    /**
     * A heading with the text up to the next one.
     *
     * @param level 1 for the title of the page
     * @param title the heading
     * @param anchor its anchor, unique on the page
     * @param text the text, without marks
     */
    record Section(int level, String title, String anchor, String text) {}

    MarkdownPage(Contents.Entry entry, String markdown) {
        this.entry = entry;
        this.document = PARSER.parse(markdown);
        document.accept(new SectionReader());
    }

    Contents.Entry entry() {
        return entry;
    }

    Node document() {
        return document;
    }

    /** Returns the sections; the text before the first heading belongs to none. */
    List<Section> sections() {
        return sections;
    }

    /** Returns the title; empty if the page does not begin with one. */
    Optional<String> title() {
        return document.getFirstChild() instanceof Heading first && first.getLevel() == 1
                ? Optional.of(sections.get(0).title())
                : Optional.empty();
    }

    boolean hasAnchor(String anchor) {
        return anchors.containsValue(anchor);
    }

    /** Returns the anchor of the section with a title. */
    Optional<String> anchorOf(String title) {
        return sections.stream()
                .filter(section -> section.title().equals(title))
                .map(Section::anchor)
                .findFirst();
    }

    /** Renders the page; HTML in it is shown as text. */
    String html() {
        String html = HtmlRenderer.builder()
                .extensions(EXTENSIONS)
                .escapeHtml(true)
                .percentEncodeUrls(true)
                .attributeProviderFactory(context -> this::addAttributes)
                .build()
                .render(document);
        // Wide tables scroll in themselves. As HTML is escaped, these tags are only those of tables.
        return html.replace(
                        "<table>", "<div class=\"scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>")
                .replace("</table>", "</table></div>");
    }

    private void addAttributes(Node node, String tag, Map<String, String> attributes) {
        if (node instanceof Heading) {
            attributes.put("id", anchors.get(node));
        } else if (tag.equals("pre")) {
            attributes.put("tabindex", "0"); // scrolls by keyboard
        } else if (node instanceof Image) {
            attributes.put("loading", "lazy");
        }
    }

    /** Collects sections, and gives each heading its anchor. */
    private final class SectionReader extends AbstractVisitor {
        private final IdGenerator ids = IdGenerator.builder().build();
        private final StringBuilder text = new StringBuilder();

        @Override
        public void visit(Document whole) {
            visitChildren(whole);
            endSection();
        }

        @Override
        public void visit(Heading heading) {
            endSection();
            visitChildren(heading);
            String title = words();
            String anchor = ids.generateId(title.toLowerCase(Locale.ROOT));
            anchors.put(heading, anchor);
            sections.add(new Section(heading.getLevel(), title, anchor, ""));
        }

        @Override
        public void visit(Paragraph paragraph) {
            visitChildren(paragraph);
            text.append(' ');
        }

        @Override
        public void visit(CustomNode cell) {
            visitChildren(cell);
            text.append(' ');
        }

        @Override
        public void visit(FencedCodeBlock block) {
            text.append(block.getLiteral());
            text.append(' ');
        }

        @Override
        public void visit(IndentedCodeBlock block) {
            text.append(block.getLiteral());
            text.append(' ');
        }

        @Override
        public void visit(Text node) {
            text.append(node.getLiteral());
        }

        @Override
        public void visit(Code node) {
            text.append(node.getLiteral());
        }

        @Override
        public void visit(SoftLineBreak node) {
            text.append(' ');
        }

        @Override
        public void visit(HardLineBreak node) {
            text.append(' ');
        }

        private void endSection() {
            String words = words();
            if (!sections.isEmpty()) {
                int last = sections.size() - 1;
                Section section = sections.get(last);
                sections.set(last, new Section(section.level(), section.title(), section.anchor(), words));
            }
        }

        /** Returns the words since the last call. */
        private String words() {
            String words = text.toString().strip().replaceAll("\\s+", " ");
            text.setLength(0);
            return words;
        }
    }
}
