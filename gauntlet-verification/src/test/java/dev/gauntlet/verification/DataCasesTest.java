package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.cli.Gauntlet;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.ReportJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Data as people have it, with the values that are known of it.
 *
 * <p>{@code GAUNTLET_CASES} names a folder with a folder for each case: small models and data, made by the script beside
 * them, and what is to come out.
 */
class DataCasesTest {
    @TempDir
    private Path folder;

    private StringWriter out;
    private StringWriter err;

    @BeforeEach
    void listen() {
        out = new StringWriter();
        err = new StringWriter();
    }

    private static Path folder(String name) {
        return Cases.folder(name);
    }

    private int run(String... arguments) {
        listen();
        return Gauntlet.run(
                Map.of("XDG_CACHE_HOME", folder.toString()), new PrintWriter(out), new PrintWriter(err), arguments);
    }

    private String everything() {
        return out.toString() + err;
    }

    /** Evaluates with a small budget, and returns the record. */
    private RobustnessReport evaluate(Path model, Path data, String... more) {
        Path report = folder.resolve("report");
        String[] all = Stream.concat(
                        Stream.of(
                                "evaluate",
                                model.toString(),
                                "--data",
                                data.toString(),
                                "--force",
                                "--out",
                                report.toString()),
                        Stream.concat(
                                Stream.of(more),
                                List.of(more).contains("--epsilon") ? Stream.of() : Stream.of("--epsilon", "0.05")))
                .toArray(String[]::new);
        assertThat(run(all)).as(everything()).isZero();
        return ReportJson.read(report.resolve("report.json"));
    }

    private void assertInspected(Path model, Path data, double accuracy, int images, String... more) {
        String[] all = Stream.concat(Stream.of("inspect", model.toString(), "--data", data.toString()), Stream.of(more))
                .toArray(String[]::new);
        assertThat(run(all)).as(everything()).isZero();
        assertThat(out.toString()).contains("Accuracy   %.1f %% of %d images".formatted(accuracy, images));
    }

    private static void assertAccuracy(RobustnessReport report, int correct, int of) {
        assertThat(report.results().get(0).accuracy().successes()).isEqualTo(correct);
        assertThat(report.results().get(0).accuracy().trials()).isEqualTo(of);
    }

    @Test
    void labelsThatAreSomeOfTheModelsClasses() {
        Path files = folder("02-classes-counted-from-labels");

        RobustnessReport report = evaluate(files.resolve("k1000.onnx"), files.resolve("subset.npz"));

        assertAccuracy(report, 20, 20);
        assertThat(report.classes()).hasSize(1000).endsWith("998", "999");
        assertThat(report.data().notice().orElseThrow()).contains("classes, but the model has 1,000");
        assertThat(err.toString()).contains("classes, but the model has 1,000");
    }

    @Test
    void foldersThatAreSomeOfTheModelsClasses() {
        Path files = folder("02-classes-counted-from-labels");
        Path model = files.resolve("cols4.onnx");
        Path data = files.resolve("pictures");

        assertThat(run("inspect", model.toString(), "--data", data.toString(), "--channels", "1"))
                .as(everything())
                .isZero();
        assertThat(out.toString()).doesNotContain("Accuracy");
        assertThat(err.toString()).contains("The data has 3 classes, but the model has 4");
        assertThat(run("evaluate", model.toString(), "--data", data.toString(), "--channels", "1"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("The data has 3 classes, but the model has 4")
                .contains("--classes");
        for (String classes : List.of("a,b,c,d", "a=0,c=2,d=3")) {
            assertInspected(model, data, 100, 18, "--channels", "1", "--classes", classes);
            RobustnessReport report = evaluate(model, data, "--channels", "1", "--classes", classes);
            assertAccuracy(report, 18, 18);
            assertThat(report.classes()).hasSize(4).startsWith("a").endsWith("c", "d");
        }
    }

    @Test
    void imagesInTiffAreRead() {
        Path files = folder("03-pictures-dropped-silently");

        RobustnessReport report = evaluate(files.resolve("cols3.onnx"), files.resolve("pictures"), "--channels", "1");

        assertAccuracy(report, 30, 30);
        assertThat(report.data().notice()).isEmpty();
    }

    @Test
    void imagesAreReadInGreyForAModelOfOneChannel() {
        Path files = folder("03-pictures-dropped-silently");

        RobustnessReport report = evaluate(files.resolve("cols3.onnx"), files.resolve("pictures"));

        assertAccuracy(report, 30, 30);
        assertThat(report.data().notice())
                .contains("The images were read in grayscale, as the model takes one channel.");
    }

    @Test
    void whatIsNotReadIsSaidEverywhereOrRefused() throws IOException {
        Path files = folder("03-pictures-dropped-silently");
        Path copy = folder.resolve("pictures");
        try (Stream<Path> all = Files.walk(files.resolve("pictures"))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(
                        files.resolve("pictures").relativize(file).toString().replace(".tif", ".heic"));
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }

        RobustnessReport report = evaluate(files.resolve("cols3.onnx"), copy, "--channels", "1");

        assertAccuracy(report, 20, 20);
        String notice = "Skipped: 10 files .heic (such as %s). No images are in the class folder 2."
                .formatted(Path.of("2", "11.heic"));
        assertThat(report.data().notice().orElseThrow()).contains(notice);
        assertThat(err.toString()).contains(notice);
        assertThat(folder.resolve("report/index.html")).content().contains("Skipped: 10 files .heic");
        assertThat(run(
                        "evaluate",
                        files.resolve("cols3.onnx").toString(),
                        "--data",
                        copy.toString(),
                        "--channels",
                        "1",
                        "--strict"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("10 files .heic");
    }

    @Test
    void foldersAreTheClassesOfTheirNumbers() {
        Path files = folder("04-order-of-class-folders");
        Path model = files.resolve("cols12.onnx");
        Path data = files.resolve("pictures");

        assertInspected(model, data, 100, 48, "--channels", "1");
        RobustnessReport report = evaluate(model, data, "--channels", "1");

        assertAccuracy(report, 48, 48);
        assertThat(report.data().notice().orElseThrow())
                .contains("named by numbers")
                .contains("alphabetical order");
        assertThat(err.toString()).contains("named by numbers");
        assertInspected(model, data, 100, 48, "--channels", "1", "--classes", "0,1,2,3,4,5,6,7,8,9,10,11");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void anOrderThatDoesNotFitIsSuspected() {
        Path files = folder("04-order-of-class-folders");

        assertInspected(
                files.resolve("cols12.onnx"),
                files.resolve("pictures"),
                100 * 8 / 48.0,
                48,
                "--channels",
                "1",
                "--classes",
                "0,1,10,11,2,3,4,5,6,7,8,9");

        assertThat(err.toString())
                .contains(
                        "It classifies 16.7 % of the images correctly, but 100.0 % if the classes are in another order: 0,1,2,3,4,5,6,7,8,9,10,11;");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            plain     |
            names     | The labels are text and were numbered in alphabetical order: 0 is setosa, 1 is versicolor, 2 is virginica.
            quoted    |
            bytes     | they were read as bytes and divided by 255
            semicolon | The separator is ';'.
            index     | The row numbers in column 1 were skipped.
            """)
    void csv(String name, String notice) {
        Path files = folder("17-csv-as-people-have-it");
        Path data = files.resolve(name + ".csv");
        // the first of the 30 labels was set to 2, whatever the model says
        double accuracy = clean(files.resolve("flat.onnx"), files.resolve("plain.csv"));

        RobustnessReport report = evaluate(files.resolve("flat.onnx"), data);

        assertThat(report.results().get(0).accuracy().rate())
                .isEqualTo(accuracy)
                .isGreaterThan(0.95);
        assertThat(report.results().get(0).accuracy().trials()).isEqualTo(30);
        assertThat(report.data().notice().orElse("")).contains(notice == null ? "" : notice);
        assertThat(report.data().notice().isPresent()).isEqualTo(notice != null);
        assertThat(err.toString()).contains(notice == null ? "" : notice);
        assertThat(everything().lines().mapToInt(String::length).max().orElse(0))
                .isLessThan(400);
    }

    private double clean(Path model, Path data) {
        return evaluate(model, data).results().get(0).accuracy().rate();
    }

    @Test
    void csvWithNamedClassesAndTheLabelLast() {
        Path files = folder("17-csv-as-people-have-it");
        Path model = files.resolve("flat.onnx");
        double accuracy = clean(model, files.resolve("plain.csv"));

        RobustnessReport named =
                evaluate(model, files.resolve("names.csv"), "--classes", "setosa,versicolor,virginica");
        assertThat(named.results().get(0).accuracy().rate()).isEqualTo(accuracy);
        assertThat(named.classes()).containsExactly("setosa", "versicolor", "virginica");
        assertThat(named.data().notice()).isEmpty();
        RobustnessReport last = evaluate(model, files.resolve("last.csv"), "--label-column", "last");
        assertThat(last.results().get(0).accuracy().rate()).isEqualTo(accuracy);
        assertThat(run(
                        "inspect",
                        model.toString(),
                        "--data",
                        files.resolve("last.csv").toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .hasLineCount(1)
                .contains("the label '0.200000' in column 1 is not an integer, but '2' in the last column is")
                .endsWith("The option is --label-column." + System.lineSeparator())
                .hasSizeLessThan(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"onehot", "float_labels", "uint64_labels", "rounding", "rounding_below", "float16"})
    void arrays(String name) {
        Path files = folder("18-arrays-as-people-have-them");

        RobustnessReport report = evaluate(files.resolve("m.onnx"), files.resolve(name + ".npz"));

        // the first label was set to 2, which may or may not be the model's answer; the others are its answers
        assertThat(report.results().get(0).accuracy().trials()).isEqualTo(30);
        assertThat(report.results().get(0).accuracy().successes()).isGreaterThanOrEqualTo(29);
        if (name.startsWith("rounding")) {
            assertThat(report.data().notice()).contains("1 pixel was outside [0,1] by at most 0.000001 and clipped.");
            assertThat(err.toString()).contains("1 pixel was outside [0,1]");
        } else {
            assertThat(report.data().notice()).isEmpty();
        }
    }

    @Test
    void arraysOfText() {
        Path files = folder("18-arrays-as-people-have-them");
        Path data = files.resolve("string_labels.npz");

        RobustnessReport alphabetical = evaluate(files.resolve("m.onnx"), data);
        assertThat(alphabetical.results().get(0).accuracy().successes()).isGreaterThanOrEqualTo(29);
        assertThat(alphabetical.classes()).containsExactly("a", "b", "c");
        assertThat(err.toString()).contains("numbered in alphabetical order: 0 is a, 1 is b, 2 is c.");
        RobustnessReport given = evaluate(files.resolve("m.onnx"), data, "--classes", "a,b,c");
        assertThat(given.results().get(0).accuracy().successes()).isGreaterThanOrEqualTo(29);
        assertThat(given.data().notice()).isEmpty();
    }

    @Test
    void arraysOfBooleans() {
        Path files = folder("18-arrays-as-people-have-them");

        // false is class 0 and true is class 1; so images of class 2 count as wrong
        RobustnessReport labels = evaluate(files.resolve("m.onnx"), files.resolve("bool_labels.npz"));
        assertThat(labels.results().get(0).accuracy().trials()).isEqualTo(30);
        assertThat(labels.outcomes().columns().labels()).containsOnly(0, 1);
        assertThat(labels.classes()).containsExactly("0", "1", "2");
        RobustnessReport pixels = evaluate(files.resolve("m.onnx"), files.resolve("bool_pixels.npz"));
        assertThat(pixels.results().get(0).accuracy().trials()).isEqualTo(30);
        assertThat(pixels.data().notice()).isEmpty();
    }

    @Test
    void moreThanThereIsIsSaid() {
        Path files = folder("18-arrays-as-people-have-them");

        evaluate(
                files.resolve("m.onnx"),
                files.resolve("onehot.npz"),
                "--examples",
                "500",
                "--workers",
                "100000",
                "--epsilon",
                "0.1,0.05,0.1");

        assertThat(err.toString())
                .contains("500 examples were requested, but the data has only 30; all of them are used.")
                .contains("100,000 workers were requested, but the evaluation has only 2 parts")
                .contains("The epsilon 0.1 is named more than once; it is tried once.");
    }
}
