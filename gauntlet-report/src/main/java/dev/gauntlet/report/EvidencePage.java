package dev.gauntlet.report;

import java.util.List;

/**
 * What the page with the evidence shows.
 *
 * @param title the title
 * @param version the version of the program
 * @param style the style, which the page contains
 * @param styleChecksum its checksum for the content security policy
 * @param verdict PASS, FAIL or INCONCLUSIVE
 * @param lede what the page is, and what it is not
 * @param sections the sections in their order
 */
record EvidencePage(
        String title,
        String version,
        String style,
        String styleChecksum,
        String verdict,
        String lede,
        List<Section> sections) {
    public EvidencePage {
        sections = List.copyOf(sections);
    }

    /**
     * A section.
     *
     * @param number its number, by which clauses refer to it
     * @param title the heading
     * @param facts names with values
     * @param tables tables
     * @param paragraphs sentences
     */
    public record Section(int number, String title, List<Fact> facts, List<Table> tables, List<String> paragraphs) {
        public Section {
            facts = List.copyOf(facts);
            tables = List.copyOf(tables);
            paragraphs = List.copyOf(paragraphs);
        }
    }

    /**
     * A name with a value.
     *
     * @param name the name
     * @param value the value
     */
    public record Fact(String name, String value) {}

    /**
     * A table.
     *
     * @param caption what it shows
     * @param head the headings of the columns
     * @param rows the cells of each row
     */
    public record Table(String caption, List<String> head, List<List<String>> rows) {
        public Table {
            head = List.copyOf(head);
            rows = List.copyOf(rows);
        }
    }
}
