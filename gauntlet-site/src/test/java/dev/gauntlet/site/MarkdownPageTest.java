package dev.gauntlet.site;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MarkdownPageTest {
    @ParameterizedTest
    @CsvSource({
        "What to expect, what-to-expect",
        "What \"proved\" means, what-proved-means",
        "report.json, reportjson",
        "`--norm l2` and `x_y`, --norm-l2-and-x_y",
        "Can the number be trusted?, can-the-number-be-trusted",
        "The gate: from a number, the-gate-from-a-number",
        "A & B, a--b",
        "[Link](data.md) *here*, link-here",
        "Großes Äpfelchen, großes-äpfelchen",
        "VNN-LIB, vnn-lib",
    })
    void givesHeadingsTheAnchorsOfGitHub(String heading, String anchor) {
        assertThat(page("# Title\n\n## " + heading).sections().get(1).anchor()).isEqualTo(anchor);
    }

    @Test
    void numbersEqualHeadings() {
        assertThat(page("# A\n\n## B\n\n## B\n\n## b\n").sections())
                .extracting(MarkdownPage.Section::anchor)
                .containsExactly("a", "b", "b-1", "b-2");
    }

    @Test
    void readsTheTextOfSectionsWithoutMarks() {
        MarkdownPage page = page("""
                # Title

                First *emphasized*
                line.

                ## `Code`

                | a | b |
                |---|---|
                | 1 | [two](data.md) |

                - item

                      indented

                ```java
                int x = 1;
                ```
                """);

        assertThat(page.title()).hasValue("Title");
        assertThat(page.sections())
                .containsExactly(
                        new MarkdownPage.Section(1, "Title", "title", "First emphasized line."),
                        new MarkdownPage.Section(2, "Code", "code", "a b 1 two item indented int x = 1;"));
    }

    @Test
    void rendersTablesThatScrollAndCodeAsItIs() {
        assertThat(page("# T\n\n| a |\n|--:|\n| 1 |\n\n    <b>\n").html())
                .contains("aria-label=\"Table\" tabindex=\"0\"><table>", "<td align=\"right\">1</td>", "</table></div>")
                .contains("<pre tabindex=\"0\"><code>&lt;b&gt;");
    }

    private static MarkdownPage page(String markdown) {
        return new MarkdownPage(new Contents.Entry("docs/a.md", "A"), markdown);
    }
}
