package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Media;
import dev.gauntlet.attack.DeepFool;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.report.ReportFolder;
import dev.gauntlet.report.ReportFormat;
import dev.gauntlet.report.ReportJson;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The report of a real run in a real browser, under the policy that allows neither script nor inline style. */
@Tag("browser")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportPageTest {
    private static final Dataset TEST = StrokeDigits.dataset("test", 700, 1);

    /** Trained once for all tests; it is plain Java, so nothing has to be closed. */
    private static final SoftmaxRegression MODEL =
            SoftmaxRegression.trained(StrokeDigits.dataset("train", 1500, 1), TEST, 8);

    private static final int WIDE = 1400;
    private static final int NARROW = 400;

    private Chromium chromium;
    private FolderServer server;
    private Path place;
    private RobustnessReport report;

    @BeforeAll
    void writeAndServeReport(@TempDir Path folder) throws IOException {
        chromium = Chromium.startOrSkip();
        place = folder.resolve("report");
        ReportFolder.write(run(), place, false);
        report = ReportJson.read(place.resolve("report.json"));
        server = new FolderServer(place);
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
        if (chromium != null) {
            chromium.close();
        }
    }

    private static RobustnessReport run() {
        double[] epsilons = StrokeDigits.epsilons().stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
        return Evaluator.on(new WireRunner(2)).evaluate(MODEL, TEST, Plan.linf(Fgsm.defaults(), epsilons));
    }

    private static RobustnessReport runSeveral() {
        Plan<DifferentiableClassifier> plan =
                Plan.whiteBox(Norm.L2, List.of(DeepFool.defaults(), Pgd.defaults()), 0.25, 0.5);
        return Evaluator.on(new WireRunner(2)).evaluate(MODEL, TEST, plan.withExamples(200));
    }

    @ParameterizedTest
    @CsvSource({"1400, LIGHT", "1400, DARK", "400, LIGHT", "400, DARK"})
    void hasNoAccessibilityViolationAndLoadsCompletely(int width, ColorScheme scheme) {
        List<String> complaints = new ArrayList<>();
        try (BrowserContext context = context(width, scheme)) {
            Page page = open(context, complaints);

            assertThat(complaints).as("console messages and failed requests").isEmpty();
            assertThat(Accessibility.violations(page))
                    .as("axe at %s pixels, %s", width, scheme)
                    .extracting(violation -> violation.getId() + ": " + violation.getNodes())
                    .isEmpty();
            assertThat(page.locator("img").count()).isGreaterThan(100);
            assertThat(page.evaluate("() => [...document.images].filter(i => !(i.naturalWidth > 0)).map(i => i.src)"))
                    .as("pictures that did not load")
                    .isEqualTo(List.of());
            assertThat(page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth"))
                    .as("pixels by which the page is too wide")
                    .isEqualTo(0);
        }
    }

    @Test
    void theSectionsOfSeveralAttacksAndOfABaselineAreAccessible(@TempDir Path folder) throws IOException {
        RobustnessReport several = runSeveral();
        Path target = folder.resolve("several");
        ReportFolder.write(several, Optional.of(several), target, false, staged -> {});
        try (FolderServer other = new FolderServer(target)) {
            for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
                for (int width : List.of(400, WIDE)) {
                    try (BrowserContext context = context(width, scheme)) {
                        Page page = context.newPage();
                        page.navigate(other.url());

                        assertThat(page.locator(
                                                "table.cumulative, table.baseline, #extremes, img[src='nearest-successes.svg'], a[href='nearest-successes.svg']")
                                        .count())
                                .as("the sections that this test is about")
                                .isGreaterThanOrEqualTo(4);
                        assertThat(Accessibility.violations(page))
                                .as("axe at %s pixels, %s", width, scheme)
                                .extracting(violation -> violation.getId() + ": " + violation.getNodes())
                                .isEmpty();
                        assertThat(page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))
                                .as("columns that the page is wider than %s pixels", width)
                                .isEqualTo(0);
                    }
                }
            }
        }
    }

    @Test
    void aClickEnlargesAnImageAndTheTablesLeadToIt() {
        try (BrowserContext context = context(WIDE, ColorScheme.LIGHT)) {
            Page page = open(context, new ArrayList<>());
            double before = page.locator(".card img").first().boundingBox().width;

            page.locator(".card-clean a").first().click();
            assertThat(page.locator(".card:target img").first().boundingBox().width)
                    .isGreaterThan(3 * before);
            assertThat(
                            page.evaluate(
                                    "() => new Set([...document.querySelectorAll('.card:target img')].map(i => i.clientWidth)).size"))
                    .as("scales of the images of an enlarged card")
                    .isEqualTo(1);
            assertThat(Accessibility.violations(page)).isEmpty();
            page.locator(".card:target .shrink").click();
            assertThat(page.locator(".card:target").count()).isZero();

            // by keyboard, from the table of classes and from the matrix
            for (String link : List.of("table.classes th a", "table.confusion:not(.classes) td a")) {
                page.locator(link).first().focus();
                page.keyboard().press("Enter");
                assertThat(page.locator(".card:target").count()).as(link).isEqualTo(1);
                page.locator(".card:target .shrink").click();
            }
        }
    }

    @Test
    void allExamplesAreATableEvenWhereNoScriptIsAllowed() {
        try (BrowserContext context = context(NARROW, ColorScheme.LIGHT)) {
            Page page = open(context, new ArrayList<>());
            page.locator("a[href='examples.html']").first().click();

            assertThat(page.locator("table.examples tbody tr").count())
                    .isEqualTo(report.outcomes().size());
            assertThat(page.locator("th button").count()).isZero();
            assertThat(page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))
                    .isEqualTo(0);
        }
    }

    @Test
    void theTableOfAllExamplesCanBeSortedWhereScriptsAreAllowed() {
        List<String> complaints = new ArrayList<>();
        try (BrowserContext context = context(WIDE, ColorScheme.DARK)) {
            Page page = context.newPage();
            page.onConsoleMessage(message -> complaints.add(message.text()));
            page.onPageError(complaints::add);
            page.navigate(place.resolve("examples.html").toUri().toString());

            page.locator("th button").nth(3).click();
            assertThat(epsilons(page).stream().filter(text -> !text.isEmpty()).map(Double::valueOf))
                    .isSorted()
                    .hasSizeGreaterThan(100);
            assertThat(page.locator("th[aria-sort=ascending]").innerText()).startsWith("broken from epsilon");
            page.locator("th button").nth(3).press("Enter");
            assertThat(page.locator("th[aria-sort=descending]").count()).isEqualTo(1);
            // what no attack broke has empty cells, which come last in both directions
            assertThat(epsilons(page)).first().asString().isNotEmpty();
            assertThat(page.locator("table.examples tbody tr").count())
                    .isEqualTo(report.outcomes().size());
            assertThat(complaints).isEmpty();
            // axe itself reads the style sheet, which the policy forbids
            assertThat(Accessibility.violations(page)).isEmpty();
        }
    }

    private static List<String> epsilons(Page page) {
        return page.locator("table.examples tbody td:nth-child(4)").allInnerTexts();
    }

    @Test
    void captionsFitIntoANarrowWindow() {
        try (BrowserContext context = context(NARROW, ColorScheme.LIGHT)) {
            Page page = open(context, new ArrayList<>());

            assertThat(
                            page.evaluate(
                                    "() => [...document.querySelectorAll('caption > span')].filter(c => c.getBoundingClientRect().right > innerWidth).map(c => c.textContent)"))
                    .isEqualTo(List.of());
        }
    }

    @Test
    void theSingleFileNeedsNoOther(@TempDir Path alone) {
        Path file = alone.resolve("report.html");
        ReportFormat.HTML.write(report, Optional.empty(), file);
        List<String> complaints = new ArrayList<>();
        try (BrowserContext context = context(WIDE, ColorScheme.LIGHT)) {
            Page page = context.newPage();
            page.onConsoleMessage(message -> complaints.add(message.text()));
            page.onRequestFailed(request -> complaints.add(request.url()));
            page.navigate(file.toUri().toString());

            assertThat(complaints).isEmpty();
            assertThat(page.content()).doesNotContain("examples.html");
            assertThat(
                            page.evaluate(
                                    "() => [...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.getElementById(a.hash.slice(1))).map(a => a.hash)"))
                    .isEqualTo(List.of());
            assertThat(page.locator("img").count()).isGreaterThan(100);
            assertThat(page.evaluate("() => [...document.images].filter(i => !(i.naturalWidth > 0)).length"))
                    .isEqualTo(0);
            // the style was allowed
            assertThat(page.evaluate("() => getComputedStyle(document.querySelector('img')).imageRendering"))
                    .isEqualTo("pixelated");
        }
    }

    @Test
    void theCheckFindsAPlantedFlaw() {
        try (BrowserContext context = context(WIDE, ColorScheme.LIGHT)) {
            Page page = open(context, new ArrayList<>());
            page.evaluate("() => document.querySelector('main img').removeAttribute('alt')");

            assertThat(Accessibility.violations(page))
                    .extracting(violation -> violation.getId())
                    .containsExactly("image-alt");
        }
    }

    @Test
    void neitherScriptNorInlineStyleIsInThePage() {
        try (BrowserContext context = context(WIDE, ColorScheme.LIGHT)) {
            Page page = open(context, new ArrayList<>());

            assertThat(page.locator("script, style, [style], [onclick], [onload], img[src^='data:']")
                            .count())
                    .isZero();
            assertThat(page.evaluate("() => getComputedStyle(document.querySelector('img')).imageRendering"))
                    .isEqualTo("pixelated");
        }
    }

    @Test
    void everyNumberOfTheTableIsThatOfTheRecord() {
        try (BrowserContext context = context(NARROW, ColorScheme.LIGHT)) {
            Page page = open(context, new ArrayList<>());
            List<List<String>> rows = page.locator("table.budgets tbody tr").all().stream()
                    .map(row -> row.locator("th, td").allInnerTexts().stream()
                            .map(text -> text.replace('\u00a0', ' '))
                            .toList())
                    .toList();

            assertThat(rows)
                    .isEqualTo(report.results().stream()
                            .map(ReportPageTest::expectedRow)
                            .toList());
        }
    }

    @Test
    void theMatrixCountsEveryExampleOnce() {
        try (BrowserContext context = context(WIDE, ColorScheme.LIGHT)) {
            Page page = open(context, new ArrayList<>());
            int sum = page
                    .locator("table.confusion:not(.classes)")
                    .first()
                    .locator("tbody td:not(.total)")
                    .allInnerTexts()
                    .stream()
                    .mapToInt(text -> Integer.parseInt(text.replace(",", "")))
                    .sum();

            assertThat(sum).isEqualTo(report.outcomes().size());
        }
    }

    @Test
    void printsInLightColoursOnPagesOfPaper() {
        try (BrowserContext context = context(WIDE, ColorScheme.DARK)) {
            Page page = open(context, new ArrayList<>());
            page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.PRINT));

            assertThat(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
                    .isEqualTo("rgb(255, 255, 255)");
            assertThat(page.pdf(new Page.PdfOptions().setFormat("A4").setPrintBackground(true)))
                    .startsWith('%', 'P', 'D', 'F');
        }
    }

    private static List<String> expectedRow(EpsilonResult result) {
        return List.of(
                number(result.epsilon()),
                number(result.epsilon() * 255),
                "%s / %s"
                        .formatted(
                                result.accuracy().successes(), result.accuracy().trials()),
                percent(result.accuracy().rate()),
                "%s–%s"
                        .formatted(
                                decimal("%.1f", 100 * result.accuracy().lower()),
                                percent(result.accuracy().upper())),
                percent(result.accuracyAfterRounding().rate()),
                percent(result.meanConfidenceWhenWrong()),
                number(result.largestDistance()));
    }

    private static String percent(double share) {
        return decimal("%.1f", 100 * share) + " %";
    }

    private static String number(double value) {
        return decimal("%.4f", value).replaceAll("\\.?0+$", "");
    }

    private static String decimal(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private BrowserContext context(int width, ColorScheme scheme) {
        return chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setViewportSize(width, 900)
                        .setColorScheme(scheme));
    }

    private Page open(BrowserContext context, List<String> complaints) {
        Page page = context.newPage();
        page.onConsoleMessage(message -> complaints.add(message.text()));
        page.onPageError(complaints::add);
        page.onRequestFailed(request -> complaints.add("failed: " + request.url()));
        page.onResponse(response -> {
            if (response.status() >= 400) {
                complaints.add(response.status() + ": " + response.url());
            }
        });
        page.navigate(server.url());
        return page;
    }
}
