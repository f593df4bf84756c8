package dev.gauntlet.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The index as the script of the page reads it; {@code SitePageTest} searches in it. */
class SearchIndexTest {
    private static final String BEGIN = "window.gauntletIndex = ";

    @TempDir
    Path root;

    @Test
    void hasEverySectionWithItsText() throws IOException {
        SmallRepository small = new SmallRepository(root);
        small.write("docs/data.md", "# Data\n\nAll \"kinds\".\n\n## Your own\n\nImages & `</script>`.\n");
        String script = small.text("search-index.js");

        assertThat(script).startsWith(BEGIN).endsWith("];\n");
        JsonNode index = JsonMapper.shared().readTree(script.substring(BEGIN.length(), script.length() - 2));
        assertThat(index)
                .extracting(
                        found -> found.get("url").asString(),
                        found -> found.get("page").asString(),
                        found -> found.get("heading").asString(),
                        found -> found.get("text").asString())
                .containsExactly(
                        tuple("index.html", "Home", "Home", "See data."),
                        tuple("data.html", "Data", "Data", "All \"kinds\"."),
                        tuple("data.html#your-own", "Data", "Your own", "Images & </script>."),
                        tuple("ci.html", "Recipes", "Recipes", ""),
                        tuple("ci.html#jobyml", "Recipes", "job.yml", "Download steps: [test]"));
    }
}
