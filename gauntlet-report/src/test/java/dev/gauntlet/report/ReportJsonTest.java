package dev.gauntlet.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.Completion;
import dev.gauntlet.evaluate.Overstatement;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.shard.GalleryExample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReportJsonTest {
    @TempDir
    Path folder;

    @Test
    void readsBackWhatItWrote() {
        RobustnessReport report = Reports.usual().notice("not the real pets").build();

        assertThat(ReportJson.read(file(ReportJson.toJson(report))))
                .usingRecursiveComparison()
                .isEqualTo(report);
    }

    @Test
    void readsBackAReportWithoutTheOptionalParts() {
        RobustnessReport report =
                Reports.usual().withoutTraining().withoutExhibits().build();

        assertThat(ReportJson.read(file(ReportJson.toJson(report))))
                .usingRecursiveComparison()
                .isEqualTo(report);
    }

    @Test
    void readsARunOfAllExamplesThatTheTimeEndedBeforeSomeAttacks() {
        RobustnessReport report = Reports.usual()
                .probes(new RobustnessReport.Probes(
                        7000,
                        20,
                        Optional.of(new Overstatement(
                                .25,
                                5,
                                0,
                                12,
                                List.of(new Overstatement.Probe("square:queries=5000", 4, 1)),
                                .01,
                                .25))))
                .ending(new Completion(Completion.Reason.TIME_LIMIT, 12, Optional.empty(), "Not counted: square."))
                .build();

        assertThat(ReportJson.read(file(ReportJson.toJson(report))))
                .usingRecursiveComparison()
                .isEqualTo(report);
        assertBroken(ReportJson.toJson(report).replace("\"time-limit\"", "\"gradient-limit\""), "ending.planned is 12");
    }

    @Test
    void keepsEveryBitOfAPixel() {
        RobustnessReport report = Reports.usual().build();
        float[] pixels = {0.1f, 1 / 3f, Float.MIN_VALUE, Math.nextDown(1f), 0f, 1f};
        System.arraycopy(pixels, 0, report.gallery().get(0).clean(), 0, pixels.length);

        GalleryExample read =
                ReportJson.read(file(ReportJson.toJson(report))).gallery().get(0);

        assertThat(read.clean()).containsExactly(pixels);
    }

    @Test
    void pixelsAreLittleEndian() {
        RobustnessReport report = Reports.usual().shape(1, 1, 1).build();
        report.gallery().get(0).clean()[0] = 1f;

        // 1.0f is 3f800000, so its bytes are 00 00 80 3f
        assertThat(ReportJson.toJson(report)).contains("\"clean\": \"AACAPw==\"");
    }

    @Test
    void sameReportGivesSameText() {
        assertThat(ReportJson.toJson(Reports.usual().build()))
                .isEqualTo(ReportJson.toJson(Reports.usual().build()));
    }

    @Test
    void ordersPropertiesAsDeclaredAndMapsByKey() {
        String json = ReportJson.toJson(
                Reports.usual().attacks(Reports.record(Pgd.defaults(), 0)).build());

        assertThat(json).startsWith("{\n  \"schemaVersion\": 10,\n  \"provenance\": {\n    \"version\": \"1.2.3\",\n");
        assertThat(json).endsWith("\n  }\n}\n").doesNotContain("\r");
        assertThat(json).containsSubsequence("\"sha256\": {", "\"a\": ", "\"b\": ", "\"loss\": ", "\"random-start\": ");
        assertThat(json).contains("\n    \"labels\": [0,1,2,0,1,2,0,1,2,0,1,2],\n");
    }

    @Test
    void everythingVolatileIsInTiming() {
        String one = ReportJson.toJson(Reports.usual().build());
        String other = ReportJson.toJson(
                Reports.usual().timing("2027-02-01T00:00:00Z", 0, 99, 16).build());

        assertThat(other).isNotEqualTo(one);
        assertThat(beforeTiming(other)).isEqualTo(beforeTiming(one));
    }

    @Test
    void tenThousandExamplesStaySmall() {
        RobustnessReport report = Reports.usual()
                .examples(10_000)
                .shape(1, 28, 28)
                .epsilons(0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
                .build();

        assertThat(ReportJson.toJson(report).length()).isLessThan(1_000_000);
    }

    @Test
    void ignoresPropertiesOfTheFuture() {
        RobustnessReport report = Reports.usual().build();
        String json = ReportJson.toJson(report)
                .replace("\"provenance\": {", "\"weather\": {\"rain\": [1, {}]}, \"provenance\": {\"mood\": null,");

        assertThat(ReportJson.read(file(json))).usingRecursiveComparison().isEqualTo(report);
    }

    @Test
    void refusesACertificateOfWhatIsBroken() {
        RobustnessReport report =
                Reports.usual().certified(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 1, 2).build();
        String json = ReportJson.toJson(report);
        assertThat(ReportJson.read(file(json))).usingRecursiveComparison().isEqualTo(report);
        assertBroken(
                json.replace("\"certified\": [0,0,", "\"certified\": [0,2,"),
                "certificates.certified[1] is 2, but the example is misclassified at epsilon 0.1");
        assertBroken(
                json.replace("\"inFloat32\": [0,0,", "\"inFloat32\": [0,1,"),
                "certificates.inFloat32[1] is 1, certified is 0");
        assertBroken(
                json.replaceFirst("\"certify\": \\{[^}]*\\},?", ""),
                "certificates is there, but request asks for none");
        assertBroken(
                json.replace("\"radius\": [0.0,0.0,", "\"radius\": [0.0,0.09999995,"),
                "certificates.radius[1] is 0.09999995, but an attack misled the model within it");
        assertBroken(
                json.replace("\"radius\": [0.0,0.0,0.0,0.0,0.1,", "\"radius\": [0.0,0.0,0.0,0.0,0.05,"),
                "certificates.radius[4] is 0.05, by the budgets it is from 0.1 to 0.25");
        assertBroken(json.replace("\"undecided\": 2", "\"undecided\": 3"), "do not make 12 examples");
        assertBroken(json.replace("\"domains\": [", "\"domains\": [7,"), "certificates.domains has 13 entries");
    }

    @Test
    void refusesANewerSchemaBeforeAnythingElse() {
        assertBroken(
                "{\"results\": 5, \"schemaVersion\": 11}",
                "has schema version 11, this Gauntlet knows versions up to 10");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"schemaVersion\": 10 | \"schemaVersion\": 0 | schema version 0",
                "\"schemaVersion\": 10 | \"schemaVersion\": \"1\" | no JSON object with a whole number schemaVersion",
                "\"schemaVersion\": 10 | \"schemaVersion\": 99999999999 | is broken",
                "\"schemaVersion\": 10 | \"schemaVersion\": 9 | has schema version 9, this Gauntlet reads versions from 10 on; repeat the run",
                "\"classes\": 3 | \"classes\": 1 | classes is 1, a classifier has at least 2",
                "\"classes\": 3 | \"classes\": 4 | outcomes.classes is 4, classes has 3 names",
                "\"labels\": [0,1 | \"labels\": [0,3 | labels[1] is 3, there are 3 classes",
                "\"labels\": [0,1 | \"labels\": [0,-1 | labels[1] is -1",
                "\"labels\": [0,1 | \"labels\": [0,1,1 | labels has 13 entries, ids has 12",
                "\"labels\": [0,1 | \"labels\": [0,1.5 | labels",
                "\"labels\": [0,1 | \"labels\": [0,\"1\" | labels",
                "\"labels\": [0,1 | \"labels\": [0,null | labels",
                "\"ids\": [100,101 | \"ids\": [101,101 | ids[1] is 101, ids grow and are at least 0",
                "\"ids\": [100,101 | \"ids\": [100 | labels has 12 entries, ids has 11",
                "[1,1,2, | [1,2, | predictions[0] has 11 entries, ids has 12",
                "[1,1,2, | [1,7,2, | predictions[0][1] is 7, there are 3 classes",
                "[1,1,2, | [1,2,2, | distances[1] is 0.1, it is 0 for what is misclassified when clean",
                "\"successes\": 11 | \"successes\": 12 | results[0].accuracy.successes is 12, by the outcomes it is 11",
                "\"trials\": 12 | \"trials\": 13 | results[0].accuracy.trials is 13, there are 12 examples",
                "\"indicator\": \"zero-gradients\" | \"indicator\": \"bad-omens\" | diagnostics[0].indicator",
                "\"threshold\": 0.05 | \"threshold\": 1e999 | diagnostics[0] (~): value and threshold must be finite, got 0.0 and Infinity",
                "\"rate\": 0.9 | \"rate\": 0.8 | results[0].accuracy.rate",
                "\"epsilon\": 0.0 | \"epsilon\": 0.01 | results[0].epsilon is 0.01, epsilons grow",
                "\"epsilon\": 0.1 | \"epsilon\": 0.3 | results[2].epsilon is 0.25, epsilons grow",
                "\"epsilon\": 0.25 | \"epsilon\": 1.25 | results[2].epsilon: Epsilon 1.25 is outside [0,1]",
                "\"largestDistance\": 0.1 | \"largestDistance\": \"NaN\" | results[1] (~): largestDistance is NaN",
                "\"largestDistance\": 0.1 | \"largestDistance\": NaN | no valid JSON",
                "\"largestDistance\": 0.1 | \"largestDistance\": 1e999 | results[1] (~): largestDistance is Infinity",
                "\"largestDistance\": 0.1 | \"largestDistance\": -0.5 | results[1] (~): largestDistance is -0.5",
                "\"largestDistance\": 0.1 | \"largestDistance\": 0.2 | results[1].largestDistance is 0.2, beyond epsilon 0.1",
                "\"largestDistance\": 0.1 | \"largestDistance\": 0 | results[1].largestDistance is 0.0, but an attack succeeded",
                "[-1,0 | [0 | successfulAttacks[1] has 11 entries, ids has 12",
                "[-1,0 | [-1,1 | outcomes.successfulAttacks[1][1] is 1, there are 1 attacks",
                "[-1,0 | [-1,-2 | successfulAttacks[1][1] is -2, it is -1 or the position of an attack",
                "[-1,0 | [0,0 | successfulAttacks[1][0] is 0, but the example is misclassified when clean",
                "[-1,0 | [-1,-1 | predictions[1][1] is 2, which no attack achieved; when clean it is 1",
                "[-1,-1 | [-1,0 | successfulAttacks[0][1] is 0, but the clean images are not attacked",
                "[1,2,0,1,1 | [1,1,0,1,1 | successfulAttacks[1][1] is 0, but the prediction is the label",
                "\"ids\": [100,101 | \"ids\": [-1,101 | ids[0] is -1, ids grow",
                "[-1,0 | [-1,0],[-1,0 | successfulAttacks has 4 budgets, predictions has 3",
                "\"distances\": [0.0,0.1 | \"distances\": [0.0,-1 | successfulAttacks[1][1] is 0, but distances[1] says that no attack succeeded",
                "\"distances\": [0.0,0.1 | \"distances\": [0.0 | distances has 11 entries, ids has 12",
                "\"distances\": [0.0,0.1 | \"distances\": [0.0,0.2 | outcomes.successfulAttacks[1][1] is 0, but distances[1] is 0.2, beyond epsilon 0.1",
                "\"distances\": [0.0,0.1 | \"distances\": [0.0,0.0 | distances[1] is 0.0, it is 0 for what is misclassified when clean",
                "\"distances\": [0.0,0.1 | \"distances\": [0.1,0.1 | distances[0] is 0.1, it is 0 for what is misclassified when clean",
                "\"distances\": [0.0,0.1 | \"distances\": [0.0,-0.5 | distances[1] is -0.5, it is -1 or a finite number",
                "\"distances\": [0.0,0.1 | \"distances\": [0.0,1e999 | distances[1] is Infinity",
                "\"forwards\": 50 | \"forwards\": 11 | attacks[0] (~): forwards is 11, each of 12 gradients needs one",
                "\"backwards\": 12 | \"backwards\": -1 | attacks[0] (~): backwards is -1",
                "\"zeroGradients\": 1 | \"zeroGradients\": 13 | attacks[0] (~): zeroGradients is 13 of 12 gradients",
                "\"zeroGradients\": 1 | \"zeroGradients\": -1 | attacks[0] (~): zeroGradients is -1",
                "\"norm\": \"linf | \"norm\": \"l3 | request (~): threat.norm: Unknown norm 'l3'; did you mean l2? Known: linf, l2, l1, l0.",
                "\"criterion\": \"misclassified | \"criterion\": \"targeted:3 | plan.criterion: Target 3 is not a class",
                "\"criterion\": \"misclassified | \"criterion\": \"targeted:1 | outcomes.successfulAttacks[1][1] is 0, but class 2 is not what the adversary wants",
                "\"name\": \"fgsm | \"name\": \"autoattack | plan.name is autoattack, but the attacks are not these",
                "\"population\": 12 | \"population\": 11 | plan.population is 11, but there are 12 examples",
                "\"shardSize\": 1000 | \"shardSize\": 0 | plan (~): shardSize is 0",
                "\"meanConfidenceWhenWrong\": 0.8 | \"meanConfidenceWhenWrong\": 1.8 | results[0] (~): meanConfidenceWhenWrong is 1.8",
                "\"distance\": 0.1 | \"distance\": -0.1 | gallery[0] (~): distance is -0.1",
                "\"confidence\": 0.75 | \"confidence\": 1.75 | gallery[0] (~): confidence is 1.75, a share is in [0,1]",
                "\"number\": 2 | \"number\": 1 | model.training (~): epochs[1].number is 1 after 1",
                "\"id\": 101 | \"id\": 11 | gallery[0].id is 11, which is not in outcomes.ids",
                "\"id\": 101 | \"id\": 100 | gallery[0].label is 1, by the outcomes it is 0",
                "\"label\": 1 | \"label\": 2 | gallery[0].label is 2",
                "\"prediction\": 2 | \"prediction\": 1 | gallery[0].prediction is 1",
                "\"clean\": \" | \"clean\": \"! | gallery[0].clean",
                "\"clean\": \" | \"clean\": \"AACAPwAA | gallery[0].clean",
                "\"clean\": \" | \"clean\": \"AACAPwAAAAAAAAAA | gallery[0].clean has 9 pixels, an image of 1x2x3 has 6",
                "\"clean\": \" | \"clean\": [0.5], \"x\": \" | gallery[0].clean",
                "\"height\": 2 | \"height\": 0 | An image shape needs dimensions of at least 1, got 1x0x3",
                "\"height\": 2 | \"tallness\": 2 | is broken at shape.height (line",
                "\"cat\" | null | classes",
                "\"started\": \"2026 | \"started\": \"26 | timing (~): started is not a time",
                "\"workers\": 2 | \"workers\": 0 | timing (~): workers is 0",
                "\"timing\": { | \"timing\": null, \"x\": { | timing",
                "\"timing\": { | \"x\": { | timing",
                "\"testCorrect\": 70 | \"testCorrect\": 170 | model.training.epochs[0] (~): testCorrect is 170 of 100",
                "\"name\": \"mlp\" | \"name\": \"mlp\", \"name\": \"cnn\" | name",
            })
    void namesThePlaceOfWhatIsBroken(String original, String broken, String message) {
        String json = ReportJson.toJson(Reports.usual().build());
        assertThat(json).contains(original);

        // the ~ stands for line and column
        assertBroken(
                json.replaceFirst(Pattern.quote(original), Matcher.quoteReplacement(broken)), message.split("~", -1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "[]",
                "5",
                "\"schemaVersion\"",
                "{}",
                "<html></html>",
                "\u0000\u0001\u0002",
                "{\"schemaVersion\""
            })
    void refusesWhatIsNoReport(String text) {
        assertBroken(text, "report");
    }

    @Test
    void refusesDeepNesting() {
        assertBroken("{\"a\":" + "[".repeat(100_000), "is broken");
    }

    @Test
    void refusesAReportThatWasCutOff() {
        String json = ReportJson.toJson(Reports.usual().build());
        for (int length = 1; length < json.length() - 2; length += 37) {
            assertBroken(json.substring(0, length), "report");
        }
    }

    @Test
    void refusesMoreThanOneDocument() {
        assertBroken(ReportJson.toJson(Reports.usual().build()) + "{}", "is broken");
    }

    @Test
    void neverFailsOtherwiseOnDamagedBytes() throws IOException {
        byte[] json = ReportJson.toJson(Reports.usual().build()).getBytes(StandardCharsets.UTF_8);
        for (int seed = 0; seed < 300; seed++) {
            byte[] damaged = json.clone();
            SplittableRandom random = RandomKey.of(seed).with("damage").generator();
            for (int i = 0; i < 3; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Path file = Files.write(folder.resolve("damaged.json"), damaged);
            try {
                ReportJson.read(file);
            } catch (GauntletException e) {
                assertThat(e.getMessage())
                        .as("seed %s", seed)
                        .contains("damaged.json")
                        .doesNotContain("\n");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Test
    void saysThatThereIsNoFile() {
        assertThatThrownBy(() -> ReportJson.read(folder.resolve("none.json")))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "There is no file %s; name the folder of a report or the report.json in it.",
                        folder.resolve("none.json"));
    }

    @Test
    void readsTheFileInTheFolderOfAReport() throws IOException {
        assertThatThrownBy(() -> ReportJson.read(folder))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith("There is no file %s;", folder.resolve("report.json"));
        RobustnessReport report = Reports.usual().build();
        Files.writeString(folder.resolve("report.json"), ReportJson.toJson(report));
        assertThat(ReportJson.toJson(ReportJson.read(folder))).isEqualTo(ReportJson.toJson(report));
    }

    @Test
    void foreignTextSurvives() {
        String odd = "a \"quoted\" \\ <b> \u0000\u001f \u2028 \ud83d\ude00 é";
        RobustnessReport report = Reports.usual().classes(odd, "dog").build();

        RobustnessReport read = ReportJson.read(file(ReportJson.toJson(report)));

        assertThat(read.classes()).isEqualTo(List.of(odd, "dog"));
        assertThat(read.data()).isInstanceOf(DataOrigin.class);
    }

    @Test
    void refusesAnAccuracyAfterRoundingThatCannotBe() {
        String json = ReportJson.toJson(Reports.usual().build());
        // the second budget: 8 of 12 stand and 3 were broken
        int at = json.indexOf("\"accuracyAfterRounding\"", json.indexOf("\"accuracyAfterRounding\"") + 1);
        String rounded = json.substring(at).replaceFirst("\"successes\": \\d+", "\"successes\": 12");
        assertBroken(json.substring(0, at) + rounded, "results[1].accuracyAfterRounding.successes is 12, but");
    }

    @Test
    void refusesADiagnosticThatIsThereTwice() {
        Diagnostic diagnostic = Diagnostic.measured(WarningSign.FLAT_LOSS, false, 0, 0.05, "None.");
        Reports twice = Reports.usual().diagnostics(diagnostic, diagnostic);
        assertThatThrownBy(twice::build)
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("diagnostics[1].indicator is flat-loss, which is there twice or out of order");
    }

    @Test
    void diagnosticsComeBackAsTheyWere() {
        Diagnostic raised = Diagnostic.measured(WarningSign.BLACK_BOX_WINS, true, 0.25, 0.02, "Many.");
        Diagnostic notMeasured = Diagnostic.notMeasured(WarningSign.PLANTED_MISSED, "No.");
        RobustnessReport report =
                Reports.usual().diagnostics(raised, notMeasured).build();

        RobustnessReport read = ReportJson.read(file(ReportJson.toJson(report)));

        assertThat(read.diagnostics()).containsExactly(raised, notMeasured);
        assertThat(read.trust()).isEqualTo(Trust.SUSPECT);
    }

    private void assertBroken(String json, String... message) {
        Path file = file(json);
        assertThatThrownBy(() -> ReportJson.read(file))
                .isInstanceOf(GauntletException.class)
                .hasMessageContainingAll(message)
                .hasMessageContaining(file.toString())
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    }

    private Path file(String json) {
        try {
            return Files.writeString(folder.resolve("report.json"), json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String beforeTiming(String json) {
        return json.substring(0, json.indexOf("\"timing\""));
    }
}
