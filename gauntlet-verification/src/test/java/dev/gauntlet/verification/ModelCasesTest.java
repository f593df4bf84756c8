package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.RobustnessReport;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models as people have them, with the values that are exact for these linear ones. */
class ModelCasesTest {
    @TempDir
    private Path place;

    private RobustnessReport evaluate(Path folder, String model, String... more) {
        return Cases.evaluate(place, folder.resolve(model), folder.resolve("data.npz"), more);
    }

    private static int correct(RobustnessReport report, int budget) {
        return report.results().get(budget).accuracy().successes();
    }

    private static String notices(RobustnessReport report) {
        return String.join(" ", report.model().notices());
    }

    @Test
    void aModelThatWantsBytesIsNeverTrustworthy() {
        Path folder = Cases.folder("05-fed-wrongly-but-trustworthy");

        RobustnessReport wrong =
                evaluate(folder, "bytes_as_floats.onnx", "--epsilon", "0.02", "--attack", "apgd", "--attack", "apgd-t");
        RobustnessReport right = evaluate(
                folder,
                "bytes_as_floats.onnx",
                "--epsilon",
                "0.02",
                "--attack",
                "apgd",
                "--attack",
                "apgd-t",
                "--input-max",
                "255");

        assertThat(correct(wrong, 0)).isEqualTo(49);
        assertThat(wrong.trust()).isGreaterThanOrEqualTo(Trust.SUSPECT);
        assertThat(wrong.diagnostics())
                .filteredOn(diagnostic -> diagnostic.indicator() == WarningSign.FED_WRONGLY)
                .singleElement()
                .satisfies(fed -> {
                    assertThat(fed.raised()).isTrue();
                    assertThat(fed.finding()).contains("24.5 %").contains("100.0 % with pixels from 0 to 255");
                });
        assertThat(correct(right, 0)).isEqualTo(200);
        assertThat(right.diagnostics())
                .filteredOn(diagnostic -> diagnostic.indicator() == WarningSign.FED_WRONGLY)
                .noneMatch(Diagnostic::raised);
    }

    @Test
    void aModelOfBytesIsGivenBytes() {
        Path folder = Cases.folder("05-fed-wrongly-but-trustworthy");
        String[] square = {"--epsilon", "0.02", "--attack", "square:queries=100"};

        RobustnessReport report = evaluate(folder, "uint8.onnx", square);

        assertThat(correct(report, 0)).isEqualTo(200);
        assertThat(report.model().contract().inputMax()).isEqualTo(255);
        assertThat(report.trust()).isEqualTo(Trust.LIMITED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"logits.onnx", "sigmoid.onnx"})
    void aSigmoidOfEachOutputIsCutOff(String model) {
        RobustnessReport report = evaluate(
                Cases.folder("06-sigmoid-at-the-end"),
                model,
                "--epsilon",
                "0.01",
                "--attack",
                "apgd",
                "--attack",
                "apgd-t");

        assertThat(correct(report, 0)).isEqualTo(200);
        assertThat(correct(report, 1)).isEqualTo(102);
        assertThat(notices(report).contains("ends in a sigmoid")).isEqualTo(model.equals("sigmoid.onnx"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"last", "identity", "flatten", "cast", "clip", "byhand"})
    void aSoftmaxAnywhereInTheTailIsCutOff(String model) {
        RobustnessReport report = evaluate(
                Cases.folder("07-softmax-not-the-last-node"),
                model + ".onnx",
                "--epsilon",
                "0.01",
                "--attack",
                "pgd:steps=100");

        assertThat(correct(report, 0)).isEqualTo(200);
        assertThat(correct(report, 1)).isEqualTo(102);
        assertThat(notices(report)).contains("ends in a softmax");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sigmoid1.onnx", "logit1.onnx", "sigmoid0.onnx", "sigmoid1.pt"})
    void oneOutputIsTwoClasses(String model) {
        RobustnessReport report =
                evaluate(Cases.folder("08-one-output-for-two-classes"), model, "--epsilon", "0.02", "--attack", "pgd");

        assertThat(correct(report, 0)).isEqualTo(194);
        assertThat(correct(report, 1)).isEqualTo(111);
        assertThat(notices(report)).contains("binary classifier");
    }

    @ParameterizedTest
    @ValueSource(strings = {"matrix.onnx", "zipmap.onnx", "zipmap_strings.onnx"})
    void dictionariesAroundTheOutputsChangeNothing(String model) {
        RobustnessReport report = evaluate(
                Cases.folder("09-zipmap-of-sklearn-and-lightgbm"),
                model,
                "--black-box",
                "--epsilon",
                "0.1",
                "--attack",
                "square:queries=300");

        assertThat(correct(report, 0)).isEqualTo(60);
        // exact is 48; no attack finds more, and this one nearly as much
        assertThat(correct(report, 1)).isEqualTo(51);
        assertThat(report.trust()).isEqualTo(Trust.LIMITED);
    }

    @Test
    void theClassAloneIsEnoughForAttacksThatHearNoMore() {
        Path folder = Cases.folder("10-model-that-gives-only-the-class");
        String[] attack = {"--black-box", "--attack", "hop-skip-jump", "--norm", "l2", "--epsilon", "0.05"};

        RobustnessReport logits = evaluate(folder, "logits.onnx", attack);
        RobustnessReport label = evaluate(folder, "label.onnx", attack);

        assertThat(label.outcomes().columns().successfulAttacks()[1])
                .isEqualTo(logits.outcomes().columns().successfulAttacks()[1]);
        assertThat(label.outcomes().columns().distances())
                .isEqualTo(logits.outcomes().columns().distances());
    }

    @ParameterizedTest
    @CsvSource({"square, --black-box", "pgd, --force"})
    void attacksThatNeedMoreThanTheClassAreRefusedByName(String attack, String option) {
        Path folder = Cases.folder("10-model-that-gives-only-the-class");

        Cases.Run refused = Cases.run(
                place,
                "evaluate",
                folder.resolve("label.onnx").toString(),
                "--data",
                folder.resolve("data.npz").toString(),
                "--epsilon",
                "0.05",
                "--attack",
                attack,
                option,
                "--out",
                place.resolve("none").toString());

        assertThat(refused.exitCode()).as(refused.everything()).isEqualTo(2);
        assertThat(refused.err()).contains("hop-skip-jump").contains("predicted class");
        assertThat(refused.err().lines().filter(line -> line.startsWith("gauntlet: ")))
                .hasSize(1);
    }

    @Test
    void sixteenBitsInsideAreComputedInThirtyTwo() {
        Path folder = Cases.folder("12-sixteen-bit-floats-inside");

        for (String model : new String[] {"keep_io.onnx", "half.onnx"}) {
            RobustnessReport report = evaluate(folder, model, "--epsilon", "0.01", "--attack", "pgd");

            assertThat(correct(report, 0)).isEqualTo(40);
            assertThat(report.attacks().get(0).backwards()).isPositive();
            assertThat(report.model().crossChecks())
                    .allSatisfy(check -> assertThat(check.largestDifference()).isLessThan(0.01));
        }
        RobustnessReport blackBox =
                evaluate(folder, "half.onnx", "--black-box", "--epsilon", "0.01", "--attack", "square:queries=50");
        assertThat(correct(blackBox, 0)).isEqualTo(40);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fixed_inside.onnx", "fixed_inside.pt"})
    void whatWorksForOneImageIsAskedForOneAtATime(String model) {
        RobustnessReport report =
                evaluate(Cases.folder("14-works-for-one-image-only"), model, "--epsilon", "0.01", "--attack", "pgd");

        assertThat(correct(report, 0)).isEqualTo(30);
        assertThat(notices(report)).contains("one image at a time");
    }

    @ParameterizedTest
    @CsvSource({
        "column.onnx,    image.npz",
        "column.onnx,    flat.npz",
        "vector.onnx,    flat.npz",
        "one_image.onnx, image.npz",
        "image.onnx,     flat.npz",
        "image.onnx,     flat.csv",
    })
    void theSameNumbersInAnotherShapeAreLaidOutAsTheModelSays(String model, String data) {
        Path folder = Cases.folder("16-flat-and-unbatched-shapes");

        RobustnessReport report = Cases.evaluate(
                place, folder.resolve(model), folder.resolve(data), "--epsilon", "0.01", "--attack", "pgd");

        assertThat(correct(report, 0)).isEqualTo(30);
        if (model.equals("image.onnx")) {
            assertThat(report.shape()).hasToString("1x8x8");
        }
    }
}
