package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.explore.Exploration;
import dev.gauntlet.explore.ExportedPage;
import dev.gauntlet.explore.OpenModel;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.onnx.OnnxModels;
import dev.gauntlet.request.Access;
import dev.gauntlet.testkit.OnnxWriter;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page in one file, opened as a file: its numbers are those of the engine, and it needs nothing else. */
@Tag("browser")
@Tag("explore")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExportedPageTest {
    private static final Dataset TEST = StrokeDigits.dataset("test", 120, 1);
    private static final double TOLERANCE = 1e-4;
    private static final String RICH =
            "conv 6 k3 s2 p1, bn, relu, residual(conv 6 k3 p1, bn, relu, conv 6 k3 p1), average-pool 2, tanh, conv 5 k3, pool 2, flatten, linear 16, sigmoid, linear 10";

    private final List<BrowserContext> contexts = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private final List<DifferentiableClassifier> models = new ArrayList<>();

    @TempDir
    private static Path folder;

    private Chromium chromium;
    private Path file;

    @BeforeAll
    void export() {
        chromium = Chromium.startOrSkip();
        PlaywrightAssertions.setDefaultAssertionTimeout(30_000);
        models.add(trained("mlp:784-24-10", 3));
        models.add(trained(RICH, 4));
        models.add(OnnxModels.whiteBox(rearranging(), InputSpec.RAW, TEST.batch(0)));
        file = folder.resolve("page.html");
        ExportedPage.write(exploration(), file);
    }

    @AfterAll
    void stop() {
        models.forEach(Classifier::close);
        if (chromium != null) {
            chromium.close();
        }
    }

    @AfterEach
    void closePages() {
        contexts.forEach(BrowserContext::close);
        contexts.clear();
        assertThat(complaints).as("messages on the console of the browser").isEmpty();
        assertThat(requests).as("requests").allMatch(address -> address.startsWith("file://"));
    }

    private static NetworkClassifier trained(String network, int epochs) {
        return new Trainer(epochs, 50, .01, 0)
                .train(Network.parse(network), StrokeDigits.dataset("train", 1500, 1), TEST, new TrainingListener() {});
    }

    private static OnnxWriter random(OnnxWriter graph, String name, long... sides) {
        int count = (int) Arrays.stream(sides).reduce(1, Math::multiplyExact);
        SplittableRandom random = RandomKey.of(count).generator();
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextDouble() - .5);
        }
        return graph.floats(name, sides, values);
    }

    /** Writes a graph with the operations that no list of layers has. */
    private Path rearranging() {
        OnnxWriter graph = new OnnxWriter(13)
                .input("x", 1, 1, 28, 28)
                .longs("f", 2, 27)
                .longs("t", 28, 0)
                .longs("a", 2, 3)
                .longs("s", 2, -1)
                .node("Slice", List.of("x", "f", "t", "a", "s"), List.of("slice"))
                .longs("p", 0, 0, 1, 0, 0, 0, 0, 2)
                .floats("c", new long[0], 0.25f)
                .node("Pad", List.of("slice", "p", "c"), List.of("padded"))
                .node("Transpose", "padded", "turned", OnnxWriter.integers("perm", 0, 1, 3, 2))
                .node("Concat", List.of("turned", "turned"), List.of("both"), OnnxWriter.integer("axis", 1));
        random(random(graph, "w", 6, 1, 3, 2), "b", 6)
                .node(
                        "Conv",
                        List.of("both", "w", "b"),
                        List.of("conv"),
                        OnnxWriter.integer("group", 2),
                        OnnxWriter.integers("pads", 1, 0, 2, 1),
                        OnnxWriter.integers("strides", 2, 1),
                        OnnxWriter.integers("dilations", 2, 1))
                .node("Relu", "conv", "relu")
                .node(
                        "MaxPool",
                        "relu",
                        "pool",
                        OnnxWriter.integers("kernel_shape", 3, 2),
                        OnnxWriter.integers("strides", 2, 2),
                        OnnxWriter.integers("pads", 1, 0, 1, 1))
                .node("Flatten", "pool", "flat");
        return random(random(graph, "v", 10, 294), "d", 10)
                .node("Gemm", List.of("flat", "v", "d"), List.of("out"), OnnxWriter.integer("transB", 1))
                .output("out", 1, 10)
                .write(folder.resolve("rearranging.onnx"));
    }

    private Exploration exploration() {
        return exploration(List.of(
                Explorations.model("plain", models.get(0)),
                Explorations.model("<b>rich</b>", models.get(1)),
                Explorations.model("onnx", models.get(2))));
    }

    private static Exploration exploration(List<OpenModel> models) {
        return Explorations.of(TEST, Optional.empty(), models);
    }

    private Page open(String hash, int width, ColorScheme scheme) {
        BrowserContext context = chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setViewportSize(width, 900)
                        .setColorScheme(scheme));
        contexts.add(context);
        Page page = context.newPage();
        page.onConsoleMessage(message -> complaints.add(message.text()));
        page.onPageError(complaints::add);
        page.onRequest(request -> requests.add(request.url()));
        page.navigate(file.toUri() + hash);
        page.waitForSelector("body[data-ready]");
        return page;
    }

    private Page open(String hash) {
        return open(hash, 1400, ColorScheme.LIGHT);
    }

    private static List<Double> doubles(float[] values) {
        return IntStream.range(0, values.length)
                .mapToObj(i -> (double) values[i])
                .toList();
    }

    private static double[] numbers(Object list) {
        return ((List<?>) list)
                .stream().mapToDouble(each -> ((Number) each).doubleValue()).toArray();
    }

    @Test
    void theLogitsAreThoseOfTheEngine() {
        Page page = open("");
        for (int model = 0; model < models.size(); model++) {
            for (int id = 0; id < 10; id++) {
                Batch image = TEST.batch(id);
                double[] expected = doubles(models.get(model).logits(image).values()).stream()
                        .mapToDouble(Double::doubleValue)
                        .toArray();
                assertThat(numbers(page.evaluate(
                                "([model, pixels]) => gauntlet.logits(model, pixels)",
                                List.of(model, doubles(image.pixels())))))
                        .as("logits of model %d for example %d", model, id)
                        .containsExactly(expected, within(TOLERANCE));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fgsm", "pgd"})
    void theAttacksAreThoseOfTheProgram(String name) {
        Page page = open("");
        FixedBudgetAttack<DifferentiableClassifier> attack =
                name.equals("fgsm") ? Fgsm.defaults() : new Pgd(40, 1 / 30.0, false, 1, .99, new CrossEntropy());
        int successes = 0;
        int moved = 0;
        for (int model = 0; model < models.size(); model++) {
            for (int id = 0; id < 8; id++) {
                Batch image = TEST.batch(id);
                Logits clean = models.get(model).logits(image);
                int answer = clean.prediction(0);
                int target = (answer + 1 + id) % 10 == answer ? (answer + 1) % 10 : (answer + 1 + id) % 10;
                boolean isTargeted = id % 2 == 1;
                double epsilon = .02 * (1 + id);
                Batch labelled = new Batch(image.shape(), image.ids(), new int[] {answer}, image.pixels());
                Problem problem = Problem.of(labelled, Norm.LINF);
                AttackResult expected = attack.prepare(
                                models.get(model),
                                isTargeted ? problem.withCriterion(Targeted.at(target, 10)) : problem)
                        .within(epsilon);
                Map<?, ?> actual = (Map<?, ?>) page.evaluate(
                        "([model, pixels, goal, isTargeted, epsilon, name]) => gauntlet.attack(model, pixels, goal, isTargeted, epsilon, name)",
                        List.of(
                                model,
                                doubles(image.pixels()),
                                isTargeted ? target : answer,
                                isTargeted,
                                epsilon,
                                name));

                String about = "%s on model %d, example %d".formatted(name, model, id);
                assertThat(actual.get("isSuccess")).as(about).isEqualTo(expected.success()[0]);
                double[] pixels = numbers(actual.get("pixels"));
                for (int i = 0; i < pixels.length; i++) {
                    assertThat(pixels[i]).as(about).isBetween(0.0, 1.0);
                    assertThat(Math.abs(pixels[i] - image.pixels()[i]))
                            .as(about)
                            .isLessThanOrEqualTo(epsilon + 1e-7);
                    if (expected.success()[0] && Math.abs(pixels[i] - expected.pixels()[i]) > TOLERANCE) {
                        moved++;
                    }
                }
                successes += expected.success()[0] ? 1 : 0;
            }
        }
        assertThat(successes).isBetween(6, 23);
        // a gradient of nearly 0 may have another sign in 32 bits
        assertThat(moved).as("pixels that differ, of %d", successes * 784).isLessThanOrEqualTo(successes * 784 / 1000);
    }

    private static String verdict(Page page, int row) {
        return page.locator(".verdict").nth(row).innerText();
    }

    private static void requireVerdict(Page page, int row, String text) {
        PlaywrightAssertions.assertThat(page.locator(".verdict").nth(row)).containsText(text);
    }

    @Test
    void theVerdictFollowsTheSliderByKeyboard() {
        Page page = open("#epsilon=0.2&attack=pgd");
        requireVerdict(page, 0, "PGD succeeded");
        page.focus("#epsilon");
        page.keyboard().press("Home");
        requireVerdict(page, 0, "Unchanged: epsilon is 0");
        page.keyboard().press("End");

        requireVerdict(page, 0, "PGD succeeded");
        assertThat(page.inputValue("#epsilon-number")).isEqualTo(page.inputValue("#epsilon-largest"));
        assertThat(page.locator(".model-row h3").allInnerTexts()).containsExactly("plain", "<b>rich</b>", "onnx");
    }

    @Test
    void theAddressHoldsTheState() {
        Page page = open("");
        page.click(".thumb >> nth=7");
        page.selectOption("#attack", "pgd");
        page.selectOption("#target", "3");
        page.fill("#epsilon-number", "0.25");
        page.keyboard().press("Tab");
        requireVerdict(page, 0, "→ 3: PGD succeeded");
        page.waitForCondition(() -> page.locator("#command").innerText().contains("--target 3"));
        String verdicts = verdict(page, 0) + verdict(page, 1) + verdict(page, 2);
        Page again = open(page.url().substring(page.url().indexOf('#')));

        requireVerdict(again, 2, verdict(page, 2));
        assertThat(verdict(again, 0) + verdict(again, 1) + verdict(again, 2)).isEqualTo(verdicts);
        assertThat(again.inputValue("#target")).isEqualTo("3");
        assertThat(again.locator(".thumb[aria-current=true]").count()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#attack=toString&target=length&epsilon=NaN&largest=-1&example=1e9",
                "#attack=&target=2.5&epsilon=&largest=&example=2.5",
                "#target=10&epsilon=7&largest=0&example=-1"
            })
    void anAddressThatMakesNoSenseGivesTheDefaults(String hash) {
        Page page = open(hash);

        PlaywrightAssertions.assertThat(page.locator(".verdict")).hasCount(3);
        assertThat(page.inputValue("#attack")).isEqualTo("fgsm");
        assertThat(page.inputValue("#target")).isEmpty();
        assertThat(page.inputValue("#epsilon-largest")).isEqualTo("0.3");
        assertThat(page.locator(".thumb").first().getAttribute("aria-current")).isEqualTo("true");
    }

    @Test
    void aDigitIsDrawn() {
        Page page = open("#epsilon=0");
        page.check("input[value=draw]");
        BoundingBox pad = page.locator("#pad").boundingBox();
        page.mouse().move(pad.x + pad.width / 2, pad.y + 40);
        page.mouse().down();
        page.mouse().move(pad.x + pad.width / 2, pad.y + pad.height - 40);
        page.mouse().up();

        PlaywrightAssertions.assertThat(page.locator("#own-label")).isVisible();
        requireVerdict(page, 0, "Unchanged: epsilon is 0");
        // its class is what the first model says
        assertThat(page.locator(".model-row canvas").first().getAttribute("aria-label"))
                .isEqualTo("Clean image, answered " + page.inputValue("#label"));
        String other = page.inputValue("#label").equals("1") ? "2" : "1";
        page.selectOption("#label", other);
        requireVerdict(page, 0, "Wrong without any change");
    }

    @Test
    void examplesAreFilteredByClass() {
        Page page = open("");
        page.selectOption("#pick-label", "4");

        assertThat(page.locator("#thumbs .thumb").allInnerTexts())
                .hasSizeGreaterThan(5)
                .allMatch(text -> text.equals("4"));
    }

    @ParameterizedTest
    @CsvSource({"400, LIGHT", "400, DARK", "1600, LIGHT", "1600, DARK"})
    void hasNoAccessibilityViolationAndFits(int width, ColorScheme scheme) {
        Page page = open("#epsilon=0.2", width, scheme);
        requireVerdict(page, 0, "succeeded");

        Accessibility.assertNoViolation(page);
        Accessibility.assertFitsItsWidth(page);
    }

    @Test
    void theSamePageHasTheSameBytes() throws IOException {
        Path again = folder.resolve("again.html");
        ExportedPage.write(exploration(), again);

        assertThat(again).hasSameBinaryContentAs(file);
        assertThat(Files.readString(file)).doesNotContain("<b>rich").contains("default-src 'none'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    flatten, linear 8, gelu, linear 10 | The model one cannot be exported: the page cannot compute
                    flatten, linear 3000, linear 10    | has 2,385,010 parameters, too many for a page (at most 2,000,000)
                    """)
    void refusesWhatAPageCannotCompute(String network, String message) {
        try (NetworkClassifier model = new Trainer(1, 50, .01, 0)
                .train(Network.parse(network), StrokeDigits.dataset("train", 60, 1), TEST, new TrainingListener() {})) {
            Exploration large = exploration(List.of(Explorations.model("one", model)));

            assertThatThrownBy(() -> ExportedPage.write(large, folder.resolve("none.html")))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining(message)
                    .hasMessageEndingWith(
                            "'gauntlet explore' without --export %s.", network.contains("gelu") ? "can" : "serves it");
        }
        assertThat(folder.resolve("none.html")).doesNotExist();
    }

    @Test
    void refusesAModelWhoseLayersAreNotAccessible() {
        Exploration blackBox = exploration(List.of(Explorations.model("one", models.get(0), Access.BLACK_BOX)));

        assertThatThrownBy(() -> ExportedPage.write(blackBox, folder.resolve("none.html")))
                .hasMessage(
                        "The model one cannot be exported: its layers are not accessible; 'gauntlet explore' without --export serves any model.");
    }
}
