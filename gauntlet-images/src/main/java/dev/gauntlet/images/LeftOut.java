package dev.gauntlet.images;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The skipped files and folders of an image directory, counted by kind. */
final class LeftOut {
    private static final String UNREADABLE = "that cannot be read";
    private static final String FOLDER = "folder";

    private static final int LONGEST_ENDING = 10;

    private final Path root;
    private final Map<String, Integer> counts = new TreeMap<>();
    private final Map<String, String> first = new TreeMap<>();

    LeftOut(Path root) {
        this.root = root;
    }

    boolean isEmpty() {
        return counts.isEmpty();
    }

    /** Counts a file by its extension. */
    void file(Path file) {
        String name = String.valueOf(file.getFileName());
        String ending = name.substring(Math.max(0, name.lastIndexOf('.'))).toLowerCase(Locale.ROOT);
        boolean plain = ending.matches("\\.[\\p{L}\\p{N}_-]+") && ending.length() <= LONGEST_ENDING;
        add(plain ? ending : "without a common extension", file, "");
    }

    /** Counts a folder where a file was expected. */
    void folder(Path folder) {
        add(FOLDER, folder, "");
    }

    /** Counts a file that is named like an image but cannot be read as one. */
    void unreadable(Path file, String reason) {
        add(UNREADABLE, file, ": " + reason);
    }

    private void add(String kind, Path file, String reason) {
        counts.merge(kind, 1, Integer::sum);
        first.putIfAbsent(kind, root.relativize(file).toString().replaceAll("\\p{Cntrl}", " ") + reason);
    }

    /** Lists them for a message. */
    @Override
    public String toString() {
        List<String> kinds = new ArrayList<>();
        counts.forEach((kind, count) -> kinds.add("%,d %s (%s%s)"
                .formatted(
                        count,
                        kind.equals(FOLDER)
                                ? count == 1 ? "folder" : "folders"
                                : (count == 1 ? "file " : "files ") + kind,
                        count == 1 ? "" : "such as ",
                        first.get(kind))));
        return String.join(", ", kinds);
    }
}
