package dev.gauntlet.verification;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Media;
import dev.gauntlet.site.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The documentation's site in a real browser, opened from files. */
@Tag("browser")
@Tag("explore")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SitePageTest {
    private static final String VERSION = "0.2.0-SNAPSHOT";

    private Chromium chromium;
    private Path site;

    /** Console messages, failed requests and requests to anything but a file, of the current test. */
    private final List<String> complaints = new ArrayList<>();

    @BeforeAll
    void writeSite(@TempDir Path folder) throws IOException {
        chromium = Chromium.startOrSkip();
        Site.write(Path.of(".."), folder, "0.1.0");
        Files.delete(folder.resolve("0.1.0/spark.html"));
        Site.write(Path.of(".."), folder, VERSION);
        site = folder.resolve(VERSION);
    }

    @AfterAll
    void stop() {
        if (chromium != null) {
            chromium.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"1400, LIGHT", "1400, DARK", "400, LIGHT", "400, DARK"})
    void hasNoAccessibilityViolation(int width, ColorScheme scheme) {
        try (BrowserContext context = context(width, scheme)) {
            Page page = open(context, "index.html");
            assertThat(complaints).isEmpty();
            Accessibility.assertNoViolation(page);

            page.navigate(url("attacks.html"));
            page.locator(".version summary").click();
            page.keyboard().press("/");
            page.keyboard().type("epsilon");
            assertThat(page.locator(".results li").first()).isVisible();
            Accessibility.assertNoViolation(page);
        }
    }

    @Test
    void noPageScrollsSidewaysOrLoadsFromElsewhere() throws IOException {
        List<String> names;
        try (Stream<Path> files = Files.list(site)) {
            names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".html"))
                    .sorted()
                    .toList();
        }
        assertThat(names).hasSizeGreaterThan(20);
        try (BrowserContext context = context(1400, ColorScheme.LIGHT)) {
            Page page = open(context, "index.html");
            for (String name : names) {
                page.navigate(url(name));
                for (int width : List.of(400, 800, 1100, 1600)) {
                    page.setViewportSize(width, 900);
                    assertThat(page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))
                            .as("pixels by which %s is too wide at %s", name, width)
                            .isEqualTo(0);
                }
            }
        }
        assertThat(complaints).isEmpty();
    }

    @Test
    void theSearchFindsAPageByAWordAndTheKeyboardAlone() {
        try (BrowserContext context = context(1400, ColorScheme.LIGHT)) {
            Page page = open(context, "index.html");
            page.keyboard().press("/");
            page.keyboard().type("smoothing");

            assertThat(page.locator(".results li").first()).containsText("Certificates › Randomized smoothing");
            assertThat(page.locator(".results li mark").first())
                    .hasText(Pattern.compile("smoothing", Pattern.CASE_INSENSITIVE));
            page.keyboard().press("ArrowDown");
            page.keyboard().press("ArrowDown");
            page.keyboard().press("ArrowUp");
            page.keyboard().press("Enter");
            page.waitForURL("**/certify.html#randomized-smoothing");
            assertThat(page.locator("#randomized-smoothing")).isInViewport();
        }
        assertThat(complaints).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "onnx|Your own model › ONNX",
                "csv|Your own data › CSV",
                "jenkins|Recipes for pipelines › Jenkinsfile",
                "report.json|The report › report.json",
                "adversarial training|Benchmarks › Adversarial training",
                "overstat|Can the number be trusted? › The overstatement",
            })
    void theBestResultComesFirst(String query, String first) {
        try (BrowserContext context = context(400, ColorScheme.DARK)) {
            Page page = open(context, "faq.html");
            page.locator("#search").fill(query);

            assertThat(page.locator(".results .where").first()).hasText(first);
            page.locator("#search").press("Enter");
            assertThat(page.locator("h1")).hasText(first.substring(0, first.indexOf(" › ")));
        }
    }

    @Test
    void theSearchSaysWhatItFound() {
        try (BrowserContext context = context(1400, ColorScheme.LIGHT)) {
            Page page = open(context, "index.html");
            Locator status = page.getByRole(AriaRole.STATUS);
            Locator input = page.locator("#search");

            input.fill("xyzzy");
            assertThat(status).hasText("Nothing found for “xyzzy”.");
            assertThat(page.locator(".results li")).hasCount(0);
            input.fill("epsilon");
            assertThat(status).hasText(Pattern.compile("The best 20 of \\d+ results"));
            assertThat(page.locator(".results li")).hasCount(20);
            input.fill("GAUNTLET_DATA");
            assertThat(page.locator(".results li", containing("Environment variables")))
                    .isVisible();
            input.fill("(<b>[");
            assertThat(status).hasText(Pattern.compile("results?$"));
            input.press("Escape");
            assertThat(page.locator(".results")).isHidden();
            input.fill("--");
            assertThat(page.locator(".results")).isHidden();
        }
        assertThat(complaints).isEmpty();
    }

    @Test
    void theMenuLeadsToTheSamePageOfAnotherVersionIfItHasIt() {
        try (BrowserContext context = context(1400, ColorScheme.LIGHT)) {
            Page page = open(context, "data.html");
            page.locator(".version summary").click();
            assertThat(page.locator(".version li")).hasText(new String[] {VERSION + " (unreleased)", "0.1.0"});
            assertThat(page.locator(".version [aria-current]")).hasText(VERSION + " (unreleased)");
            page.locator(".version li").last().getByRole(AriaRole.LINK).click();
            page.waitForURL("**/0.1.0/data.html");

            page.navigate(url("spark.html"));
            page.locator(".version summary").click();
            page.locator(".version li a").last().click();
            page.waitForURL("**/0.1.0/index.html");

            page.navigate(site.resolveSibling("index.html").toUri().toString());
            page.waitForURL("**/0.1.0/index.html");
        }
        assertThat(complaints).isEmpty();
    }

    @Test
    void aButtonCopiesCode() {
        try (BrowserContext context = context(1400, ColorScheme.LIGHT)) {
            context.grantPermissions(List.of("clipboard-read", "clipboard-write"));
            Page page = open(context, "tutorial.html");
            page.locator(".code").first().hover();
            page.locator(".code button").first().click();

            assertThat(page.locator(".code button").first()).hasText("Copied");
            assertThat(page.evaluate("() => navigator.clipboard.readText()"))
                    .isEqualTo(page.locator("main pre").first().textContent());
        }
        assertThat(complaints).isEmpty();
    }

    @Test
    void isCompleteWithoutScriptButForTheSearch() {
        try (BrowserContext context = chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setViewportSize(1400, 900)
                        .setJavaScriptEnabled(false))) {
            Page page = open(context, "data.html");

            assertThat(page.locator(".search")).isHidden();
            assertThat(page.locator(".version")).hasText(VERSION);
            assertThat(page.locator(".headings a[href='#csv']")).isVisible();
            page.locator(".pages a[href='gate.html']").click();
            assertThat(page.locator("h1")).hasText("The gate: from a number to a verdict");
        }
    }

    @Test
    void printsOnlyTheTextInLightColours() {
        try (BrowserContext context = context(1400, ColorScheme.DARK)) {
            Page page = open(context, "data.html");
            page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.PRINT));

            assertThat(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
                    .isEqualTo("rgb(255, 255, 255)");
            assertThat(page.locator(".pages")).isHidden();
            assertThat(page.locator("header")).isHidden();
            assertThat(page.locator("main h1")).isVisible();
        }
    }

    private static Page.LocatorOptions containing(String text) {
        return new Page.LocatorOptions().setHasText(text);
    }

    private BrowserContext context(int width, ColorScheme scheme) {
        return chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setViewportSize(width, 900)
                        .setColorScheme(scheme));
    }

    private Page open(BrowserContext context, String name) {
        complaints.clear();
        Page page = context.newPage();
        page.onConsoleMessage(message -> complaints.add(message.text()));
        page.onPageError(complaints::add);
        page.onRequestFailed(request -> complaints.add("failed: " + request.url()));
        page.onRequest(request -> {
            if (!request.url().startsWith("file:")) {
                complaints.add("not a file: " + request.url());
            }
        });
        page.navigate(url(name));
        return page;
    }

    private String url(String name) {
        return site.resolve(name).toUri().toString();
    }
}
