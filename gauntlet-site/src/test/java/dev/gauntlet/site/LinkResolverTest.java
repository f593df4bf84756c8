package dev.gauntlet.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinkResolverTest {
    @TempDir
    Path root;

    private SmallRepository small;

    @BeforeEach
    void writeRepository() throws IOException {
        small = new SmallRepository(root);
        small.write("LICENSE", "Apache").write("docs/images/a b.svg", "<svg/>").write("core/src/A.java", "class A {}");
    }

    @ParameterizedTest
    @CsvSource({
        "../README.md, index.html",
        "data.md, data.html",
        "data.md#your-own, #your-own",
        "#your-own, #your-own",
        "../README.md#home, index.html#home",
        "ci, ci.html",
        "ci/, ci.html",
        "ci/job.yml, ci.html#jobyml",
        "../LICENSE, LICENSE",
        "../core/src/A.java, core/src/A.java",
        "images/a%20b.svg, images/a%20b.svg",
        "https://arxiv.org/abs/1412.6572#x, https://arxiv.org/abs/1412.6572#x",
        "mailto:a@example.org, mailto:a@example.org",
    })
    void turnsALinkIntoOneOfTheSite(String link, String expected) throws IOException {
        small.write("docs/data.md", "# Data\n\n## Your own\n\n[text](" + link + ")\n");

        assertThat(small.text("data.html")).contains("<a href=\"" + expected + "\">text</a>");
        if (!expected.contains(":") && !expected.contains("#")) {
            assertThat(small.site().files()).containsKey(expected.replace("%20", " "));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gone.md, is a broken link: docs/gone.md does not exist",
        "README.md, is a broken link: docs/README.md does not exist",
        "../docs/images/gone.png, is a broken link: docs/images/gone.png does not exist",
        "data.md#gone, names no heading of docs/data.md",
        "#Your-Own, names no heading of docs/data.md",
        "../README.md#gone, names no heading of README.md",
        "../LICENSE#L1, 'has an anchor, but LICENSE is not a page'",
        "images, 'links to docs/images, which is not a page; add it to Contents.java'",
        "../../outside.txt, leads out of the repository",
        "/docs/data.md, leads neither to the web nor to a file of the repository",
        "//example.org/x, leads neither to the web nor to a file of the repository",
        "file:data.md, leads neither to the web nor to a file of the repository",
        "javascript:alert(1), leads neither to the web nor to a file of the repository",
    })
    void namesFileAndLineOfABrokenLink(String link, String problem) throws IOException {
        small.write(
                "docs/data.md",
                "# Data\n\n## Your own\n\nA paragraph\nof [two](data.md)\nand [text](" + link + ") lines.\n");

        assertThatThrownBy(small.site()::files).hasMessage("docs/data.md:7: " + link + " " + problem);
    }

    @Test
    void findsLinksInTablesListsAndImages() throws IOException {
        small.write("docs/data.md", """
                # Data

                ## Your own

                | a | b |
                |---|---|
                | [x](x.md) | [y](#y) |

                - one
                - [z](z.md)

                ![the image](i.png) [reference][r]

                [r]: r.md
                """);

        assertThatThrownBy(small.site()::files)
                .message()
                .satisfies(message -> assertThat(message.lines())
                        .containsExactly(
                                "docs/data.md:7: x.md is a broken link: docs/x.md does not exist",
                                "docs/data.md:7: #y names no heading of docs/data.md",
                                "docs/data.md:10: z.md is a broken link: docs/z.md does not exist",
                                "docs/data.md:12: i.png is a broken link: docs/i.png does not exist",
                                "docs/data.md:12: r.md is a broken link: docs/r.md does not exist"));
    }

    @Test
    void namesAPageByItsLabelInsteadOfItsFile() throws IOException {
        small.write(
                        "README.md",
                        "# Home\n\n[docs/data.md](docs/data.md#your-own), [LICENSE](LICENSE), [data.md](docs/data.md)\n")
                .write("docs/data.md", "# Data\n\n## Your own\n\n[docs/ci](ci)\n");

        assertThat(small.text("index.html"))
                .contains(
                        "<a href=\"data.html#your-own\">Data</a>",
                        "<a href=\"LICENSE\">LICENSE</a>",
                        "<a href=\"data.html\">data.md</a>");
        assertThat(small.text("data.html")).contains("<a href=\"ci.html\">Recipes</a>");
    }

    @Test
    void copiesAnImageThatLeadsToItsFullSize() throws IOException {
        small.write("docs/data.md", "# Data\n\n## Your own\n\n![what it shows](images/a%20b.svg)\n");

        assertThat(small.text("data.html"))
                .contains("<p><a href=\"images/a%20b.svg\"><img src=\"images/a%20b.svg\" alt=\"what it shows\"");
        assertThat(small.text("images/a b.svg")).isEqualTo("<svg/>");
    }

    @ParameterizedTest
    @CsvSource({
        "'![](images/a%20b.svg)', images/a%20b.svg has no text for readers who do not see it",
        "'![x](https://example.org/i.png)', https://example.org/i.png is an image from the network; add it to docs/images",
        "'<img src=\"https://example.org/i.png\">', <img src=\"https://example.org/i.png\"> is HTML; write Markdown",
        "'text <b>bold</b>', <b> is HTML; write Markdown",
    })
    void refusesWhatThePageMustNotShow(String markdown, String problem) throws IOException {
        small.write("docs/data.md", "# Data\n\n## Your own\n\n" + markdown + "\n");

        assertThatThrownBy(small.site()::files).hasMessageStartingWith("docs/data.md:5: " + problem);
    }

    @Test
    void leavesCommentsOut() throws IOException {
        small.write("docs/data.md", "# Data\n\n<!-- begin\nof it -->\n\n## Your own\n");

        assertThat(small.text("data.html")).doesNotContain("begin");
    }
}
