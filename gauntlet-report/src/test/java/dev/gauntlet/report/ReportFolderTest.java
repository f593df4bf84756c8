package dev.gauntlet.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.GauntletException;
import dev.gauntlet.evaluate.RobustnessReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFolderTest {
    private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^#\"][^\"]*)\"");

    @TempDir
    Path parent;

    @Test
    void writesEveryFileThatThePageNames() throws IOException {
        Path index = ReportFolder.write(Reports.usual().build(), parent.resolve("report"), false);

        assertThat(index).isEqualTo(parent.resolve("report").resolve("index.html"));
        assertThat(REFERENCE.matcher(Files.readString(index)).results().map(match -> match.group(1)))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(index.resolveSibling(name)).isNotEmptyFile());
        assertThat(contents(parent.resolve("report")).keySet())
                .contains(
                        "index.html",
                        "style.css",
                        "icon.svg",
                        "report.json",
                        "accuracy-by-epsilon.svg",
                        "accuracy-by-epoch.svg",
                        "loss-by-epoch.svg",
                        "images/example-101-clean.png",
                        "images/example-101-epsilon-0.1-change.png",
                        "images/example-101-epsilon-0.25-attacked.png");
        assertThat(entries(parent)).containsExactly("report");
    }

    @Test
    void everyPictureOfTheFolderIsOnThePage() throws IOException {
        Path index = ReportFolder.write(Reports.usual().build(), parent.resolve("report"), false);
        String page = Files.readString(index);

        assertThat(entries(parent.resolve("report/images")))
                // 3 examples at epsilon 0.1 and 6 at 0.25, two pictures each, and 6 clean ones that they share
                .hasSize(2 * 3 + 2 * 6 + 6)
                .allSatisfy(name -> assertThat(page).contains("src=\"images/" + name + "\""));
    }

    @Test
    void rendersTheSameBytesFromTheRecord() throws IOException {
        RobustnessReport report = Reports.usual().notice("<b>read & weep").build();
        ReportFolder.write(report, parent.resolve("one"), false);
        ReportFolder.write(ReportJson.read(parent.resolve("one/report.json")), parent.resolve("two"), false);

        assertThat(contents(parent.resolve("two"))).isEqualTo(contents(parent.resolve("one")));
    }

    @Test
    void rendersTheSameBytesWhateverTheLocale() throws IOException {
        Locale before = Locale.getDefault();
        ReportFolder.write(Reports.usual().build(), parent.resolve("one"), false);
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            ReportFolder.write(Reports.usual().build(), parent.resolve("two"), false);
        } finally {
            Locale.setDefault(before);
        }

        assertThat(contents(parent.resolve("two"))).isEqualTo(contents(parent.resolve("one")));
    }

    @Test
    void refusesAnExistingFolderAndNamesTheWayOut() throws IOException {
        Path folder = Files.createDirectory(parent.resolve("report"));

        assertRefused(
                folder,
                false,
                "The folder %s already exists; choose another folder, or force its replacement.".formatted(folder));
        assertThat(entries(parent)).containsExactly("report");
        assertThat(entries(folder)).isEmpty();
    }

    @Test
    void forceReplacesAnEmptyFolder() throws IOException {
        Path folder = Files.createDirectory(parent.resolve("report"));

        ReportFolder.write(Reports.usual().build(), folder, true);

        assertThat(folder.resolve("index.html")).isNotEmptyFile();
        assertThat(entries(parent)).containsExactly("report");
    }

    @Test
    void forceReplacesAReportCompletely() throws IOException {
        Path folder = parent.resolve("report");
        ReportFolder.write(Reports.usual().build(), folder, false);
        ReportFolder.write(Reports.usual().withoutExhibits().withoutTraining().build(), folder, true);

        assertThat(entries(folder))
                .containsExactly(
                        "accuracy-by-epsilon.svg",
                        "examples.html",
                        "icon.svg",
                        "index.html",
                        "report.json",
                        "sort.js",
                        "style.css");
        assertThat(entries(parent)).containsExactly("report");
    }

    @Test
    void forceNeverReplacesAnythingElse() throws IOException {
        Path home = Files.createDirectory(parent.resolve("home"));
        Files.writeString(home.resolve("thesis.txt"), "years of work");
        Files.writeString(home.resolve("index.html"), "my page");

        assertRefused(home, true, "does not contain a report");
        assertThat(home.resolve("thesis.txt")).hasContent("years of work");
        assertThat(entries(parent)).containsExactly("home");
    }

    @Test
    void refusesAFileInPlaceOfTheFolder() throws IOException {
        Path file = Files.writeString(parent.resolve("report"), "a file");

        assertRefused(file, true, "exists and is not a directory");
        assertThat(file).hasContent("a file");
    }

    @Test
    void refusesAFileAboveTheFolder() throws IOException {
        Files.writeString(parent.resolve("file"), "a file");

        assertRefused(parent.resolve("file/deeper/report"), false, "is not a directory; choose another folder");
    }

    @Test
    void refusesTheRootOfTheFileSystem() {
        assertRefused(parent.getRoot(), true, "");
    }

    @Test
    void refusesAFolderThatCannotBeWritten() {
        Path readOnly = Path.of("/proc");
        assumeTrue(Files.isDirectory(readOnly), "this system has no /proc, the folder that nobody can write to");

        assertRefused(readOnly.resolve("report"), false, "The report cannot be written to /proc/report: ");
    }

    @Test
    void leavesNothingBehindWhenAFileCannotBeWritten() throws IOException {
        SortedMap<String, byte[]> files = new TreeMap<>();
        files.put("first.txt", new byte[1000]);
        files.put("images/" + "x".repeat(300), new byte[1]);
        Path folder = parent.resolve("new/parents/report");

        assertThatThrownBy(() -> new StagedFolder(folder, false).write(files, staged -> {}))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("The report cannot be written to " + folder)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
        assertThat(entries(parent)).isEmpty();
    }

    @Test
    void putsWhatIsAddedBesideTheReport() throws IOException {
        Path folder = parent.resolve("report");

        ReportFolder.write(
                Reports.usual().build(),
                Optional.empty(),
                folder,
                false,
                staged -> Files.writeString(staged.resolve("more.txt"), "more"));

        assertThat(folder.resolve("more.txt")).hasContent("more");
        assertThat(folder.resolve("report.json")).isRegularFile();
    }

    @Test
    void writesNothingWhenTheAdditionCannotBeWritten() throws IOException {
        assertThatThrownBy(() -> ReportFolder.write(
                        Reports.usual().build(), Optional.empty(), parent.resolve("report"), false, staged -> {
                            throw new IOException("no space");
                        }))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("no space");
        assertThat(entries(parent)).isEmpty();
    }

    @Test
    void keepsTheOldReportWhenTheNewOneCannotBeWritten() throws IOException {
        Path folder = parent.resolve("report");
        ReportFolder.write(Reports.usual().build(), folder, false);
        Map<String, String> before = contents(folder);

        assertThatThrownBy(() ->
                        new StagedFolder(folder, true).write(Map.of("x".repeat(300), new byte[1]), staged -> {}))
                .isInstanceOf(GauntletException.class);
        assertThat(contents(folder)).isEqualTo(before);
        assertThat(entries(parent)).containsExactly("report");
    }

    @Test
    void createsTheFoldersAbove() throws IOException {
        ReportFolder.write(Reports.usual().build(), parent.resolve("runs/today/report"), false);

        assertThat(parent.resolve("runs/today/report/index.html")).isNotEmptyFile();
        assertThat(entries(parent.resolve("runs/today"))).containsExactly("report");
    }

    @Test
    void replacesTheTargetOfALink() throws IOException {
        Path target = Files.createDirectory(parent.resolve("target"));
        Path link = Files.createSymbolicLink(parent.resolve("link"), target);

        ReportFolder.write(Reports.usual().build(), link, true);

        assertThat(link).isSymbolicLink();
        assertThat(target.resolve("index.html")).isNotEmptyFile();
    }

    @Test
    void askingEarlyLeavesNoTrace() throws IOException {
        ReportFolder.requireWritable(parent.resolve("runs/today"), false);

        assertThat(entries(parent)).isEmpty();
    }

    private static void assertRefused(Path folder, boolean force, String message) {
        assertThatThrownBy(() -> ReportFolder.requireWritable(folder, force))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
        assertThatThrownBy(() -> ReportFolder.write(Reports.usual().build(), folder, force))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(message);
    }

    private static SortedMap<String, String> contents(Path folder) throws IOException {
        SortedMap<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(
                        folder.relativize(file).toString().replace('\\', '/'),
                        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return contents;
    }

    private static Stream<String> entries(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList().stream();
        }
    }
}
