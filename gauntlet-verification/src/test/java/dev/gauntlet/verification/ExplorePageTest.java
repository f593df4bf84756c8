package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import com.microsoft.playwright.options.WaitForSelectorState;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Fmn;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.explore.Exploration;
import dev.gauntlet.explore.ExploreServer;
import dev.gauntlet.explore.OpenModel;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.report.plan.PlanFile;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The interactive page in a real browser, by mouse and by keyboard, under the policy that the server sends. */
@Tag("browser")
@Tag("explore")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExplorePageTest {
    private static final int WIDE = 1400;
    private static final Dataset TEST = StrokeDigits.dataset("test", 120, 1);
    private static final String HASH = "#example=3&models=0,1&norm=linf&epsilon=0.2&attack=pgd";

    private final List<BrowserContext> contexts = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();

    private Chromium chromium;
    private NetworkClassifier first;
    private NetworkClassifier second;
    private ExploreServer server;
    private RobustnessReport report;

    @BeforeAll
    void serve() {
        chromium = Chromium.startOrSkip();
        // as long as Playwright waits for everything else; 5 seconds are too few on a busy machine
        PlaywrightAssertions.setDefaultAssertionTimeout(30_000);
        first = trained(0);
        second = trained(1);
        report = Evaluator.on(LocalRunner.onAllProcessors())
                .evaluate(
                        first,
                        TEST,
                        Plan.whiteBox(Norm.LINF, List.of(Fgsm.defaults(), Fmn.defaults()), .1, .2)
                                .withExamples(40));
        server = ExploreServer.start(
                exploration(
                        Optional.of(report), Explorations.model("first", first), Explorations.model("second", second)),
                0);
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
            first.close();
            second.close();
        }
        if (chromium != null) {
            chromium.close();
        }
    }

    @AfterEach
    void closePages() {
        contexts.forEach(BrowserContext::close);
        contexts.clear();
        assertThat(complaints).as("messages on the console of the browser").isEmpty();
    }

    private static NetworkClassifier trained(long seed) {
        return new Trainer(3, 50, .01, seed)
                .train(
                        Network.parse("mlp:784-24-10"),
                        StrokeDigits.dataset("train", 1500, 1),
                        TEST,
                        new TrainingListener() {});
    }

    private static Exploration exploration(Optional<RobustnessReport> record, OpenModel... models) {
        return Explorations.of(TEST, record, List.of(models));
    }

    private Page open(ExploreServer of, String hash, int width, ColorScheme scheme) {
        BrowserContext context = chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setViewportSize(width, 900)
                        .setColorScheme(scheme));
        contexts.add(context);
        Page page = context.newPage();
        page.onConsoleMessage(message -> complaints.add(message.text()));
        page.onPageError(complaints::add);
        page.navigate(of.address() + hash);
        page.waitForSelector("body[data-ready]");
        return page;
    }

    private Page open(String hash) {
        return open(server, hash, WIDE, ColorScheme.LIGHT);
    }

    private static void requireText(Locator locator, String text) {
        PlaywrightAssertions.assertThat(locator).containsText(text);
    }

    private static Locator verdict(Page page, int row) {
        return page.locator(".verdict").nth(row);
    }

    /** Waits until nothing is computed any more. */
    private static void settle(Page page) {
        requireText(page.locator("#zone-texts p").last(), "by CROWN");
        page.waitForCondition(() -> page.locator("#step-map-caption .swatch").count() > 0);
    }

    @ParameterizedTest
    @CsvSource({"400, LIGHT", "400, DARK", "800, LIGHT", "1200, DARK", "1600, LIGHT", "1600, DARK"})
    void hasNoAccessibilityViolationAndFits(int width, ColorScheme scheme) {
        Page page = open(server, HASH, width, scheme);
        settle(page);
        page.click("#nearest-run");
        page.waitForSelector("#nearest-cards .card");
        page.click("#plan");
        page.waitForSelector("#plan-shown:not([hidden])");
        page.click("#report-thumbs .thumb >> nth=0");

        Accessibility.assertNoViolation(page);
        Accessibility.assertFitsItsWidth(page);
    }

    @Test
    void showsWhatAnEvaluationSays() {
        Outcomes outcomes = report.outcomes();
        for (int i = 0; i < 6; i++) {
            int id = outcomes.id(i);
            Page page = open("#example=%d&models=0&norm=linf&epsilon=0.2&attack=fgsm".formatted(id));
            String label = TEST.classes().get(outcomes.label(i));
            String expected = outcomes.isCleanMistake(i)
                    ? "Wrong without any change"
                    : outcomes.successfulAttack(i, 2).orElse(-1) == 0
                            ? "%s → %s: FGSM succeeded"
                                    .formatted(label, TEST.classes().get(outcomes.prediction(i, 2)))
                            : "No success found";

            requireText(verdict(page, 0), expected);
        }
    }

    @Test
    void epsilonFollowsTheSliderByKeyboard() {
        Page page = open(HASH);
        requireText(verdict(page, 0), "succeeded");
        page.focus("#epsilon");
        page.keyboard().press("Home");

        requireText(verdict(page, 0), "Unchanged: epsilon is 0");
        page.keyboard().press("End");
        requireText(verdict(page, 1), "succeeded");
        assertThat(page.inputValue("#epsilon-number")).isEqualTo(page.inputValue("#epsilon-largest"));
    }

    @Test
    void theZonesAreOnTheSlider() {
        Page page = open(HASH);
        settle(page);

        requireText(page.locator("#zone-texts p").first(), "proved up to");
        requireText(page.locator("#zone-texts p").first(), "broken from");
        BoundingBox green = page.locator(".zone-track .proved").first().boundingBox();
        BoundingBox red = page.locator(".zone-track .broken").first().boundingBox();
        assertThat(green.width).isPositive();
        assertThat(red.x).isGreaterThan(green.x + green.width);
    }

    @Test
    void anImageIsPickedByClassAndByNumber() {
        Page page = open(HASH);
        page.selectOption("#pick-label", "4");
        page.waitForCondition(
                () -> page.locator("#thumbs .thumb").allInnerTexts().stream().allMatch(text -> text.startsWith("4")));
        page.locator("#thumbs .thumb").first().focus();
        page.keyboard().press("Enter");
        requireText(verdict(page, 0), "4 →");
        page.fill("#example", "17");
        page.keyboard().press("Tab");

        requireText(verdict(page, 0), TEST.classes().get(TEST.label(17)) + " →");
        page.waitForCondition(() -> page.url().contains("example=17"));
    }

    @Test
    void aDigitIsDrawnByMouseAndByKeyboard() {
        Page page = open(HASH);
        requireText(verdict(page, 0), "→");
        page.check("input[value=draw]");
        BoundingBox pad = page.locator("#pad").boundingBox();
        page.mouse().move(pad.x + pad.width / 2, pad.y + 40);
        page.mouse().down();
        page.mouse().move(pad.x + pad.width / 2, pad.y + pad.height - 40);
        page.mouse().up();
        page.waitForCondition(() -> page.url().contains("image="));
        String drawn = page.url();
        assertThat(page.locator("#own-label").isVisible()).isTrue();

        page.keyboard().press("Delete");
        page.keyboard().press("Space");
        for (int i = 0; i < 8; i++) {
            page.keyboard().press("ArrowRight");
        }
        page.keyboard().press("Space");

        page.waitForCondition(() -> page.url().contains("image=") && !page.url().equals(drawn));
        assertThat(page.isDisabled("#plan")).isTrue();
    }

    @Test
    void theClassThatTheUserChoseStaysWhileTheDigitIsDrawn() {
        Page page = open(HASH);
        requireText(verdict(page, 0), "→");
        page.check("input[value=draw]");
        page.focus("#pad");
        page.keyboard().press("Space");
        requireText(page.locator("#pad-state"), "Pen down, 50 % from the left");
        page.keyboard().press("ArrowUp");
        page.waitForCondition(() -> page.url().contains("image="));
        String chosen = page.inputValue("#label").equals("1") ? "2" : "1";
        page.selectOption("#label", chosen);
        page.waitForCondition(() -> page.url().contains("label=" + chosen));
        String before = page.url().replaceFirst(".*image=([^&]*).*", "$1");
        page.focus("#pad");
        for (int i = 0; i < 8; i++) {
            page.keyboard().press("ArrowRight");
        }

        page.waitForCondition(() -> !page.url().contains(before));
        assertThat(page.url()).contains("label=" + chosen);
        page.click("#clear");
        int empty = first.logits(new Batch(TEST.shape(), new int[] {0}, new int[] {0}, new float[784]))
                .prediction(0);
        page.waitForCondition(() -> page.url().contains("label=" + empty));
    }

    @Test
    void theModelOfTheStepsIsChosenByKeyboard() {
        Page page = open(HASH);
        settle(page);
        page.focus("#steps-models input >> nth=0");
        page.keyboard().press("ArrowRight");
        requireText(page.locator("#steps-lede"), "asked second");
        page.keyboard().press("ArrowLeft");

        requireText(page.locator("#steps-lede"), "asked first");
    }

    private static byte[] picture() throws IOException {
        BufferedImage image = new BufferedImage(60, 40, BufferedImage.TYPE_INT_RGB);
        image.createGraphics().fillRect(28, 5, 5, 30);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    @Test
    void aFileIsOpenedAndAnotherIsRefused() throws IOException {
        Page page = open(HASH);
        page.check("input[value=file]");
        page.setInputFiles("#file", new FilePayload("one.png", "image/png", picture()));
        page.waitForCondition(() -> page.url().contains("image="));
        page.selectOption("#label", "1");
        page.waitForCondition(() -> page.url().contains("label=1"));

        page.setInputFiles("#file", new FilePayload("no.png", "image/png", new byte[] {1, 2, 3}));
        requireText(page.locator("#error"), "not an image");
    }

    @Test
    void theStepsOfAnAttackAreScrubbed() {
        Page page = open(HASH + "&models=0");
        settle(page);
        requireText(page.locator("#scrub-text"), "of");
        page.focus("#scrub");
        page.keyboard().press("Home");
        requireText(page.locator("#step-caption"), "The clean image");
        page.keyboard().press("ArrowRight");

        requireText(page.locator("#scrub-text"), "Query 1 of");
        requireText(page.locator("#step-caption"), "Asked for the gradient");
        requireText(page.locator("#step-caption"), "loss");
        page.click("#play");
        page.waitForCondition(() -> page.getAttribute("#play", "aria-pressed").equals("false"));
        assertThat(page.inputValue("#scrub")).isEqualTo(page.getAttribute("#scrub", "max"));
    }

    @Test
    void theNearestWrongAnswersAreSideBySide() {
        Page page = open(HASH.replace("linf", "l2").replace("0.2", "1"));
        page.click("#nearest-run");
        page.waitForSelector(
                "#nearest-map-figure:not([hidden])", new Page.WaitForSelectorOptions().setTimeout(120_000));

        assertThat(page.locator("#nearest-cards h3").allInnerTexts())
                .containsExactly("DeepFool", "FMN", "DDN", "Carlini-Wagner", "FAB");
        assertThat(page.locator("#nearest-cards .best").count()).isEqualTo(1);
        requireText(page.locator("#nearest-map-caption"), "The plane of the clean image");
    }

    @Test
    void anImageIsCarriedOverToTheOtherModel() {
        Page page = open(HASH);
        requireText(page.locator(".transfer").first(), "The same image on second:");
        page.locator(".transfer button").first().click();

        page.waitForCondition(() -> page.url().contains("image="));
        requireText(verdict(page, 0), "Wrong without any change");
    }

    @Test
    void roundsTo8BitsAndSavesWhatIsSeen(@TempDir Path folder) throws IOException {
        Page page = open(HASH);
        requireText(verdict(page, 0), "→");
        page.check("#eight");
        page.waitForCondition(() -> page.url().contains("bits=8"));
        Download download = page.waitForDownload(() -> page.click("#save-clean"));
        Path file = folder.resolve("saved.png");
        download.saveAs(file);

        BufferedImage image = ImageIO.read(file.toFile());
        Batch clean = TEST.batch(3);
        assertThat(image.getWidth()).isEqualTo(28);
        for (int i = 0; i < 784; i++) {
            assertThat(image.getRGB(i % 28, i / 28) & 0xff).isEqualTo(Math.round(255 * clean.pixels()[i]));
        }
        assertThat(download.suggestedFilename()).isEqualTo("example-3-clean.png");
    }

    @Test
    void thePlanIsAcceptedAndRepeatsWhatIsSeen(@TempDir Path folder) throws IOException {
        Page page = open(HASH);
        page.click("#plan");
        page.waitForSelector("#plan-shown:not([hidden])");
        Path file = Files.writeString(folder.resolve("plan.toml"), page.inputValue("#plan-text"));

        EvaluationRequest request = PlanFile.read(file).request();
        assertThat(request.threat().budgets()).contains(LpBall.linf(.2));
        assertThat(request.attacks().get(0).name()).isEqualTo("pgd");
        assertThat(request.model()).isInstanceOf(ModelRef.File.class);
    }

    @Test
    void theStateIsInTheAddress() {
        Page page = open("#example=5&models=1&norm=l2&epsilon=0.75&attack=pgd:steps%3D7&seed=9&target=3");
        page.waitForSelector(".verdict");
        page.waitForCondition(() -> page.url().contains("largest="));
        String address = page.url();
        assertThat(address).contains("example=5", "norm=l2", "epsilon=0.75", "pgd%3Asteps%3D7", "seed=9", "target=3");

        Page again = open(address.substring(address.indexOf('#')));
        again.waitForSelector(".verdict");
        assertThat(again.inputValue("#epsilon-number")).isEqualTo("0.75");
        assertThat(again.inputValue("#target")).isEqualTo("3");
        assertThat(again.inputValue("#attack")).isEqualTo("pgd");
        assertThat(again.locator(".verdict").innerText())
                .isEqualTo(page.locator(".verdict").innerText());
    }

    @Test
    void aTypedAddressThatMakesNoSenseShowsThePage() {
        Page page = open(
                "#example=-7&models=99,x&norm=l9&epsilon=-1&attack=nonesuch:a&image=@@&label=abc&target=&seed=1.5");

        page.waitForSelector(".verdict");
        assertThat(page.inputValue("#attack")).isEqualTo("fgsm");
        assertThat(page.inputValue("#example")).isEqualTo("0");
        assertThat(page.inputValue("#norm")).isEqualTo("linf");
    }

    @Test
    void aReportIsExplored() {
        Page page = open(HASH);
        page.selectOption("#report-outcome", "success");
        page.selectOption("#report-attack", "0");
        int expected = report.outcomes().successes(report.focus(), 0);
        requireText(page.locator("#report-count"), expected + " of 40 images");
        page.waitForCondition(() -> page.url().contains("report-outcome=success&report-attack=0"));
        Page again = open(page.url().substring(page.url().indexOf('#')));
        requireText(again.locator("#report-count"), expected + " of 40 images");
        page.locator("#report-thumbs .thumb").first().focus();
        page.keyboard().press("Enter");
        page.click("#replay-run");
        page.waitForSelector("#replay-table table");

        assertThat(page.innerText("#replay-text")).containsAnyOf("equal to the record", "last digits");
        page.click("#replay-harder");
        page.waitForCondition(() -> page.url().contains("attack=apgd"));
        page.locator("#confusion td button").first().click();
        assertThat(page.inputValue("#report-label")).isNotEmpty();
        assertThat(page.inputValue("#report-prediction")).isNotEmpty();
    }

    @Test
    void twoPagesWorkAtOnce() {
        Page one = open(HASH);
        Page other = open(HASH.replace("pgd", "fgsm"));
        one.focus("#epsilon");
        other.focus("#epsilon");
        for (int i = 0; i < 5; i++) {
            one.keyboard().press("ArrowRight");
            other.keyboard().press("ArrowLeft");
        }

        one.waitForCondition(() -> epsilon(one) > .2);
        other.waitForCondition(() -> epsilon(other) < .2);
        requireText(verdict(one, 0), "PGD");
        assertThat(other.locator(".verdict").count()).isEqualTo(2);
    }

    private static double epsilon(Page page) {
        return Double.parseDouble(page.url().replaceFirst(".*[#&]epsilon=([^&]*).*", "$1"));
    }

    @Test
    void aModelWithoutGradientsGetsBlackBoxAttacks() {
        try (ExploreServer hidden = ExploreServer.start(
                exploration(
                        Optional.empty(),
                        Explorations.model("hidden", hidden(first, new Semaphore(Integer.MAX_VALUE)))),
                0)) {
            Page page = open(hidden, "#example=3&epsilon=0.3", WIDE, ColorScheme.LIGHT);

            requireText(page.locator("#obstacles"), "hidden has no gradients here");
            assertThat(page.locator("#attack option").allInnerTexts())
                    .contains("Square Attack")
                    .doesNotContain("FGSM", "PGD");
            page.selectOption("#attack", "square");
            requireText(verdict(page, 0), "Square");
            requireText(page.locator("#zone-texts"), "its layers are not known");
            page.close();
        }
    }

    @Test
    void aSlowModelShowsProgressAndIsCancelled() {
        Semaphore passes = new Semaphore(8);
        try (ExploreServer slow = ExploreServer.start(
                exploration(Optional.empty(), Explorations.model("slow", hidden(first, passes))), 0)) {
            Page page = open(slow, "#example=3&epsilon=0.01&attack=square", WIDE, ColorScheme.LIGHT);
            page.waitForSelector("#working:not([hidden])");
            page.click("#cancel");
            passes.release(1_000_000);

            page.waitForSelector("#working", new Page.WaitForSelectorOptions().setState(WaitForSelectorState.HIDDEN));
            page.focus("#epsilon");
            page.keyboard().press("Home");
            requireText(verdict(page, 0), "Unchanged");
            page.close();
        } finally {
            passes.release(1_000_000);
        }
    }

    @Test
    void aCancelledAttackLeavesNoResultOfTheImageBefore() {
        Semaphore passes = new Semaphore(1_000_000);
        try (ExploreServer slow = ExploreServer.start(
                exploration(Optional.empty(), Explorations.model("slow", hidden(first, passes))), 0)) {
            Page page = open(slow, "#example=3&epsilon=0.3&attack=square", WIDE, ColorScheme.LIGHT);
            page.waitForSelector(".verdict");
            requireText(page.locator("#zone-texts"), "its layers are not known");
            passes.drainPermits();
            page.fill("#example", "4");
            page.keyboard().press("Tab");
            page.waitForSelector("#working:not([hidden])");
            page.click("#cancel");

            PlaywrightAssertions.assertThat(page.locator(".verdict")).hasCount(0);
            assertThat(page.isDisabled("#save-found")).isTrue();
            page.close();
        } finally {
            passes.release(1_000_000);
        }
    }

    /** A model that gives nothing but logits, and waits before each pass for a permit. */
    private static Classifier hidden(Classifier model, Semaphore passes) {
        return new Classifier() {
            @Override
            public ModelCard card() {
                return model.card();
            }

            @Override
            public Logits logits(Batch batch) {
                passes.acquireUninterruptibly();
                return model.logits(batch);
            }

            @Override
            public void close() {
                // the model belongs to the test
            }
        };
    }
}
