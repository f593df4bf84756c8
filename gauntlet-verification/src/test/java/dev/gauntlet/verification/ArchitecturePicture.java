package dev.gauntlet.verification;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Draws who depends on whom as SVG: whoever depends on nothing stands on the left, everything else to the right of all that
 * it depends on. An arrow that follows from others is left out.
 */
final class ArchitecturePicture {
    private static final int MARGIN = 20;
    private static final int COLUMN = 150;
    private static final int ROW = 44;
    private static final int BOX_WIDTH = 116;
    private static final int BOX_HEIGHT = 28;
    private static final int HEADING = 34;

    private final StringBuilder boxes = new StringBuilder();
    private final StringBuilder arrows = new StringBuilder();
    private int width;
    private int bottom = MARGIN;

    private ArchitecturePicture() {}

    /**
     * Draws graphs one below the other.
     *
     * @param title what the picture shows
     * @param graphs the graphs by their headings, each the names that a name depends on
     * @return the SVG document
     */
    static String draw(String title, Map<String, Map<String, Set<String>>> graphs) {
        ArchitecturePicture picture = new ArchitecturePicture();
        graphs.forEach(picture::add);
        return """
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" role="img" \
                font-family="sans-serif" font-size="13">
                <title>%3$s</title>
                <defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
                <path d="M0 0 8 4 0 8z" fill="#667"/></marker></defs>
                <rect width="%1$d" height="%2$d" fill="#fff"/>
                <g fill="none" stroke="#667" marker-end="url(#tip)">
                %4$s</g>
                <g text-anchor="middle" fill="#123">
                %5$s</g>
                </svg>
                """.formatted(picture.width + MARGIN, picture.bottom, title, picture.arrows, picture.boxes);
    }

    private void add(String heading, Map<String, Set<String>> graph) {
        boxes.append("<text x=\"%d\" y=\"%d\" text-anchor=\"start\" font-weight=\"bold\">%s</text>\n"
                .formatted(MARGIN, bottom + 14, heading));
        List<List<String>> columns = new ArrayList<>();
        Map<String, int[]> places = new TreeMap<>();
        for (String name : new TreeSet<>(graph.keySet())) {
            int column = column(name, graph, List.of());
            while (columns.size() <= column) {
                columns.add(new ArrayList<>());
            }
            int row = columns.get(column).size();
            columns.get(column).add(name);
            places.put(name, new int[] {MARGIN + column * COLUMN, bottom + HEADING + row * ROW});
        }
        places.forEach((name, place) -> {
            boxes.append(
                    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\" fill=\"#eef3fb\" stroke=\"#46a\"/>\n"
                            .formatted(place[0], place[1], BOX_WIDTH, BOX_HEIGHT));
            boxes.append("<text x=\"%d\" y=\"%d\">%s</text>\n"
                    .formatted(place[0] + BOX_WIDTH / 2, place[1] + BOX_HEIGHT / 2 + 5, name));
            for (String used : withoutWhatFollows(graph.get(name), graph)) {
                arrow(places.get(used), place);
            }
        });
        int rows = columns.stream().mapToInt(List::size).max().orElse(0);
        width = Math.max(width, MARGIN + (columns.size() - 1) * COLUMN + BOX_WIDTH);
        bottom += HEADING + rows * ROW + MARGIN;
    }

    private void arrow(int[] from, int[] to) {
        int x = from[0] + BOX_WIDTH;
        int y = from[1] + BOX_HEIGHT / 2;
        int bend = (COLUMN - BOX_WIDTH) * 2 / 3;
        arrows.append(String.format(
                Locale.ROOT,
                "<path d=\"M%d %dC%d %d %d %d %d %d\"/>%n",
                x,
                y,
                x + bend,
                y,
                to[0] - bend,
                to[1] + BOX_HEIGHT / 2,
                to[0],
                to[1] + BOX_HEIGHT / 2));
    }

    /** Returns how many names stand one behind the other below this one. */
    private static int column(String name, Map<String, Set<String>> graph, List<String> path) {
        if (path.contains(name)) {
            throw new IllegalArgumentException("a circle: " + path + " " + name);
        }
        List<String> further = new ArrayList<>(path);
        further.add(name);
        return graph.get(name).stream()
                .mapToInt(used -> 1 + column(used, graph, further))
                .max()
                .orElse(0);
    }

    private static Set<String> withoutWhatFollows(Set<String> used, Map<String, Set<String>> graph) {
        Set<String> direct = new TreeSet<>(used);
        used.forEach(each -> direct.removeAll(reached(each, graph)));
        return direct;
    }

    private static Set<String> reached(String name, Map<String, Set<String>> graph) {
        Set<String> all = new TreeSet<>(graph.get(name));
        graph.get(name).forEach(used -> all.addAll(reached(used, graph)));
        return all;
    }
}
