package dev.gauntlet.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.gauntlet.attack.Apgd;
import dev.gauntlet.attack.ApgdTargeted;
import dev.gauntlet.attack.FabTargeted;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.Completion;
import dev.gauntlet.evaluate.Overstatement;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.report.Page.BudgetRow;
import dev.gauntlet.report.Page.Confusion;
import dev.gauntlet.report.Page.ConfusionPair;
import dev.gauntlet.report.Page.KeyFigure;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;

class PageTest {
    private static final String ATTACK =
            "<script>alert('x')</script>\"><img src=x onerror=alert(1)>&amp;\u0000\u0007\u202e";

    @Test
    void saysTheResultInOneSentence() {
        // of 12 examples one is wrong when clean, 4 at epsilon 0.1 and 7 at epsilon 0.25
        assertThat(page(Reports.usual()).headline()).isEqualTo("41.7\u00a0% robust at epsilon\u00a00.25");
        assertThat(page(Reports.usual()).summary())
                .isEqualTo(
                        "91.7\u00a0% of clean images are classified correctly, and 41.7\u00a0% under FGSM with changes of at most 0.25 per pixel (95\u00a0% interval 19.3–68.0\u00a0%).");
        assertThat(page(Reports.usual().epsilons(0.0)).headline()).isEqualTo("91.7\u00a0% correct on clean images");
        assertThat(page(Reports.usual().epsilons(0.0)).summary())
                .isEqualTo("91.7\u00a0% of clean images are classified correctly.");
    }

    @Test
    void showsTheOverstatementBesideTheVerdict() {
        Page page = page(Reports.usual()
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
                                .25)))));
        assertThat(page.assessment().meaning())
                .endsWith(". Stronger attacks would lower the robust accuracy by 1.0 to 25.0 points (95 %).");
        assertThat(page.keyFigures())
                .filteredOn(figure -> figure.name().equals("overstatement of the accuracy under attack"))
                .singleElement()
                .satisfies(figure -> {
                    assertThat(figure.value()).isEqualTo("1.0 to 25.0 points");
                    assertThat(figure.detail()).isEqualTo("4 of 5\u00a0robust images probed");
                    assertThat(figure.alarming()).isTrue();
                });
    }

    @Test
    void saysFromBothSidesHowRobustTheModelIs() {
        Reports certified = Reports.usual().certified(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 1, 2);
        Page page = page(certified);
        assertThat(page.headline()).isEqualTo("25.0\u00a0% to 41.7\u00a0% robust at epsilon\u00a00.25");
        assertThat(page.summary())
                .isEqualTo(
                        "The robust accuracy at epsilon\u00a00.25 is between 25.0\u00a0% (proved) and 41.7\u00a0% (attacked); 95\u00a0% interval 5.5–72.3\u00a0%.");
        assertThat(page.proofs().orElseThrow().rows())
                .extracting(
                        Page.ProofRow::epsilon,
                        Page.ProofRow::certified,
                        Page.ProofRow::undecided,
                        Page.ProofRow::broken,
                        Page.ProofRow::mistakes,
                        Page.ProofRow::between)
                .containsExactly(
                        tuple("0.1", "8", "0", "3", "1", "exactly 66.7\u00a0%"),
                        tuple("0.25", "3", "2", "6", "1", "25.0–41.7\u00a0%"));
        assertThat(page.keyFigures())
                .filteredOn(figure -> figure.name().equals("certified accuracy, epsilon\u00a00.25"))
                .singleElement()
                .satisfies(figure -> assertThat(figure.detail()).isEqualTo("3 of 12; 2 undecided"));
        assertThat(html(certified)).contains("What is proved", "The dashed curve is proved");
        assertThat(html(Reports.usual())).doesNotContain("What is proved", "The dashed curve is proved");
        RobustnessReport report = certified.build();
        assertThat(OutcomesCsv.of(report)).contains(",distance,certified up to,certified radius,domains\r\n");
        assertThat(OutcomesCsv.of(report)).contains(",0.25,0\r\n");
        assertThat(Markdown.of(report, Optional.empty()))
                .contains("| 8 | 0 | exactly 66.7\u00a0% |", "| 3 | 2 | 25.0–41.7\u00a0% |");
        // where attack and proof meet, the number is exact
        Page exact = page(Reports.usual().certified(0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2));
        assertThat(exact.headline()).isEqualTo("Exactly 41.7\u00a0% robust at epsilon\u00a00.25");
        assertThat(exact.summary())
                .startsWith("The robust accuracy at epsilon\u00a00.25 is exactly 41.7\u00a0%, proved and attacked");
    }

    @Test
    void saysThatNoAttackWasFinishedInsteadOfNamingOne() {
        Page page = page(Reports.usual()
                .epsilons(0.0)
                .attacks(new RobustnessReport.AttackRecord("deepfool", Map.of(), true, 0, 0, 0))
                .ending(new Completion(Completion.Reason.TIME_LIMIT, 12, Optional.empty(), "Too late.")));
        assertThat(page.summary())
                .isEqualTo(
                        "91.7\u00a0% of clean images are classified correctly; no attack finished within the time limit.");
        assertThat(page.subject()).contains("no attack finished").doesNotContain("DeepFool");
        assertThat(page.attacks().notes())
                .containsExactly(
                        "The time limit was reached before any attack finished; the table lists the planned attacks.");
        assertThat(page(Reports.usual()).attacks().notes()).noneMatch(note -> note.contains("time limit"));
    }

    @Test
    void isAboutTheBudgetThatTheDiagnosticsExamine() {
        assertThat(ReportView.of(Reports.usual().epsilons(0.0, 0.1, 0.2, 0.3).build())
                        .focusEpsilon())
                .isEqualTo("0.2");
        assertThat(ReportView.of(Reports.usual().epsilons(0.0, 0.1).build()).focusEpsilon())
                .isEqualTo("0.1");
        // 9, 6 and 3 of 10: both are as close to half of the clean accuracy, though only the last is below half
        Reports tie = Reports.usual().examples(10).epsilons(0.0, 0.1, 0.2);
        assertThat(ReportView.of(tie.build()).focusEpsilon()).isEqualTo("0.1");
        assertThat(page(tie).headline()).startsWith("60.0\u00a0% robust");
    }

    @Test
    void showsTheNumbersThatMatter() {
        assertThat(page(Reports.usual()).keyFigures())
                .containsExactly(
                        new KeyFigure(
                                "accuracy on clean images",
                                "91.7\u00a0%",
                                "11 of 12",
                                "95 % interval 64.6–98.5\u00a0%",
                                false),
                        new KeyFigure(
                                "accuracy under attack, epsilon\u00a00.25",
                                "41.7\u00a0%",
                                "5 of 12",
                                "95 % interval 19.3–68.0\u00a0%",
                                true),
                        new KeyFigure(
                                "success rate of the attacks",
                                "54.5\u00a0%",
                                "6 of 11",
                                "95 % interval 28.0–78.7\u00a0%",
                                true),
                        new KeyFigure(
                                "mean confidence in wrong predictions",
                                "80.0\u00a0%",
                                "over 7\u00a0wrong predictions at epsilon\u00a00.25",
                                "",
                                false));
    }

    @Test
    void tabulatesEveryBudget() {
        assertThat(page(Reports.usual()).budgets())
                .containsExactly(
                        new BudgetRow(
                                "0",
                                Optional.of("0"),
                                "11 / 12",
                                "91.7\u00a0%",
                                "64.6–98.5\u00a0%",
                                "91.7\u00a0%",
                                "80.0\u00a0%",
                                "0"),
                        new BudgetRow(
                                "0.1",
                                Optional.of("25.5"),
                                "8 / 12",
                                "66.7\u00a0%",
                                "39.1–86.2\u00a0%",
                                "66.7\u00a0%",
                                "80.0\u00a0%",
                                "0.1"),
                        new BudgetRow(
                                "0.25",
                                Optional.of("63.75"),
                                "5 / 12",
                                "41.7\u00a0%",
                                "19.3–68.0\u00a0%",
                                "41.7\u00a0%",
                                "80.0\u00a0%",
                                "0.25"));
    }

    @Test
    void namesTheAttacksTheNormAndWhatIsWanted() {
        Page page = page(Reports.usual()
                .attacks(Reports.record(Fgsm.defaults(), 0), Reports.record(Pgd.defaults(), 0))
                .norm("l2"));

        assertThat(page.summary()).contains("41.7\u00a0% under FGSM and PGD with changes of at most 0.25 in L2");
        assertThat(page.headline()).isEqualTo("41.7\u00a0% robust at epsilon\u00a00.25 (L2)");
        assertThat(page.subject()).endsWith(" · FGSM and PGD · L2 · untargeted");
        Page targeted = page(Reports.usual().criterion("targeted:1,2,0").norm("l1"));
        assertThat(targeted.summary())
                .contains(
                        "41.7\u00a0% under FGSM (target: the class after the true one) with changes of at most 0.25 in L1");
        assertThat(targeted.headline()).isEqualTo("41.7\u00a0% robust against the target at epsilon\u00a00.25 (L1)");
        assertThat(targeted.subject()).endsWith(" · FGSM · L1 · target: the class after the true one");
        assertThat(page(Reports.usual().criterion("targeted:1").epsilons(0.0)).subject())
                .endsWith(" · FGSM · L-infinity · target: “dog”");
        assertThat(page(Reports.usual().criterion("targeted:1,0,0").epsilons(0.0))
                        .subject())
                .endsWith(" · target: one class for each true class");
        RobustnessReport.AttackRecord[] many = Stream.of("a", "b", "c", "d")
                .map(name -> new RobustnessReport.AttackRecord(name, Map.of(), false, 1, 0, 0))
                .toArray(RobustnessReport.AttackRecord[]::new);
        assertThat(page(Reports.usual().attacks(many)).summary()).contains(" under 4 attacks with changes");
    }

    @Test
    void countsBudgetsOfL0InPixels() {
        Page page = page(Reports.usual().norm("l0").epsilons(0.0, 1.0, 3.0));

        assertThat(page.headline()).endsWith("robust to changes of at most 3 pixels");
        assertThat(page.summary()).contains("with changes of at most 3 pixels ");
        assertThat(page.cards())
                .flatExtracting(Page.Card::changes)
                .extracting(Page.Change::epsilon)
                .contains("1", "3");
        assertThat(page(Reports.usual().shape(3, 1, 1).norm("l0").epsilons(0.0, 1.0))
                        .distance()
                        .axis())
                .isEqualTo("number of changed pixel channels (epsilon, in L0)");
        assertThat(page.budgets()).extracting(BudgetRow::greyLevels).containsOnly(Optional.empty());
        assertThat(html(Reports.usual().norm("l0").epsilons(0.0, 1.0))).doesNotContain("255ths", "per pixel");
    }

    @Test
    void countsWhoBrokeWhatAndWhatItCost() {
        Page.AttackTable table = page(Reports.usual()
                        .attacks(Reports.record(Fgsm.defaults(), 0), Reports.record(Pgd.defaults(), 0)))
                .attacks();

        // examples 1 to 3 fall at 0.1 and 1 to 6 at 0.25, the even ones to the first attack
        assertThat(table.epsilons()).containsExactly("0.1", "0.25");
        assertThat(table.rows())
                .containsExactly(
                        new Page.AttackRow(
                                "FGSM",
                                List.of("1", "3"),
                                List.of("83.3\u00a0% (55.2–95.3\u00a0%)", "66.7\u00a0% (39.1–86.2\u00a0%)"),
                                "50",
                                "12"),
                        new Page.AttackRow(
                                "PGD",
                                List.of("2", "3"),
                                List.of("66.7\u00a0% (39.1–86.2\u00a0%)", "41.7\u00a0% (19.3–68.0\u00a0%)"),
                                "50",
                                "12"));
        assertThat(table.together()).containsExactly("3", "6");
        assertThat(table.notes()).isEmpty();
        assertThat(page(Reports.usual()).attacks().rows())
                .containsExactly(new Page.AttackRow(
                        "FGSM",
                        List.of("3", "6"),
                        List.of("66.7\u00a0% (39.1–86.2\u00a0%)", "41.7\u00a0% (19.3–68.0\u00a0%)"),
                        "50",
                        "12"));
        assertThat(page(Reports.usual().attacks(Reports.record(Fgsm.defaults(), 0), Reports.record(Fgsm.defaults(), 0)))
                        .attacks()
                        .rows())
                .extracting(Page.AttackRow::name)
                .containsExactly("FGSM\u00a0(1)", "FGSM\u00a0(2)");
    }

    @Test
    void namesTheAttackThatBrokeAnExhibitIfThereAreSeveral() {
        assertThat(page(Reports.usual()).cards())
                .flatExtracting(Page.Card::changes)
                .extracting(Page.Change::attack)
                .containsOnly("");
        assertThat(page(Reports.usual().attacks(Reports.record(Fgsm.defaults(), 0), Reports.record(Pgd.defaults(), 0)))
                        .cards())
                .flatExtracting(Page.Card::changes)
                .filteredOn(change -> change.epsilon().equals("0.1"))
                .extracting(Page.Change::attack)
                .containsExactlyInAnyOrder("by PGD", "by FGSM", "by PGD");
    }

    @Test
    void anImageHasOneCardWithAllItsEpsilonsAndTheTablesLeadToIt() {
        Page page = page(Reports.usual());
        assertThat(page.cards()).extracting(Page.Card::id).doesNotHaveDuplicates();
        // example 101 falls at 0.1, and so at 0.25
        Page.Card card = page.cards().stream()
                .filter(one -> one.id().equals("image-101"))
                .findFirst()
                .orElseThrow();
        assertThat(card.changes()).extracting(Page.Change::epsilon).containsExactly("0.1", "0.25");
        assertThat(card.changes()).extracting(Page.Change::gain).containsExactly("5", "2");
        List<String> anchors = page.cards().stream().map(Page.Card::id).toList();
        List<String> links = Stream.concat(
                        page.classes().rows().stream().map(Page.ClassRow::image),
                        page.confusions().stream()
                                .flatMap(confusion -> confusion.rows().stream())
                                .flatMap(row -> row.cells().stream())
                                .map(Page.ConfusionCell::image))
                .filter(link -> !link.isEmpty())
                .toList();
        assertThat(links).isNotEmpty().isSubsetOf(anchors);
        // the cell of what example 101 is taken for at the budget in focus
        assertThat(page.confusions().get(0).rows().get(1).cells().get(2).image())
                .isIn(anchors);
        assertThat(html(Reports.usual())).contains("id=\"image-101\"", "href=\"#image-101\"");
    }

    @Test
    void aPageOfItsOwnHasEveryExample() {
        Map<String, byte[]> files = ReportFolder.files(
                Reports.usual().certified(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 1, 2).build());
        ExamplesPage page = ExamplesPage.of(
                Reports.usual().certified(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 1, 2).build());

        assertThat(page.columns())
                .containsExactly(
                        "example",
                        "class",
                        "clean prediction",
                        "broken from epsilon",
                        "prediction there",
                        "distance",
                        "certified up to");
        assertThat(page.rows()).hasSize(12);
        assertThat(page.rows().get(0).cells()).startsWith("cat", "dog", "0", "dog");
        assertThat(page.rows().get(1))
                .isEqualTo(new ExamplesPage.Row("101", "image-101", List.of("dog", "dog", "0.1", "cow", "0.1", "0")));
        assertThat(page.rows().get(11).cells()).containsExactly("cow", "cow", "", "", "", "0.25");
        assertThat(text(files, "examples.html"))
                .contains("<a href=\"index.html#image-101\">101</a>", "script-src 'self'")
                .doesNotContain(" style=", " onclick=");
        assertThat(text(files, "index.html")).contains("href=\"examples.html\"");
        assertThat(files).containsKey("sort.js");
    }

    @Test
    void thePageOfExamplesEndsWhereABrowserWouldTakeLong() {
        ExamplesPage page = ExamplesPage.of(Reports.usual().examples(20_001).build());

        assertThat(page.rows()).hasSize(20_000);
        assertThat(page.caption())
                .isEqualTo("The first 20,000 of 20,001\u00a0examples; 'gauntlet report --csv' writes all.");
    }

    @Test
    void fewBudgetsAreDrawnAsPointsWithTheirIntervals() {
        Chart.Series points =
                page(Reports.usual().epsilons(0.0, 0.1)).accuracy().series().get(0);
        assertThat(points.line()).isEmpty();
        assertThat(points.band()).isEmpty();
        assertThat(points.markers()).hasSize(2).allMatch(Chart.Marker::hasInterval);
        Chart.Series curve = page(Reports.usual()).accuracy().series().get(0);
        assertThat(curve.line()).isNotEmpty();
        assertThat(curve.markers()).noneMatch(Chart.Marker::hasInterval);
    }

    @Test
    void figuresAlarmOnlyWhereTheyAreBad() {
        // 11 of 12 are right when clean, 8 at epsilon 0.1: more than half
        assertThat(page(Reports.usual().epsilons(0.0, 0.1)).keyFigures()).noneMatch(KeyFigure::alarming);
    }

    @Test
    void aLongNoticeIsFolded() {
        Page.Notice notice = page(Reports.usual()
                        .notice(
                                "This run used the built-in data set digits instead of MNIST, so its numbers are not those of MNIST. MNIST was not available: train-images-idx3-ubyte.gz is not in /home/me/.cache/gauntlet/mnist and downloads are switched off."))
                .notices()
                .get(0);
        assertThat(notice.lead())
                .isEqualTo(
                        "This run used the built-in data set digits instead of MNIST, so its numbers are not those of MNIST.");
        assertThat(notice.rest()).startsWith("MNIST was not available: ");
        assertThat(page(Reports.usual().notice("Short.")).notices()).containsExactly(new Page.Notice("Short.", ""));
    }

    @Test
    void tellsOfZeroGradientsRemarksAndDistances() {
        RobustnessReport.AttackRecord nearest = new RobustnessReport.AttackRecord("mine", Map.of(), true, 50, 12, 1);
        Page page = page(Reports.usual().attacks(nearest).norm("l2").remarks("Believe it or not."));

        assertThat(page.attacks().notes()).hasSize(3);
        assertThat(page.attacks().notes().get(0)).isEqualTo("Believe it or not.");
        // three at 0.1 and three at 0.25; of the five others that are right when clean nothing is known
        assertThat(page.attacks().notes().get(1))
                .isEqualTo(
                        "The median distance of the nearest success of any attack is 0.175, the mean 0.175 (L2, the Euclidean norm of the change), over 6\u00a0images. Of the images that are classified correctly when clean: no success was found for 5\u00a0images.");
        assertThat(page.attacks().notes().get(2))
                .startsWith("For 1 of 12\u00a0images, the gradient that mine computed was 0");
        assertThat(page.keyFigures().get(3))
                .isEqualTo(new KeyFigure(
                        "median distance of the nearest success",
                        "0.175",
                        "in L2, over the 6\u00a0images with a success",
                        "",
                        false));
        assertThat(page.method().minimalNorm()).isEqualTo("mine");
        assertThat(page(Reports.usual().attacks(Reports.record(Fgsm.defaults(), 0)))
                        .attacks()
                        .notes())
                .isEmpty();
    }

    @Test
    void saysWhatTheAttackerKnows() {
        assertThat(html(Reports.usual())).contains("The attacker knows the whole model (white box).");
        assertThat(html(Reports.usual().blackBox()))
                .contains("The attacker sees only the logits of the model (black box).")
                .doesNotContain("knows the whole model (white box)");
    }

    @Test
    void explainsTheFormulaOnlyWhereItIsTheOneUsed() {
        assertThat(html(Reports.usual())).contains("class=\"formula\"", "FGSM is a weak attack");
        assertThat(html(Reports.usual().norm("l2")))
                .doesNotContain("class=\"formula\"")
                .contains("FGSM is a weak attack");
        assertThat(html(Reports.usual().criterion("targeted:1,2,0")))
                .doesNotContain("class=\"formula\"")
                .contains("as the target: the class after the true one");
        assertThat(html(Reports.usual().attacks(Reports.record(Pgd.defaults(), 0))))
                .doesNotContain("class=\"formula\"", "FGSM")
                .contains("<li>PGD, projected gradient descent</li>");
    }

    @Test
    void shortensEpsilonsAsLongAsTheyDiffer() {
        assertThat(ReportView.of(Reports.usual()
                                .epsilons(0.0, 8 / 255.0, 0.0625, 0.3)
                                .build())
                        .epsilonLabels())
                .containsExactly("0", "0.0314", "0.0625", "0.3");
        assertThat(ReportView.of(Reports.usual()
                                .epsilons(0.0, 0.100001, 0.100002)
                                .build())
                        .epsilonLabels())
                .containsExactly("0", "0.100001", "0.100002");
    }

    @Test
    void confusionAddsUpToTheExamples() {
        for (Confusion confusion : page(Reports.usual()).confusions()) {
            assertThat(confusion.rows().stream()
                            .flatMap(row -> row.cells().stream())
                            .mapToInt(Page.ConfusionCell::count)
                            .sum())
                    .as(confusion.title())
                    .isEqualTo(12);
        }
    }

    @Test
    void confusionCountsTheTrueClassByRow() {
        Confusion attacked = page(Reports.usual()).confusions().get(0);

        // examples 0 to 6 are taken for the next class: 0, 3, 6 of class 0, 1 and 4 of class 1, 2 and 5 of class 2
        assertThat(attacked.title()).isEqualTo("Under attack, epsilon\u00a00.25");
        assertThat(attacked.rows().stream()
                        .map(row -> row.cells().stream()
                                .map(Page.ConfusionCell::count)
                                .toList()))
                .containsExactly(List.of(1, 3, 0), List.of(0, 2, 2), List.of(2, 0, 2));
        assertThat(attacked.pairs().get(0))
                .isEqualTo(new ConfusionPair(
                        "cat",
                        "dog",
                        "3 of 4",
                        "75.0\u00a0%",
                        attacked.rows().get(0).cells().get(1).image()));
        assertThat(attacked.rows().get(0).cells())
                .extracting(Page.ConfusionCell::heat)
                .containsExactly("heat-right-3", "heat-wrong-5", "heat-wrong-0");
        assertThat(attacked.rows().get(0).correct()).isEqualTo("25.0\u00a0%");
    }

    @Test
    void manyClassesAreAListInsteadOfAMatrix() {
        String[] names = IntStream.range(0, 25).mapToObj(i -> "class " + i).toArray(String[]::new);
        Confusion confusion =
                page(Reports.usual().classes(names).examples(50)).confusions().get(0);

        assertThat(confusion.rows()).isEmpty();
        assertThat(confusion.pairs()).hasSize(7);
    }

    @Test
    void escapesForeignTextEverywhere() throws Exception {
        RobustnessReport report = Reports.usual()
                .classes(ATTACK, "dog", ATTACK + "2")
                .modelName(ATTACK)
                .notice(ATTACK)
                .modelNotice(ATTACK)
                .build();
        Map<String, byte[]> files = ReportFolder.files(report);
        String page = text(files, "index.html");

        assertThat(page)
                .doesNotContain("<script", "<img src=x", "'x')</", "\u0000", "\u0007", "\u202e")
                .contains("&lt;script&gt;alert(");
        for (String name : files.keySet()) {
            if (name.endsWith(".svg")) {
                assertThat(parse(files.get(name)).getElementsByTagName("script").getLength())
                        .as(name)
                        .isZero();
            }
        }
        assertThat(parse(files.get("accuracy-by-epsilon.svg"))
                        .getElementsByTagName("title")
                        .item(0)
                        .getTextContent())
                .isEqualTo("Accuracy of %s on pets (test) against epsilon", Formats.plain(ATTACK));
    }

    @Test
    void saysWhatSpeaksAgainstTheNumbersRaisedSignsFirst() {
        Page page = page(Reports.usual()
                .diagnostics(
                        Diagnostic.notMeasured(WarningSign.NONDETERMINISTIC, "The model was not asked."),
                        Diagnostic.measured(WarningSign.ZERO_GRADIENTS, true, 0.25, 0.05, "3 of 12 <images>."),
                        Diagnostic.measured(WarningSign.EXPLODING_LOSS, false, 0, 10_000, "None.")));

        assertThat(page.assessment().verdict()).isEqualTo("SUSPECT");
        assertThat(page.headline()).isEqualTo("At most 41.7\u00a0% robust at epsilon\u00a00.25");
        assertThat(page.assessment().counts()).isEqualTo("3\u00a0signs: 1 raised, 1 quiet, 1 not measured");
        assertThat(page.assessment().raised())
                .extracting(Page.Sign::title, Page.Sign::state, Page.Sign::limit)
                .containsExactly(tuple("The gradient is zero", "raised", "measured 0.25, threshold 0.05"));
        assertThat(page.assessment().others())
                .extracting(Page.Sign::state, Page.Sign::limit)
                .containsExactly(tuple("quiet", "measured 0, threshold 10000"), tuple("not measured", ""));
        assertThat(html(Reports.usual()
                        .diagnostics(Diagnostic.measured(
                                WarningSign.ZERO_GRADIENTS, true, 0.25, 0.05, "3 of 12 <images>."))))
                .contains(
                        "This evaluation is SUSPECT.",
                        "RAISED</span> The gradient is zero",
                        "3 of 12 &lt;images&gt;.",
                        WarningSign.ZERO_GRADIENTS.source());
    }

    @Test
    void doesNotStateANumberThatIsInvalidAsIfItWereOne() {
        Page invalid = page(Reports.usual()
                .diagnostics(Diagnostic.measured(WarningSign.NONDETERMINISTIC, true, 1, 0, "They differ.")));

        assertThat(invalid.assessment().verdict()).isEqualTo("INVALID");
        assertThat(invalid.headline()).startsWith("Invalid evaluation");
        assertThat(page(Reports.usual()).headline()).doesNotContain("believed");
        assertThat(page(Reports.usual()).assessment().verdict()).isEqualTo("TRUSTWORTHY");
        assertThat(page(Reports.usual().diagnostics()).assessment().meaning())
                .isEqualTo("No warning signs were measured.");
    }

    @Test
    void countsWhatStandsOfEachClass() {
        Page.ClassMap map = page(Reports.usual()).classes();

        // each class has 4; cat loses 0 when clean, 3 at 0.1 and 6 at 0.25
        assertThat(map.epsilons()).containsExactly("0", "0.1", "0.25");
        assertThat(map.rows())
                .extracting(
                        Page.ClassRow::name,
                        row -> row.cells().stream().map(Page.ClassCell::text).toList(),
                        Page.ClassRow::examples)
                .containsExactly(
                        tuple("cat", List.of("75.0\u00a0%", "50.0\u00a0%", "25.0\u00a0%"), "4"),
                        tuple("dog", List.of("100.0\u00a0%", "75.0\u00a0%", "50.0\u00a0%"), "4"),
                        tuple("cow", List.of("100.0\u00a0%", "75.0\u00a0%", "50.0\u00a0%"), "4"));
        assertThat(map.rows().get(0).cells())
                .extracting(Page.ClassCell::heat)
                .containsExactly("heat-right-4", "heat-right-3", "heat-right-2");
        assertThat(page(Reports.usual().classes("a", "b", "c", "without"))
                        .classes()
                        .rows())
                .hasSize(4);
    }

    @Test
    void drawsTheDistancesOfWhatWasFoundUpToAll() {
        RobustnessReport.AttackRecord nearest = new RobustnessReport.AttackRecord("mine", Map.of(), true, 50, 12, 0);
        Page.DistancePlot plot =
                page(Reports.usual().attacks(nearest)).distances().orElseThrow();
        Chart.Frame frame = plot.chart().frame();

        // three at 0.1 and three at 0.25
        assertThat(plot.chart().series().get(0).line())
                .startsWith("%s,%s ".formatted(Formats.decimal(frame.left(), 1), Formats.decimal(frame.bottom(), 1)))
                .endsWith(",%s".formatted(Formats.decimal(frame.top(), 1)));
        assertThat(plot.chart().series().get(0).line().split(" ")).hasSize(7);
        assertThat(plot.note()).contains("covers the 6\u00a0images", "For 5\u00a0others that are classified correctly");
        assertThat(page(Reports.usual()).distances()).isEmpty();
        assertThat(ReportFolder.files(Reports.usual().attacks(nearest).build())).containsKey("nearest-successes.svg");
    }

    @Test
    void theNoticeIsTheFirstThingOnThePage() {
        String page = html(Reports.usual().notice("These are not the real pets."));
        String body = page.substring(page.indexOf("<body>"));

        assertThat(body.replaceAll("<[^>]*>", " ").strip())
                .startsWith("Read this first.  These are not the real pets.");
    }

    @Test
    void whatIsSpecialAboutTheModelFollows() {
        String page = html(Reports.usual()
                .notice("These are not the real pets.")
                .modelNotice("The model ends in a <softmax>.")
                .contract(InputSpec.RAW.withInputMax(255).withLogits("scores")));
        String body = page.substring(page.indexOf("<body>"));

        assertThat(body.replaceAll("<[^>]*>", " ").replaceAll("\\s+", " ").strip())
                .startsWith(
                        "Read this first. These are not the real pets. Read this first. The model ends in a &lt;softmax&gt;.")
                .contains("Preprocessing pixels scaled to [0,255]")
                .contains("Output with the logits scores")
                .contains("outputs differ by at most 2.0e-06 on 16 random images; the tolerance is 0.00010");
    }

    @Test
    void hasNeitherScriptNorInlineStyle() {
        assertThat(html(Reports.usual()))
                .contains(
                        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self'; img-src 'self'\">")
                .doesNotContain("<script", "<style", " style=", "javascript:", "data:", " onload=", " onclick=");
    }

    @ParameterizedTest
    @ValueSource(strings = {"accuracy-by-epsilon.svg", "accuracy-by-epoch.svg", "loss-by-epoch.svg", "icon.svg"})
    void plotsAreWellFormedAndStandAlone(String name) throws Exception {
        Document svg = parse(ReportFolder.files(Reports.usual().build()).get(name));

        assertThat(svg.getDocumentElement().getNamespaceURI()).isEqualTo("http://www.w3.org/2000/svg");
        assertThat(svg.getElementsByTagNameNS("*", "style").getLength()).isZero();
    }

    @Test
    void theCurveGoesThroughTheMeasuredPoints() {
        Chart chart = page(Reports.usual()).accuracy();
        Chart.Frame frame = chart.frame();

        // epsilon 0, 0.1 and 0.25 on an axis from 0 to 0.25; 11, 8 and 5 of 12 on one from 0 to 1
        assertThat(chart.series().get(0).markers())
                .extracting(marker -> Double.parseDouble(marker.x()), marker -> Double.parseDouble(marker.y()))
                .containsExactly(point(frame, 0, 11 / 12.0), point(frame, 0.4, 8 / 12.0), point(frame, 1, 5 / 12.0));
        assertThat(chart.series().get(0).band().split(" ")).hasSize(6);
        assertThat(chart.verticalTicks())
                .extracting(Chart.Tick::label)
                .containsExactly("0\u00a0%", "20\u00a0%", "40\u00a0%", "60\u00a0%", "80\u00a0%", "100\u00a0%");
        assertThat(chart.horizontalTicks())
                .extracting(Chart.Tick::label)
                .containsExactly("0.00", "0.05", "0.10", "0.15", "0.20", "0.25");
    }

    @Test
    void aModelOfUnknownTrainingHasNoPlotsOfIt() {
        Map<String, byte[]> files =
                ReportFolder.files(Reports.usual().withoutTraining().build());

        assertThat(text(files, "index.html")).doesNotContain("id=\"training\"", "by-epoch");
        assertThat(files).doesNotContainKey("loss-by-epoch.svg");
    }

    @Test
    void comparesWithABaseline() {
        RobustnessReport report = Reports.usual().build();

        Page page = new PageBuilder(report, Optional.of(report)).page();

        Page.Baseline baseline = page.baseline().orElseThrow();
        assertThat(baseline.rows()).hasSameSizeAs(report.results());
        assertThat(baseline.rows().get(1).before())
                .isEqualTo(baseline.rows().get(1).now())
                .isEqualTo(Formats.percent(report.results().get(1).accuracy().rate()));
        assertThat(baseline.rows().get(1).difference()).startsWith("+0.00\u00a0% (-");
        assertThat(baseline.rows().get(1).lost()).isEqualTo("0");
        assertThat(baseline.rows().get(1).probability()).isEqualTo("1.0");
        assertThat(html(Reports.usual())).doesNotContain("Comparison with the baseline");
        assertThat(new StaticTemplates().page(page).render())
                .contains("<h2 id=\"baseline\">Comparison with the baseline</h2>", "<a href=\"#baseline\">");
    }

    @Test
    void drawsTheBaselineAndItsImages() {
        RobustnessReport report = Reports.usual().build();

        Page.Baseline baseline =
                new PageBuilder(report, Optional.of(report)).page().baseline().orElseThrow();

        assertThat(baseline.chart().file()).isEqualTo("accuracy-and-baseline.svg");
        int focus = ReportView.of(report).focus();
        double epsilon = report.results().get(focus).epsilon();
        assertThat(baseline.pairs())
                .isNotEmpty()
                .hasSize((int) report.gallery().stream()
                        .filter(shown -> shown.epsilon() == epsilon)
                        .count())
                .allSatisfy(pair -> {
                    // the same model is wrong on the same images
                    assertThat(pair.robust()).isFalse();
                    assertThat(pair.now()).isEqualTo("wrong under attack, too");
                });
        Map<String, byte[]> alone = ReportFolder.files(report);
        Map<String, byte[]> files = ReportFolder.files(report, Optional.of(report));
        assertThat(files.keySet()).containsAll(alone.keySet()).contains("accuracy-and-baseline.svg");
        baseline.pairs().forEach(pair -> {
            assertThat(files).containsKey(pair.before().attacked().file());
            assertThat(alone).doesNotContainKey(pair.before().attacked().file());
            assertThat(text(files, "index.html"))
                    .contains(pair.before().attacked().file())
                    .contains("wrong under attack, too");
        });
    }

    @Test
    void showsWhatAnAttackChangedLeastAndMost() {
        assertThat(page(Reports.usual()).extremes()).isEmpty();

        Page page = page(Reports.usual().withExtremes(0.01, 0.02));

        assertThat(page.extremes()).singleElement().satisfies(section -> {
            assertThat(section.specimens())
                    .extracting(Page.Specimen::attack)
                    .containsExactly("smallest change: 0.01", "largest change: 0.02");
        });
        assertThat(page(Reports.usual().withExtremes(0.02, 0.0200001)).extremes())
                .as("an attack that always goes to the edge")
                .isEmpty();
        assertThat(html(Reports.usual().withExtremes(0.01, 0.02)))
                .contains("Smallest and largest change of each attack");
        assertThat(html(Reports.usual())).doesNotContain("Smallest and largest change of each attack");
    }

    @Test
    void withoutExhibitsThePageSaysSo() {
        assertThat(html(Reports.usual().withoutExhibits()))
                .contains("there are no images to show")
                .doesNotContain("<img");
    }

    @Test
    void onlyCleanImagesStillMakeAPage() {
        assertThat(html(Reports.usual().epsilons(0.0))).contains("91.7\u00a0%").doesNotContain("accuracy under attack");
    }

    @Test
    void twoClassesAndOneExampleMakeAPage() {
        assertThat(html(Reports.usual().classes("no", "yes").examples(1).epsilons(0.0, 0.1)))
                .contains("0 / 1", "0.0\u00a0% of clean images");
    }

    @Test
    void namesAClassThatHasNoName() {
        assertThat(ReportView.of(Reports.usual().classes("a", " \t", "c").build())
                        .classNames())
                .containsExactly("a", "class 1", "c");
    }

    @Test
    void statesTheGain() {
        Page page = page(Reports.usual());

        assertThat(page.cards())
                .flatExtracting(Page.Card::changes)
                .extracting(Page.Change::gain)
                .containsOnly("5", "2");
        assertThat(html(Reports.usual()))
                .contains("shown pixel = 0.5 + factor × (adversarial − clean)", "epsilon 0.1, ×5", "epsilon 0.25, ×2");
    }

    @Test
    void captionsASpecimenWithLabelPredictionsAndConfidences() {
        Page.Card card = page(Reports.usual()).cards().stream()
                .filter(one -> one.id().equals("image-101"))
                .findFirst()
                .orElseThrow();
        Page.Change change = card.changes().get(0);

        assertThat(card.label()).isEqualTo("dog");
        assertThat(card.before()).isEqualTo("dog");
        assertThat(card.beforeConfidence()).isEqualTo("90.0\u00a0%");
        assertThat(change.after()).isEqualTo("cow");
        assertThat(change.afterConfidence()).isEqualTo("75.0\u00a0%");
        assertThat(change.attacked().description())
                .isEqualTo("Adversarial image of example 101 at epsilon 0.1: predicted cow");
    }

    @Test
    void showsThePlanThatRepeatsTheRun() {
        assertThat(page(Reports.usual()).plan())
                .contains(
                        "model.file = 'runs/mlp.safetensors'",
                        "sample.seed = 42",
                        "threat.norm = 'linf'",
                        "threat.epsilons = [0.0, 0.1, 0.25]",
                        "attack.list = ['fgsm:loss=cross-entropy']",
                        "run.shard-size = 1000");
        assertThat(html(Reports.usual()))
                .contains(
                        "model.file = 'runs/mlp.safetensors'",
                        "The images came from a Java program, so only that program can repeat the run.");
    }

    @Test
    void thePlanOfARunThatATimeLimitEndedEndsAtTheSamePlace() {
        RobustnessReport ended = Reports.usual()
                .ending(new Completion(Completion.Reason.TIME_LIMIT, 12, Optional.empty(), "Too late."))
                .build();
        long backwards = ended.attacks().stream()
                .mapToLong(RobustnessReport.AttackRecord::backwards)
                .sum();

        assertThat(backwards).isPositive();
        assertThat(page(ended).plan())
                .contains("limit.gradients = " + backwards)
                .noneMatch(line -> line.startsWith("limit.time"));
    }

    @Test
    void callsAutoAttackByItsName() {
        assertThat(html(Reports.usual().autoAttack())).contains(" · AutoAttack · L-infinity");
        assertThat(html(Reports.usual()
                        .attacks(
                                Reports.record(Apgd.defaults(), 0),
                                Reports.record(ApgdTargeted.defaults(), 0),
                                Reports.record(FabTargeted.defaults(), 0))))
                .doesNotContain("AutoAttack ·");
    }

    @Test
    void saysHowManyExamplesWereDrawn() {
        assertThat(html(Reports.usual().drawnFrom(600)))
                .contains("12 of 600\u00a0examples", "12 of 600, a stratified random sample (seeded)");
    }

    private static Tuple point(Chart.Frame frame, double x, double y) {
        return tuple(
                rounded(frame.left() + x * (frame.right() - frame.left())),
                rounded(frame.bottom() - y * (frame.bottom() - frame.top())));
    }

    private static double rounded(double value) {
        return Double.parseDouble(Formats.decimal(value, 1));
    }

    private static Page page(Reports reports) {
        return page(reports.build());
    }

    private static Page page(RobustnessReport report) {
        return new PageBuilder(report, Optional.empty()).page();
    }

    private static String html(Reports reports) {
        return text(ReportFolder.files(reports.build()), "index.html");
    }

    private static String text(Map<String, byte[]> files, String name) {
        return new String(files.get(name), StandardCharsets.UTF_8);
    }

    private static Document parse(byte[] xml) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml));
    }
}
