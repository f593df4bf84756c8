package dev.gauntlet.site;

import java.util.List;
import java.util.Optional;

/**
 * What a page of the site shows.
 *
 * @param version the version that the site describes
 * @param title the title of the page
 * @param entry the page
 * @param contents all pages
 * @param headings the headings that the page lists
 * @param body the page itself, as HTML
 * @param previous the page before it
 * @param next the page after it
 */
record PageView(
        String version,
        String title,
        Contents.Entry entry,
        Contents contents,
        List<MarkdownPage.Section> headings,
        String body,
        Optional<Contents.Entry> previous,
        Optional<Contents.Entry> next) {
    PageView {
        headings = List.copyOf(headings);
    }
}
