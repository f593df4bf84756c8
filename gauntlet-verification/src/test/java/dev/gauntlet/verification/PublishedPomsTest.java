package dev.gauntlet.verification;

import static dev.gauntlet.verification.Poms.texts;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Maven Central refuses an artifact whose POM, with that of its parent, does not say these things. */
class PublishedPomsTest {
    private static final Path PARENT = PublishedArtifacts.ROOT.resolve("pom.xml");
    private static final String BOM = "gauntlet-bom";
    private static final Path BOMS_POM = PublishedArtifacts.ROOT.resolve(BOM).resolve("pom.xml");
    private static final String NEVER_PUBLISHED = "never published";

    /** The elements that a module inherits from its parent. */
    private static final List<String> ABOUT_THE_PROJECT = List.of(
            "url",
            "licenses/license/name",
            "licenses/license/url",
            "developers/developer/name",
            "scm/connection",
            "scm/developerConnection",
            "scm/url");

    private static final List<String> ABOUT_THE_MODULE = List.of("name", "description");

    static Stream<String> modules() throws Exception {
        return texts(PARENT, "/project/modules/module").stream();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void aModuleIsPublishedWithItsNameAndDescriptionOrSaysThatItIsNot(String module) throws Exception {
        Path pom = PublishedArtifacts.ROOT.resolve(module).resolve("pom.xml");
        boolean skipped = texts(pom, "/project/properties/maven.deploy.skip").equals(List.of("true"));

        if (skipped) {
            assertThat(texts(BOMS_POM, "//dependency/artifactId")).doesNotContain(module);
        } else {
            assertSays(pom, ABOUT_THE_MODULE);
            assertThat(texts(pom, "/project/description")).noneMatch(text -> text.contains(NEVER_PUBLISHED));
            if (!module.equals(BOM)) {
                assertThat(texts(BOMS_POM, "//dependency/artifactId")).contains(module);
                // what it would say itself could differ from what the others inherit
                assertThat(texts(pom, "/project/parent/artifactId")).containsExactly("gauntlet-parent");
                for (String element : ABOUT_THE_PROJECT) {
                    assertThat(texts(pom, "/project/" + element)).as(element).isEmpty();
                }
            }
        }
    }

    @Test
    void theParentSaysWhatModulesInherit() throws Exception {
        assertSays(PARENT, ABOUT_THE_MODULE);
        assertSays(PARENT, ABOUT_THE_PROJECT);
        // otherwise Maven appends the name of the module to each address
        for (String path : List.of(
                "/project/@child.project.url.inherit.append.path",
                "/project/scm/@child.scm.url.inherit.append.path",
                "/project/scm/@child.scm.connection.inherit.append.path",
                "/project/scm/@child.scm.developerConnection.inherit.append.path")) {
            assertThat(texts(PARENT, path)).as(path).containsExactly("false");
        }
    }

    @Test
    void theListOfVersionsSaysTheSameAsItHasNoParent() throws Exception {
        for (String element : ABOUT_THE_PROJECT) {
            assertThat(texts(BOMS_POM, "/project/" + element))
                    .as(element)
                    .isEqualTo(texts(PARENT, "/project/" + element));
        }
    }

    private static void assertSays(Path pom, List<String> elements) throws Exception {
        for (String element : elements) {
            assertThat(texts(pom, "/project/" + element))
                    .as("%s of %s", element, pom)
                    .isNotEmpty()
                    .noneMatch(String::isBlank);
        }
    }
}
