package dev.gauntlet.report;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.RobustnessReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Writes a report as a folder of plain files: a page with its style, plots and images, and the JSON record.
 *
 * <p>The page needs no scripts and no network, and works under the content security policy
 * {@code default-src 'none'; style-src 'self'; img-src 'self'}. A second page has the examples, up to 20,000, in a table, which can be
 * sorted where scripts are allowed. The same report always gives the same bytes.
 *
 * <p>Example: {@code ReportFolder.write(report, Path.of("runs/demo"), false)}; to render a record again,
 * {@code ReportFolder.write(ReportJson.read(Path.of("report.json")), Path.of("again"), false)}.
 */
public final class ReportFolder {
    /** The name of the page. */
    static final String INDEX = "index.html";

    /** The name of the page with all examples. */
    static final String EXAMPLES = "examples.html";

    private static final String SORT = "sort.js";

    /** The name of the record. */
    static final String JSON = "report.json";

    private ReportFolder() {}

    /** Writes additional files into the folder of the report. */
    @FunctionalInterface
    public interface Addition {
        /**
         * Writes it.
         *
         * @param folder the temporary folder, before it is moved into place
         * @throws IOException if they cannot be written; then the report is not written either
         */
        void writeInto(Path folder) throws IOException;
    }

    /**
     * Checks before a long run that {@link #write} would accept the folder; changes nothing.
     *
     * @param folder the folder of the report
     * @param force whether an existing report, or an empty folder, may be replaced
     * @throws GauntletException if the folder exists and may not be replaced, there is no permission to write, or the disk
     *     is full
     */
    public static void requireWritable(Path folder, boolean force) {
        StagedFolder place = new StagedFolder(folder, force);
        place.requireWritable();
        place.requireRoom();
    }

    /**
     * Writes the folder, completely or not at all.
     *
     * @param report the report
     * @param folder the folder of the report; missing parent folders are created
     * @param force whether an existing report, or an empty folder, may be replaced
     * @return the page, {@code index.html} in the folder
     * @throws GauntletException if the report is inconsistent, the folder exists and may not be replaced, or it
     *     cannot be written
     */
    public static Path write(RobustnessReport report, Path folder, boolean force) {
        return write(report, Optional.empty(), folder, force, staged -> {});
    }

    /**
     * Writes the folder with additional files of the caller, completely or not at all.
     *
     * @param report the report
     * @param baseline the report to compare with, of an older version or another model
     * @param folder the folder of the report; missing parent folders are created
     * @param force whether an existing report, or an empty folder, may be replaced
     * @param addition writes additional files, such as the weights of the model
     * @return the page, {@code index.html} in the folder
     * @throws GauntletException if the report is inconsistent or is not comparable with the baseline, the folder exists
     *     and may not be replaced, or it cannot be written
     */
    public static Path write(
            RobustnessReport report,
            Optional<RobustnessReport> baseline,
            Path folder,
            boolean force,
            Addition addition) {
        new StagedFolder(folder, force).write(files(report, baseline), addition);
        return folder.resolve(INDEX);
    }

    /** Renders all files of the folder, by path. */
    static Map<String, byte[]> files(RobustnessReport report) {
        return files(report, Optional.empty());
    }

    static Map<String, byte[]> files(RobustnessReport report, Optional<RobustnessReport> baseline) {
        Map<String, byte[]> files = ofPage(report, baseline);
        files.put(
                EXAMPLES,
                utf8(new StaticTemplates().examples(ExamplesPage.of(report)).render()));
        files.put(SORT, resource(SORT));
        return files;
    }

    /** Renders the page of the report and what it consists of, without the page of all examples. */
    static Map<String, byte[]> ofPage(RobustnessReport report, Optional<RobustnessReport> baseline) {
        Map<String, byte[]> files = new TreeMap<>();
        files.put(JSON, utf8(ReportJson.toJson(report)));
        Page page = new PageBuilder(report, baseline).page();
        Templates templates = new StaticTemplates();
        files.put(INDEX, utf8(templates.page(page).render()));
        for (Chart chart : page.charts()) {
            files.put(chart.file(), utf8(templates.chart(chart).render()));
        }
        for (String resource : new String[] {"style.css", "icon.svg"}) {
            files.put(resource, resource(resource));
        }
        files.putAll(Gallery.pictures(report));
        baseline.ifPresent(other -> files.putAll(Gallery.picturesOfBaseline(other, report)));
        return files;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns a text that lies next to this class. */
    static String text(String name) {
        return new String(resource(name), StandardCharsets.UTF_8);
    }

    private static byte[] resource(String name) {
        try (InputStream in = ReportFolder.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing next to " + ReportFolder.class);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
