package dev.gauntlet.site;

import java.util.List;
import java.util.Locale;

/**
 * The pages of the site in their order.
 *
 * @param groups the groups of pages that the navigation shows
 */
record Contents(List<Group> groups) {
    Contents {
        groups = List.copyOf(groups);
    }

    /**
     * Pages that belong together.
     *
     * @param title the heading in the navigation
     * @param entries the pages
     */
    record Group(String title, List<Entry> entries) {
        Group {
            entries = List.copyOf(entries);
        }
    }

    /**
     * A page.
     *
     * @param source the Markdown file, or a folder whose files the page shows, from the root of the repository
     * @param label its name in the navigation
     */
    record Entry(String source, String label) {
        /** Returns the name of the page on the site, where all pages lie side by side. */
        String file() {
            String name = source.substring(source.lastIndexOf('/') + 1).replaceFirst("\\.md$", "");
            return source.equals("README.md") ? "index.html" : name.toLowerCase(Locale.ROOT) + ".html";
        }

        boolean isFolder() {
            return !source.endsWith(".md");
        }
    }

    List<Entry> entries() {
        return groups.stream().flatMap(group -> group.entries().stream()).toList();
    }

    /** The contents of Gauntlet's documentation; {@link Site} refuses a Markdown file that is missing here. */
    static final Contents OF_GAUNTLET = new Contents(List.of(
            group(
                    "Start",
                    page("README", "Overview"),
                    page("docs/tutorial", "Tutorial"),
                    page("docs/faq", "Questions")),
            group(
                    "How to",
                    page("docs/models", "Use your own model"),
                    page("docs/data", "Use your own data"),
                    page("docs/attacks", "Choose attacks"),
                    page("docs/plans", "Write a plan"),
                    page("docs/gate", "Gate a build"),
                    new Entry("docs/ci", "Recipes for pipelines"),
                    page("docs/defend", "Train a robust network"),
                    page("docs/certify", "Prove robustness"),
                    page("docs/explore", "Explore a model"),
                    page("docs/spark", "Run on a cluster"),
                    page("docs/evidence", "Write evidence for an audit")),
            group(
                    "Reference",
                    page("docs/command-line", "Command line"),
                    page("docs/report", "Report"),
                    page("docs/trust", "Signs of failed attacks"),
                    page("docs/conformance", "Conformance"),
                    page("docs/benchmarks", "Benchmarks")),
            group(
                    "Project",
                    page("CHANGELOG", "Changelog"),
                    page("docs/architecture", "Architecture"),
                    page("CONTRIBUTING", "Contributing"),
                    page("SECURITY", "Security"))));

    private static Group group(String title, Entry... entries) {
        return new Group(title, List.of(entries));
    }

    private static Entry page(String source, String label) {
        return new Entry(source + ".md", label);
    }
}
