package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Every command that the documentation prints exists, with its options and values of the right kind. */
class DocumentedCommandsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /** What a shell sees in a line: the program and its words, until the line ends or something else begins. */
    private static final Pattern COMMAND = Pattern.compile(
            "(?<![\\w./-]|--name )(?:\\./|bin/)?gauntlet(?:\\.cmd)? (?![=\"'(])((?:'[^']*'|\"[^\"]*\"|[^|&;<>)\\n'\"])*)");

    private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|([^\\s'\"]+)");
    private static final Pattern CODE = Pattern.compile("(?m)^(?: {4,}|\\t).*$|(?s)^```\\w*\\R.*?^```$");
    private static final Pattern INLINE = Pattern.compile("`((?:\\./|bin/)?gauntlet [^`]*)`");

    /**
     * A command in a file.
     *
     * @param isMention whether it is in a sentence, where it need not be complete
     */
    record Documented(String page, String command, boolean isMention) {
        /** Returns the words that the shell gives to the program. */
        List<String> words() {
            return WORD.matcher(command)
                    .results()
                    .map(word -> Stream.of(1, 2, 3)
                            .map(word::group)
                            .filter(each -> each != null)
                            .findFirst()
                            .orElseThrow())
                    .toList();
        }
    }

    static List<Documented> commands() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
        for (String folder : List.of("docs", "docs/ci")) {
            try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
                files.filter(file ->
                                Files.isRegularFile(file) && !file.toString().endsWith(".json"))
                        .sorted()
                        .forEach(pages::add);
            }
        }
        List<Documented> commands = new ArrayList<>();
        for (Path page : pages) {
            String text = Files.readString(page).replace("\\\n", " ");
            String name = ROOT.relativize(page).toString();
            if (name.endsWith(".md")) {
                CODE.matcher(text).results().map(MatchResult::group).forEach(code -> add(commands, name, code, false));
                INLINE.matcher(text)
                        .results()
                        .map(found -> found.group(1))
                        .forEach(code -> add(commands, name, code, true));
            } else {
                // pre-commit appends the names of the files
                add(commands, name, text, name.contains("pre-commit"));
            }
        }
        return commands;
    }

    private static void add(List<Documented> commands, String page, String code, boolean isMention) {
        code.lines()
                .map(line -> line.replaceFirst("(^|\\s)#.*", ""))
                .flatMap(line -> COMMAND.matcher(line).results())
                .map(found -> new Documented(page, found.group(1).strip(), isMention))
                .forEach(commands::add);
    }

    @Test
    void manyCommandsAreFound() throws IOException {
        assertThat(commands()).hasSizeGreaterThan(100);
        assertThat(commands())
                .extracting(Documented::page)
                .contains(
                        "README.md",
                        "docs/tutorial.md",
                        "docs/certify.md",
                        "docs/ci/github.yml",
                        "docs/ci/Jenkinsfile");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void theProgramTakesTheCommand(Documented documented) {
        String[] words = documented.words().toArray(String[]::new);
        try {
            Gauntlet.commandLine(Map.of()).parseArgs(words);
        } catch (CommandLine.MissingParameterException e) {
            assertThat(documented.isMention())
                    .as("%s: %s", documented, e.getMessage())
                    .isTrue();
        } catch (CommandLine.ParameterException e) {
            fail("%s: gauntlet %s: %s", documented.page(), documented.command(), e.getMessage());
        }
    }
}
