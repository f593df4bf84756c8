package dev.gauntlet.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteTest {
    private static final Path REPOSITORY = Path.of("..");

    @TempDir
    Path folder;

    private SmallRepository small;

    @BeforeEach
    void writeRepository() throws IOException {
        small = new SmallRepository(folder.resolve("repository"));
    }

    /** Every build checks the links of the documentation by this. */
    @Test
    void makesAPageOfEveryPageOfTheDocumentation() throws IOException {
        Site.write(REPOSITORY, folder, "0.1.0-SNAPSHOT");

        Path site = folder.resolve("0.1.0-SNAPSHOT");
        try (Stream<Path> docs = Files.list(REPOSITORY.resolve("docs"))) {
            assertThat(docs.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".md")))
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(site.resolve(name.replace(".md", ".html")))
                            .exists());
        }
        assertThat(site.resolve("index.html")).content().contains("<h1 id=\"gauntlet\">Gauntlet</h1>");
        assertThat(site.resolve("plan.schema.json"))
                .hasSameBinaryContentAs(REPOSITORY.resolve("docs/plan.schema.json"));
        assertThat(site.resolve("gate.html")).content().contains("<a href=\"ci.html#jenkinsfile\">");
    }

    @Test
    void givesEachPageAFileOfItsOwn() {
        assertThat(Contents.OF_GAUNTLET.entries())
                .extracting(Contents.Entry::file)
                .doesNotHaveDuplicates();
    }

    /** Looks at the files as a browser does, independently of how the generator checks. */
    @Test
    void everyLinkOfTheSiteLeadsToAFileAndAnAnchor() throws IOException {
        Map<String, byte[]> files = new Site(REPOSITORY, Contents.OF_GAUNTLET, "1.0.0").files();
        Pattern link = Pattern.compile("(?:href|src)=\"([^\"#]*)(?:#([^\"]*))?\"");
        int checked = 0;
        for (Map.Entry<String, byte[]> page : files.entrySet()) {
            if (!page.getKey().endsWith(".html")) {
                continue;
            }
            Matcher links = link.matcher(new String(page.getValue(), StandardCharsets.UTF_8));
            while (links.find()) {
                String file = links.group(1).isEmpty() ? page.getKey() : links.group(1);
                if (file.startsWith("https://") || file.equals("../versions.js")) {
                    continue;
                }
                checked++;
                assertThat(files).as(page.getKey()).containsKey(file);
                if (links.group(2) != null) {
                    assertThat(new String(files.get(file), StandardCharsets.UTF_8))
                            .as(page.getKey() + " links to " + links.group())
                            .contains("id=\"" + links.group(2) + "\"");
                }
            }
        }
        assertThat(checked).isGreaterThan(500);
    }

    @Test
    void writesTheSameBytesFromTheSameInput() throws IOException {
        SmallRepository copy = new SmallRepository(folder.resolve("elsewhere/copy"));
        small.site().write(folder.resolve("a"));
        copy.site().write(folder.resolve("b"));

        assertThat(contents(folder.resolve("a")))
                .hasSizeGreaterThan(8)
                .usingRecursiveComparison()
                .isEqualTo(contents(folder.resolve("b")));
    }

    @Test
    void linksEachPageWithItsNeighbours() throws IOException {
        assertThat(small.text("index.html"))
                .contains("<a rel=\"next\" href=\"data.html\"")
                .doesNotContain("rel=\"prev\"");
        assertThat(small.text("data.html"))
                .contains("<a rel=\"prev\" href=\"index.html\"", "<a rel=\"next\" href=\"ci.html\"")
                .contains("<li><a href=\"data.html\" aria-current=\"page\">Data</a></li>")
                .contains("<li class=\"level-2\"><a href=\"#your-own\">Your own</a></li>");
        assertThat(small.text("ci.html")).doesNotContain("rel=\"next\"");
    }

    @Test
    void showsTheFilesOfAFolder() throws IOException {
        small.write("docs/data.md", "# Data\n\n## Your own\n\n[job](ci/job.yml) in [all](ci)\n");

        assertThat(small.text("ci.html"))
                .contains("<h2 id=\"jobyml\">job.yml</h2>", "<a href=\"ci/job.yml\">Download</a>", "steps: [test]");
        assertThat(small.text("ci/job.yml")).isEqualTo("steps: [test]\n");
        assertThat(small.text("data.html"))
                .contains("<a href=\"ci.html#jobyml\">job</a>", "<a href=\"ci.html\">all</a>");
    }

    @Test
    void forbidsEverythingButItsOwnFiles() throws IOException {
        assertThat(small.text("index.html"))
                .contains("content=\"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';")
                .doesNotContain("<style", " style=", " onclick=", "<script>");
    }

    @Test
    void keepsTheOtherVersions() throws IOException {
        small.site("1.0.0").write(folder.resolve("out"));
        Files.writeString(folder.resolve("out/1.0.0/old.html"), "a page that a later version lacks");
        Files.createDirectories(folder.resolve("out/images"));
        small.site("1.1.0-SNAPSHOT").write(folder.resolve("out"));

        assertThat(folder.resolve("out/1.0.0/old.html")).exists();
        assertThat(folder.resolve("out/versions.js"))
                .content()
                .startsWith("window.gauntletVersions = [")
                .containsSubsequence("1.1.0-SNAPSHOT", "1.0.0", "old.html")
                .doesNotContain("images");
        assertThat(folder.resolve("out/index.html")).content().contains("url=1.0.0/index.html");
    }

    @Test
    void replacesTheSameVersion() throws IOException {
        small.site().write(folder.resolve("out"));
        Files.writeString(folder.resolve("out/1.0.0/old.html"), "a page that was removed");
        small.site().write(folder.resolve("out"));

        assertThat(folder.resolve("out/1.0.0/old.html")).doesNotExist();
    }

    @Test
    void leavesAFolderAloneThatIsNoSite() throws IOException {
        Path mine = folder.resolve("out/1.0.0/mine.txt");
        Files.createDirectories(mine.getParent());
        Files.writeString(mine, "mine");

        assertThatThrownBy(() -> small.site().write(folder.resolve("out")))
                .isInstanceOf(SiteException.class)
                .hasMessageEndingWith("1.0.0 exists and is not a site; remove it");
        assertThat(mine).exists();
    }

    @Test
    void refusesAVersionThatIsNoName() {
        assertThatThrownBy(() -> small.site("../1.0").write(folder.resolve("out")))
                .hasMessage("'../1.0' is not a version such as 1.0.0");
    }

    @Test
    void writesNothingIfALinkIsBroken() throws IOException {
        small.site().write(folder.resolve("out"));
        Map<String, String> before = contents(folder.resolve("out"));
        small.write("docs/data.md", "# Data\n\n[gone](gone.md)\n");

        assertThatThrownBy(() -> small.site().write(folder.resolve("out"))).isInstanceOf(SiteException.class);
        assertThat(contents(folder.resolve("out"))).isEqualTo(before);
    }

    @Test
    void refusesAPageThatTheNavigationLacks() throws IOException {
        small.write("docs/new.md", "# New\n").write("NEWS.md", "# News\n");

        assertThatThrownBy(small.site()::files)
                .hasMessage("NEWS.md: the page is in no group of the navigation; add it to Contents.java\n"
                        + "docs/new.md: the page is in no group of the navigation; add it to Contents.java");
    }

    @Test
    void refusesANavigationWithoutItsPage() throws IOException {
        Files.delete(small.root.resolve("docs/data.md"));

        assertThatThrownBy(small.site()::files)
                .hasMessageStartingWith("docs/data.md: Contents.java names it, but it does not exist\n");
    }

    @Test
    void refusesAPageWithoutTitle() throws IOException {
        small.write("docs/data.md", "Text.\n\n## Your own\n");

        assertThatThrownBy(small.site()::files)
                .hasMessage("docs/data.md:1: the page does not begin with a title, such as '# Attacks'");
    }

    private static Map<String, String> contents(Path folder) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(folder.relativize(file).toString(), Arrays.toString(Files.readAllBytes(file)));
            }
        }
        return contents;
    }
}
