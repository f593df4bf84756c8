package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.cli.Gauntlet;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;

/**
 * What the documentation prints compiles and runs exactly as it is printed: the Java here, that of the README in {@code
 * SeedsJobTest}, the plugin of the POM in {@link MavenPluginTest}.
 */
class DocumentationTest {
    private static final Pattern CLASS = Pattern.compile("(?m)^(?:public )?(?:final )?class (\\w+)");

    private static final int PATIENCE_SECONDS = 300;

    @TempDir
    Path folder;

    static List<Markdown.Block> java() throws IOException {
        return Markdown.blocks("java");
    }

    @ParameterizedTest
    @MethodSource("java")
    void allJavaCompilesAsPrinted(Markdown.Block block) throws IOException {
        compile(block.text());
    }

    @Test
    void theExampleForOnnxRuns() throws Exception {
        float[] weights = new float[784 * 10];
        for (int k = 0; k < 10; k++) {
            weights[(280 + k) * 10 + k] = 4;
        }
        ByteBuffer raw = ByteBuffer.allocate(weights.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(weights);
        Files.write(folder.resolve("model.onnx"), TinyOnnx.matrixBehindSoftmax(784, 10, raw.array()));
        byte[] pixels = new byte[20 * 784];
        byte[] labels = new byte[20];
        for (int i = 0; i < 20; i++) {
            labels[i] = (byte) (i % 10);
            pixels[784 * i + 280 + i % 10] = (byte) 255;
        }
        Files.write(
                folder.resolve("images.npz"),
                Numpy.npz(
                        Map.of("x", Numpy.npy("|u1", "(20, 28, 28)", pixels), "y", Numpy.npy("|u1", "(20,)", labels))));
        String name = compile(Markdown.block("docs/models.md", "java", "OnnxModels"));

        assertThat(run(name).split("\\R")).startsWith("0.0: 1.0").hasSize(2);
    }

    @Test
    void theTestOfJUnitRuns() throws Exception {
        Path model = folder.resolve("src/main/models/digits.safetensors");
        Files.createDirectories(model.getParent());
        StringWriter err = new StringWriter();
        assertThat(Gauntlet.run(
                        Map.of(),
                        new PrintWriter(new StringWriter()),
                        new PrintWriter(err),
                        "train",
                        "--network",
                        "mlp:784-16-10",
                        "--epochs",
                        "1",
                        "--dataset",
                        "digits",
                        "--offline",
                        "--quiet",
                        "--out",
                        model.toString()))
                .as(err.toString())
                .isZero();
        String name = compile(Markdown.block("docs/gate.md", "java", "assertRobust"));

        assertThat(run(JUnitProgram.class.getName(), name)).contains("2 tests passed, 0 failed");
    }

    /** The artifacts that the README names are those of this build. */
    @Test
    void theCoordinatesAreThoseOfThisBuild() throws Exception {
        Document printed = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new java.io.ByteArrayInputStream(
                        Markdown.block("README.md", "xml", "<dependency>").getBytes(StandardCharsets.UTF_8)));
        String artifact = printed.getElementsByTagName("artifactId").item(0).getTextContent();
        Document pom = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(Path.of("..", artifact, "pom.xml").toFile());
        assertThat(printed.getElementsByTagName("version").item(0).getTextContent())
                .isEqualTo(pom.getElementsByTagName("version").item(0).getTextContent());
        assertThat(printed.getElementsByTagName("groupId").item(0).getTextContent())
                .isEqualTo(pom.getElementsByTagName("groupId").item(0).getTextContent());
    }

    /** Compiles a class and returns its name. */
    private String compile(String source) throws IOException {
        Matcher name = CLASS.matcher(source);
        assertThat(name.find()).as(source).isTrue();
        Path file = Files.writeString(folder.resolve(name.group(1) + ".java"), source);
        Snippet.compile(file);
        return name.group(1);
    }

    /** Runs a class in the folder, as its relative paths mean that of a project, and returns what it prints. */
    private String run(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.bytedeco.javacpp.nopointergc=true",
                "-cp",
                folder + System.getProperty("path.separator") + System.getProperty("java.class.path")));
        command.addAll(List.of(words));
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String printed = Files.readString(out);
        assertThat(process.exitValue()).as(printed + Files.readString(err)).isZero();
        return printed;
    }
}
