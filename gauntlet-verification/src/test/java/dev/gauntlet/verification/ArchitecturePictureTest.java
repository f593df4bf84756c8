package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.gauntlet.AtomicFile;
import dev.gauntlet.GauntletException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The picture in {@code docs/architecture.md} shows the packages of the core and the modules as they are. */
class ArchitecturePictureTest {
    private static final Path PICTURE = Path.of("../docs/images/architecture.svg");
    private static final String ROOT = "dev.gauntlet";
    private static final String PREFIX = "gauntlet-";
    private static final XPath XPATH = XPathFactory.newInstance().newXPath();

    @Test
    void thePictureShowsThePackagesAndModulesAsTheyAre() throws Exception {
        Map<String, Map<String, Set<String>>> graphs = new LinkedHashMap<>();
        graphs.put("The packages of gauntlet-core: an arrow leads to a package that uses the other", packages());
        graphs.put("The modules", modules());
        String drawn = ArchitecturePicture.draw("The packages of the core and the modules of Gauntlet", graphs);
        if (Boolean.getBoolean("redraw")) {
            AtomicFile.write(PICTURE, out -> out.write(drawn.getBytes(StandardCharsets.UTF_8)));
        }
        assertThat(PICTURE)
                .as("the picture is out of date; draw it again with ./mvnw verify -pl gauntlet-verification -am"
                        + " -Dtest=ArchitecturePictureTest -Dsurefire.failIfNoSpecifiedTests=false -Dredraw=true")
                .content()
                .isEqualTo(drawn);
    }

    @Test
    void drawsWhatIsUsedOnTheLeftAndNoArrowThatFollows() {
        String drawn = ArchitecturePicture.draw(
                "three", Map.of("heading", Map.of("a", Set.of(), "b", Set.of("a"), "c", Set.of("a", "b"))));

        assertThat(drawn.split("<path d=\"M\\d+ \\d+C")).hasSize(1 + 2);
        assertThat(drawn)
                .containsSubsequence("<text x=\"78\"", ">a<", "<text x=\"228\"", ">b<", "<text x=\"378\"", ">c<");
        assertThatThrownBy(() ->
                        ArchitecturePicture.draw("two", Map.of("", Map.of("a", Set.of("b"), "b", Set.of("a")))))
                .hasMessageContaining("circle");
    }

    private static Map<String, Set<String>> packages() {
        Map<String, Set<String>> graph = new TreeMap<>();
        for (JavaClass type : new ClassFileImporter()
                .importUrl(GauntletException.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation())) {
            String room = room(type);
            if (!room.isEmpty()) {
                Set<String> used = graph.computeIfAbsent(room, name -> new TreeSet<>());
                type.getDirectDependenciesFromSelf().stream()
                        .map(dependency -> room(dependency.getTargetClass().getBaseComponentType()))
                        .filter(other -> !other.isEmpty() && !other.equals(room))
                        .forEach(used::add);
            }
        }
        return graph;
    }

    /** Returns the package of the core that a class is in, without what is inside of it; empty for the root and others. */
    private static String room(JavaClass type) {
        String name = type.getPackageName();
        return name.startsWith(ROOT + ".") ? name.substring(ROOT.length() + 1).split("\\.", 2)[0] : "";
    }

    private static Map<String, Set<String>> modules() throws Exception {
        Map<String, Set<String>> graph = new TreeMap<>();
        for (String module : texts(Path.of("../pom.xml"), "/project/modules/module")) {
            if (Files.isDirectory(Path.of("..", module, "src/main/java"))) {
                graph.put(name(module), new TreeSet<>());
                texts(
                                Path.of("..", module, "pom.xml"),
                                "/project/dependencies/dependency[groupId='%s' and not(scope='test')]/artifactId"
                                        .formatted(ROOT))
                        .forEach(used -> graph.get(name(module)).add(name(used)));
            }
        }
        return graph;
    }

    private static String name(String module) {
        return module.substring(PREFIX.length());
    }

    private static Set<String> texts(Path pom, String expression) throws Exception {
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(pom.toFile());
        NodeList nodes = (NodeList) XPATH.evaluate(expression, document, XPathConstants.NODESET);
        Set<String> texts = new TreeSet<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            texts.add(nodes.item(i).getTextContent());
        }
        return texts;
    }
}
