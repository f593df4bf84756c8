package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.args.AxeRunOptions;
import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Page;
import java.util.List;

/** What axe finds on a page, with its default rules. */
final class Accessibility {
    private Accessibility() {}

    /** Checks the whole page in one go, which takes half as long as by frames: there are none. */
    static List<Rule> violations(Page page) {
        assertThat(page.frames()).hasSize(1);
        AxeRunOptions options = new AxeRunOptions();
        options.setResultTypes(List.of("violations"));
        return new AxeBuilder(page)
                .setLegacyMode(true)
                .options(options)
                .analyze()
                .getViolations();
    }

    static void assertNoViolation(Page page) {
        assertThat(violations(page))
                .as("axe on %s at %d pixels", page.url(), page.viewportSize().width)
                .extracting(violation -> violation.getId() + ": " + violation.getNodes())
                .isEmpty();
    }

    static void assertFitsItsWidth(Page page) {
        assertThat(page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))
                .as("pixels by which the page is too wide")
                .isEqualTo(0);
    }
}
