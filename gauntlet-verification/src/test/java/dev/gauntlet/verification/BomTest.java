package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.NodeList;

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

    private static List<String> texts(Path pom, String expression) throws Exception {
        NodeList nodes = (NodeList) XPathFactory.newInstance()
                .newXPath()
                .evaluate(
                        expression,
                        DocumentBuilderFactory.newInstance()
                                .newDocumentBuilder()
                                .parse(pom.toFile()),
                        XPathConstants.NODESET);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(index -> nodes.item(index).getTextContent().strip())
                .toList();
    }
}
