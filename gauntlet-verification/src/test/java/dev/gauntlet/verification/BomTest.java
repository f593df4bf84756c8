package dev.gauntlet.verification;

import static dev.gauntlet.verification.Poms.texts;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The list of versions that users import; {@link StrangersProjectTest} builds a project with it. */
class BomTest {
    private static final Path BOM = Path.of("..", "gauntlet-bom", "pom.xml");

    private static final List<String> NOT_PUBLISHED = List.of(
            "gauntlet-bom", "gauntlet-examples", "gauntlet-benchmarks", "gauntlet-site", "gauntlet-verification");

    @Test
    void namesEveryModuleThatIsPublished() throws Exception {
        assertThat(texts(BOM, "//dependency/artifactId"))
                .containsExactlyElementsOf(texts(Path.of("..", "pom.xml"), "/project/modules/module").stream()
                        .filter(module -> !NOT_PUBLISHED.contains(module))
                        .toList());
        assertThat(texts(BOM, "//dependency/version")).containsOnly("${project.version}");
    }

    /** It has no parent, so it has its own version. */
    @Test
    void hasTheVersionOfTheBuild() throws Exception {
        assertThat(texts(BOM, "/project/version")).isEqualTo(texts(Path.of("..", "pom.xml"), "/project/version"));
    }
}
