package dev.gauntlet.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.report.ReportJson;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the README, taken from it, compiles and does what the README says; the class here is the same. */
class SeedsJobTest {
    private static final Path SOURCE = Path.of("src/main/java/dev/gauntlet/examples/SeedsJob.java");

    private static final Pattern JAVA = Pattern.compile("(?ms)^```java\\R(.*?)^```$");

    @Test
    void theReadmeTrainsAttacksAndReports(@TempDir Path folder) throws Exception {
        Path source = Files.writeString(folder.resolve("SeedsJob.java"), shown());
        Path target = folder.resolve("report");
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter complaints = new StringWriter();
        boolean compiled = compiler.getTask(
                        complaints,
                        null,
                        null,
                        List.of("-cp", System.getProperty("java.class.path"), "-d", folder.toString()),
                        null,
                        compiler.getStandardFileManager(null, null, null).getJavaFileObjects(source))
                .call();
        assertThat(compiled).as(complaints.toString()).isTrue();

        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, SeedsJobTest.class.getClassLoader())) {
            loader.loadClass("SeedsJob").getMethod("main", String[].class).invoke(null, (Object)
                    new String[] {target.toString()});
        }

        RobustnessReport report = ReportJson.read(target);
        assertThat(report.results()).hasSize(7);
        assertThat(report.results().get(0).accuracy().rate()).isBetween(0.97, 0.995);
        assertThat(report.results().get(4).epsilon()).isEqualTo(0.2);
        assertThat(report.results().get(4).accuracy().rate()).isLessThan(0.2);
        assertThat(target.resolve("index.html")).isNotEmptyFile();
    }

    @Test
    void theClassIsWhatTheReadmeShows() throws IOException {
        String source = Files.readString(SOURCE)
                .replaceFirst("(?s)^package.*?(?=import)", "")
                .replaceAll("(?ms)^ */\\*\\*.*?\\*/\\R", "")
                .replace("    private SeedsJob() {}\n\n", "");

        assertThat(shown()).isEqualTo(source);
    }

    private static String shown() throws IOException {
        Matcher block = JAVA.matcher(Files.readString(Path.of("../README.md")));
        assertThat(block.find()).isTrue();
        return block.group(1);
    }
}
