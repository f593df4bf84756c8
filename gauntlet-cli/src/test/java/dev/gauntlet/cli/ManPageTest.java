package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class ManPageTest {
    @TempDir
    Path folder;

    @BeforeEach
    void generate() {
        StringWriter err = new StringWriter();
        assertThat(Gauntlet.run(
                        Map.of(),
                        new PrintWriter(new StringWriter()),
                        new PrintWriter(err),
                        "generate-man-pages",
                        folder.toString()))
                .as(err.toString())
                .isZero();
    }

    @Test
    void everyCommandHasAPageWithAllOfItsOptions() {
        assertHasPage(Gauntlet.commandLine(Map.of()).getCommandSpec());
        assertThat(folder.resolve("gauntlet-generate-man-pages.1")).doesNotExist();
    }

    private void assertHasPage(CommandSpec command) {
        String name = command.qualifiedName("-");
        assertThat(folder.resolve(name + ".1"))
                .content()
                .startsWith(".TH \"" + name.toUpperCase(Locale.ROOT) + "\" 1 ")
                .contains(command.options().stream()
                        .filter(option -> !option.hidden())
                        .map(option -> "\\fB" + option.longestName().replace("-", "\\-") + "\\fR")
                        .toList())
                .doesNotContain("${", "%%", "%n", "@|");
        command.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(below -> !below.usageMessage().hidden())
                .forEach(this::assertHasPage);
    }

    @Test
    void theMainPageListsCommandsEnvironmentAndExitCodes() {
        assertThat(folder.resolve("gauntlet.1"))
                .content()
                .contains("evaluate", ".SH \"ENVIRONMENT\"", "GAUNTLET_DATA", ".SH \"EXIT STATUS\"", "130");
    }

    @Test
    void groffFindsNothingWrong() throws Exception {
        for (Path page : pages()) {
            assertThat(printed("groff", "-man", "-Tutf8", "-ww", "-z", page.toString()))
                    .as(page.toString())
                    .isEmpty();
        }
    }

    @Test
    void manShowsThePage() throws Exception {
        String shown =
                printed("man", "-l", folder.resolve("gauntlet-evaluate.1").toString());

        // man may write a letter, a backspace and the letter again for a bold one
        assertThat(shown.replaceAll(".\b", "").replaceAll("\\s+", " "))
                .contains("NAME", "gauntlet evaluate [OPTIONS] [MODEL]", "ATTACK OPTIONS", "--epsilon=LIST")
                .contains("Default: the first unused one of runs/evaluate,")
                .contains("gauntlet evaluate --plan runs/nightly/report.json");
    }

    private List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> pages = files.toList();
            assertThat(pages).hasSizeGreaterThan(10);
            return pages;
        }
    }

    private static String printed(String... command) throws Exception {
        assumeTrue(
                Arrays.stream(System.getenv("PATH").split(":", -1))
                        .anyMatch(place -> Files.isExecutable(Path.of(place, command[0]))),
                command[0] + " is not installed");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("MANWIDTH", "100");
        builder.environment().put("MANPAGER", "cat");
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }
}
