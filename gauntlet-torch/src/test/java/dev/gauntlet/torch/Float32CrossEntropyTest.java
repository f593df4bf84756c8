package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loss that is rounded as PyTorch's against PyTorch's own, on a processor that has the instructions. */
class Float32CrossEntropyTest {
    private static final int PATIENCE_SECONDS = 300;

    private static final Pattern COUNTS =
            Pattern.compile("(.+) at (\\S+): (\\d+), PyTorch (\\d+), predictions that differ: (\\d+)");

    /** The digits are drawn once, as they are in a user's cache. */
    private static final Path CACHE = Path.of("target", "test-cache").toAbsolutePath();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"avx2", "avx512"})
    void everyBitOfTheDerivativeIsThatOfPyTorch(String capability) throws Exception {
        List<String> lines = compare(capability, "derivatives");

        assertThat(lines).hasSize(39).allSatisfy(line -> assertThat(line).endsWith(": 0 rows differ"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"avx2", "avx512"})
    void everyCountOfASampleUnderAttackIsThatOfPyTorch(String capability) throws Exception {
        requireSameCounts(compare(capability, "sample", CACHE.toString()));
    }

    @Tag("published")
    @ParameterizedTest
    @ValueSource(strings = {"avx2", "avx512"})
    void everyCountUnderAttackIsThatOfPyTorch(String capability) throws Exception {
        requireSameCounts(compare(capability, "networks", CACHE.toString()));
    }

    private static void requireSameCounts(List<String> lines) {
        assertThat(lines).hasSize(9);
        for (String line : lines) {
            MatchResult counts = COUNTS.matcher(line).results().findFirst().orElseThrow(() -> new AssertionError(line));
            assertThat(counts.group(3)).as(line).isEqualTo(counts.group(4));
            assertThat(counts.group(5)).as(line).isEqualTo("0");
        }
    }

    private List<String> compare(String capability, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Dorg.bytedeco.javacpp.nopointergc=true",
                "-cp",
                System.getProperty("java.class.path"),
                PyTorchComparison.class.getName()));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        // a processor with wider registers would use them, and add in another order
        builder.environment().put("ATEN_CPU_CAPABILITY", capability);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(err)).isZero();
        List<String> lines = new ArrayList<>(Files.readAllLines(out));
        String used = lines.remove(0);
        assumeTrue(
                used.equals("capability " + capability.toUpperCase(Locale.ROOT)),
                "this processor has no %s: %s".formatted(capability, used));
        return lines;
    }
}
