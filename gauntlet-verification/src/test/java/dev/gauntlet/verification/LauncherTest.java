package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The program as it is distributed, in processes of its own. */
class LauncherTest {
    private static final Path PROGRAM =
            Path.of("../gauntlet-cli/target/gauntlet").toAbsolutePath().normalize();

    private static final int PATIENCE_SECONDS = 120;

    private static final long LARGE_BYTES = 10_000_000;

    private static final int FEW_CLASSES = 600;

    /** The bit of SIGINT in the mask of ignored signals. */
    private static final Pattern INTERRUPTS_IGNORED = Pattern.compile("(?m)^SigIgn:\\s*\\p{XDigit}+[2367abefABEF]$");

    /** The digits are drawn once for all tests. */
    @TempDir
    static Path cache;

    @TempDir
    Path folder;

    private Path launcher;

    @BeforeEach
    void find() {
        launcher = PROGRAM.resolve("bin/gauntlet");
        assumeTrue(Files.isExecutable(launcher), launcher + " is not built; run ./mvnw package");
        assumeFalse(System.getProperty("os.name").startsWith("Windows"), "the launcher is a shell script");
    }

    @Test
    void printsItsVersion() throws Exception {
        Finished version = run(List.of(launcher.toString(), "--version"));

        assertThat(version.exitCode).as(version.err).isZero();
        assertThat(version.out).matches("gauntlet \\d+\\.\\d+\\.\\d+\\S*\\R");
        assertThat(version.err).isEmpty();
    }

    @Test
    void startsFromAnyFolderThroughALinkAndASpace() throws Exception {
        Path place = Files.createDirectories(folder.resolve("with a space/- and more"));
        Path program = Files.createSymbolicLink(place.resolve("program"), PROGRAM);
        Path link =
                Files.createSymbolicLink(folder.resolve("a link"), folder.relativize(program.resolve("bin/gauntlet")));

        Finished version = run(List.of(link.toString(), "--version"));

        assertThat(version.exitCode).as(version.err).isZero();
        assertThat(version.out).startsWith("gauntlet ");
    }

    @Test
    void theFirstStartInAPlaceMakesAnArchiveOfClassesThatLaterStartsUse() throws Exception {
        Path elsewhere = copy(folder.resolve("with a space"));
        assertThat(archives(elsewhere)).isEmpty();

        Process other = builder(List.of(elsewhere.resolve("bin/gauntlet").toString(), "--version"))
                .start();
        assertPrintsItsVersion(elsewhere, "");
        assertThat(other.waitFor()).isZero();

        assertThat(archives(elsewhere)).hasSize(1);
        FileTime made = Files.getLastModifiedTime(archives(elsewhere).get(0));
        // fails if Java cannot use the archive
        assertPrintsItsVersion(elsewhere, "-Xshare:on");
        assertThat(archives(elsewhere)).hasSize(1);
        assertThat(Files.getLastModifiedTime(archives(elsewhere).get(0))).isEqualTo(made);
    }

    @Test
    void changedLibrariesAndAnotherPlaceGetAnArchiveOfTheirOwn() throws Exception {
        Path first = withFewClasses(copy(folder.resolve("first")));
        assertPrintsItsVersion(first, "");
        Path second = Files.move(first, folder.resolve("second"));
        assertPrintsItsVersion(second, "");
        assertThat(archives(second)).hasSize(2);
        dateOfALibrary(second, "2020-01-01T00:00:00Z");

        assertPrintsItsVersion(second, "");

        assertThat(archives(second)).hasSize(3);
        assertPrintsItsVersion(second, "-Xshare:on");
    }

    @Test
    void aHardLinkToALibraryChangesNothing() throws Exception {
        Path program = withFewClasses(copy(folder.resolve("program")));
        assertPrintsItsVersion(program, "");
        List<Path> made = archives(program);
        Files.createLink(folder.resolve("link"), library(program));

        assertPrintsItsVersion(program, "");

        assertThat(made).hasSize(1);
        assertThat(archives(program)).isEqualTo(made);
    }

    @Test
    void keepsTheThreeNewestArchives() throws Exception {
        Path program = withFewClasses(copy(folder.resolve("program")));
        List<Path> old = new ArrayList<>();
        for (int day = 1; day <= 4; day++) {
            Path archive = Files.createFile(program.resolve("lib/gauntlet-%d.jsa".formatted(day)));
            Files.setLastModifiedTime(archive, FileTime.from(Instant.parse("2020-01-0%dT00:00:00Z".formatted(day))));
            old.add(archive);
        }

        assertPrintsItsVersion(program, "");

        assertThat(archives(program)).hasSize(3).contains(old.get(2), old.get(3));
        assertPrintsItsVersion(program, "-Xshare:on");
    }

    private static void dateOfALibrary(Path program, String date) throws IOException {
        Files.setLastModifiedTime(library(program), FileTime.from(Instant.parse(date)));
    }

    private static Path library(Path program) throws IOException {
        try (Stream<Path> libraries = Files.list(program.resolve("lib"))) {
            return libraries
                    .filter(file -> file.getFileName().toString().startsWith("slf4j-nop"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void startsWithoutAnArchiveWhereNoneCanBeMadeOrItDoesNotFit() throws Exception {
        Path elsewhere = withFewClasses(copy(folder.resolve("elsewhere")));
        Path classes = elsewhere.resolve("lib/gauntlet.classes");
        Path kept = Files.move(classes, folder.resolve("kept"));
        assertPrintsItsVersion(elsewhere, "");
        assertThat(archives(elsewhere)).isEmpty();

        Files.move(kept, classes);
        assertPrintsItsVersion(elsewhere, "");
        Path archive = archives(elsewhere).get(0);
        Files.delete(archive);
        Files.writeString(archive, "not an archive");
        assertPrintsItsVersion(elsewhere, "");
        Files.delete(archive);
        Files.createFile(archive);
        assertPrintsItsVersion(elsewhere, "");
        assertThat(archives(elsewhere)).containsExactly(archive);
        assertThat(archive).isEmptyFile();
    }

    /** Copies the program without its archives; large libraries are linked. */
    private static Path copy(Path place) throws IOException {
        boolean onOneDisk = Files.getFileStore(PROGRAM).equals(Files.getFileStore(Files.createDirectories(place)));
        for (String part : List.of("bin", "lib")) {
            Path to = Files.createDirectories(place.resolve(part));
            try (Stream<Path> files = Files.list(PROGRAM.resolve(part))) {
                for (Path file : files.filter(file -> !isArchive(file)).toList()) {
                    Path copy = to.resolve(file.getFileName());
                    if (Files.size(file) > LARGE_BYTES && onOneDisk) {
                        Files.createLink(copy, file);
                    } else {
                        Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
                    }
                }
            }
        }
        assumeTrue(Files.exists(place.resolve("lib/gauntlet.classes")), "the build could not list the classes");
        return place;
    }

    /** Shortens the list of classes, so that an archive takes a second and not five. */
    private static Path withFewClasses(Path program) throws IOException {
        Path list = program.resolve("lib/gauntlet.classes");
        Files.write(list, Files.readAllLines(list).subList(0, FEW_CLASSES));
        return program;
    }

    private static List<Path> archives(Path program) throws IOException {
        try (Stream<Path> files = Files.list(program.resolve("lib"))) {
            return files.filter(LauncherTest::isArchive).toList();
        }
    }

    private static boolean isArchive(Path file) {
        return file.getFileName().toString().contains(".jsa");
    }

    private void assertPrintsItsVersion(Path program, String javaOptions) throws Exception {
        ProcessBuilder builder = builder(List.of(program.resolve("bin/gauntlet").toString(), "--version"));
        builder.environment().put("GAUNTLET_JAVA_OPTIONS", javaOptions);

        Finished version = finish(builder);

        assertThat(version.exitCode).as(version.err).isZero();
        assertThat(version.out).startsWith("gauntlet ").hasLineCount(1);
        assertThat(version.err).isEmpty();
    }

    @Test
    void namesAJavaHomeThatIsNone() throws Exception {
        assertRefusesJavaHome(folder.resolve("nothing"), "where there is no bin/java; set it to the folder of a JDK");
        assertRefusesJavaHome(
                Files.createDirectories(folder.resolve("empty/bin/java"))
                        .getParent()
                        .getParent(),
                "where there is no bin/java; set it to the folder of a JDK");
        assertRefusesJavaHome(javaHome("broken", "exit 3"), "where bin/java does not run; use a JDK, 17 or newer");
        assertRefusesJavaHome(
                javaHome("old", "echo 'openjdk version \"1.8.0_392\"' >&2"), "which is Java 1.8.0_392; use a JDK");
        Path eleven = javaHome("eleven", "exit 3");
        Files.writeString(eleven.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"11.0.21\"\n");
        assertRefusesJavaHome(eleven, "which is Java 11.0.21; use a JDK, 17 or newer");
    }

    private Path javaHome(String name, String script) throws IOException {
        Path home = folder.resolve(name);
        Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\n" + script + "\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        return home;
    }

    private void assertRefusesJavaHome(Path home, String message) throws Exception {
        ProcessBuilder builder = builder(List.of(launcher.toString(), "demo"));
        builder.environment().put("JAVA_HOME", home.toString());

        Finished refused = finish(builder);

        assertThat(refused.exitCode).isEqualTo(4);
        assertThat(refused.err)
                .startsWith("gauntlet: JAVA_HOME is '%s', ".formatted(home))
                .contains(message)
                .hasLineCount(1);
        assertThat(refused.out).isEmpty();
    }

    @Test
    void hintsAtTheLocaleForNamesThatItCannotSpell() throws Exception {
        ProcessBuilder builder =
                builder(List.of("sh", "-c", launcher + " inspect \"$(printf 'm\\303\\266del.safetensors')\""));
        builder.environment().put("LC_ALL", "C");

        Finished refused = finish(builder);

        assertThat(refused.exitCode).isEqualTo(2);
        assertThat(refused.err)
                .contains("The locale cannot represent the name", "(its encoding is ANSI_X3.4-1968)")
                .contains("LC_ALL=C.UTF-8")
                .hasLineCount(1);
    }

    @Test
    void refusesInOneLineAndLeavesNothing() throws Exception {
        Finished refused = run(List.of(launcher.toString(), "demo", "--offline", "--dataset", "mnist"));

        assertThat(refused.exitCode).isEqualTo(2);
        assertThat(refused.err).startsWith("gauntlet: MNIST is not available: ").hasLineCount(1);
        assertThat(refused.out).isEmpty();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aMissingLibraryIsNoFaultOfTheInput() throws Exception {
        ProcessBuilder builder = builder(command("train"));
        builder.environment().put("GAUNTLET_JAVA_OPTIONS", "-Dorg.bytedeco.javacpp.platform=plan9-sparc");

        Finished refused = finish(builder);

        assertThat(refused.exitCode).isEqualTo(4);
        assertThat(refused.err).startsWith("gauntlet: ").contains("plan9-sparc").hasLineCount(1);
    }

    @Test
    void anInterruptedDemoLeavesNothingBehind() throws Exception {
        interrupt("demo", "gauntlet: Interrupted; no report was written.\n");
    }

    @Test
    void anInterruptedTrainingLeavesNothingBehind() throws Exception {
        interrupt("train", "gauntlet: Interrupted; no weights were written.\n");
    }

    /** Presses Ctrl-C as soon as the first epoch is over. */
    private void interrupt(String name, String message) throws Exception {
        Path status = Path.of("/proc/self/status");
        assumeTrue(Files.isReadable(status), "this system does not tell which signals are ignored");
        assumeFalse(
                INTERRUPTS_IGNORED.matcher(Files.readString(status)).find(),
                "this process ignores Ctrl-C, and so do its children");
        Process process = builder(command(name)).start();
        try (BufferedReader out = process.inputReader()) {
            boolean trains = out.lines().anyMatch(line -> line.startsWith("Epoch 1/"));
            assertThat(trains).as("an epoch was reported").isTrue();
            assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                            .start()
                            .waitFor())
                    .isZero();
            String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(err).isEqualTo(130);
            assertThat(err).isEqualTo(message);
            assertThat(folder).isEmptyDirectory();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aKilledEvaluationGoesOnWhereItStopped() throws Exception {
        Path weights = smallNetwork();
        Path journal = folder.resolve("journal");
        killOnceThereIs(
                journal.resolve("shard-0000-01-00000.bin"),
                evaluation(weights, "killed", "--journal", journal.toString()));
        assertThat(folder.resolve("killed/report.json")).doesNotExist();

        Finished resumed = run(evaluation(weights, "resumed", "--journal", journal.toString()));
        Finished undisturbed = run(evaluation(weights, "undisturbed"));

        assertThat(resumed.exitCode).as(resumed.err).isZero();
        assertThat(undisturbed.exitCode).as(undisturbed.err).isZero();
        assertThat(resumed.out)
                .containsPattern(
                        "(?m)^[\\d,]+ of 1,000 images were already finished; their results are from the journal .*journal\\.$");
        assertThat(withoutTiming("resumed")).isEqualTo(withoutTiming("undisturbed"));
    }

    /** Ends a program, as kill -9 does, as soon as it has written a file. */
    private void killOnceThereIs(Path file, List<String> command) throws Exception {
        Process killed = builder(command).redirectErrorStream(true).start();
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!Files.exists(file) && System.nanoTime() < end) {
                assertThat(killed.waitFor(10, TimeUnit.MILLISECONDS))
                        .as("it is over before it could be killed")
                        .isFalse();
            }
        } finally {
            killed.destroyForcibly();
        }
        assertThat(killed.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(file).exists();
    }

    @Test
    void aKilledTrainingContinuesToTheSameBytes() throws Exception {
        Path journal = folder.resolve("journal");
        List<String> undisturbed = training("undisturbed.safetensors");
        List<String> command = new ArrayList<>(training("continued.safetensors"));
        command.addAll(List.of("--journal", journal.toString()));
        killOnceThereIs(journal.resolve("training.safetensors"), command);
        assertThat(folder.resolve("continued.safetensors")).doesNotExist();
        assertThat(journal.resolve("training-last.safetensors"))
                .as("what there is so far")
                .exists();

        Finished continued = run(command);
        Finished other = run(undisturbed);

        assertThat(continued.exitCode).as(continued.err).isZero();
        assertThat(other.exitCode).as(other.err).isZero();
        assertThat(continued.out)
                .containsPattern(
                        "(?m)^[12] of 3 epochs were already finished; the training continues from the journal\\.$")
                .doesNotContain("Epoch 1/3");
        for (String file : List.of("%s.safetensors", "%s-last.safetensors")) {
            assertThat(folder.resolve(file.formatted("continued")))
                    .hasSameBinaryContentAs(folder.resolve(file.formatted("undisturbed")));
        }
    }

    @Test
    void aKilledDefenseContinuesToTheSameBytes() throws Exception {
        Path weights = smallNetwork();
        Path journal = folder.resolve("journal");
        List<String> command = new ArrayList<>(defense(weights, "continued"));
        command.addAll(List.of("--journal", journal.toString()));
        killOnceThereIs(journal.resolve("training.safetensors"), command);
        assertThat(folder.resolve("continued")).doesNotExist();

        Finished continued = run(command);
        Finished undisturbed = run(defense(weights, "undisturbed"));

        assertThat(continued.exitCode).as(continued.err).isZero();
        assertThat(undisturbed.exitCode).as(undisturbed.err).isZero();
        assertThat(continued.out)
                .contains("images were already finished; their results are from the journal")
                .containsPattern("[12] of 3 epochs were already finished");
        for (String file : List.of("model.safetensors", "model-last.safetensors")) {
            assertThat(folder.resolve("continued").resolve(file))
                    .hasSameBinaryContentAs(folder.resolve("undisturbed").resolve(file));
        }
    }

    private List<String> training(String file) {
        return List.of(
                launcher.toString(),
                "train",
                "--dataset",
                "digits",
                "--network",
                "mlp:784-16-10",
                "--defend",
                "pgd:steps=2",
                "--epsilon",
                "0.05",
                "--averaging",
                "0.9",
                "--weight-perturbation",
                "0.01",
                "--epochs",
                "3",
                "--out",
                folder.resolve(file).toString());
    }

    private List<String> defense(Path weights, String report) {
        return List.of(
                launcher.toString(),
                "defend",
                weights.toString(),
                "--dataset",
                "digits",
                "--defend",
                "pgd:steps=2",
                "--epsilon",
                "0.05",
                "--epochs",
                "3",
                "--examples",
                "100",
                "--attack",
                "fgsm",
                "--out",
                folder.resolve(report).toString());
    }

    private List<String> evaluation(Path weights, String report, String... more) {
        List<String> command = new ArrayList<>(List.of(
                launcher.toString(),
                "evaluate",
                weights.toString(),
                "--dataset",
                "digits",
                "--examples",
                "1000",
                "--shard-size",
                "100",
                "--attack",
                "pgd:steps=400",
                "--epsilon",
                "0.02",
                "--workers",
                "1",
                "--out",
                folder.resolve(report).toString()));
        command.addAll(List.of(more));
        return command;
    }

    private JsonNode withoutTiming(String report) throws IOException {
        JsonNode json = JsonMapper.shared()
                .readTree(Files.readString(folder.resolve(report).resolve("report.json")));
        return ((ObjectNode) json).without("timing");
    }

    private static List<String> command(String name) {
        return List.of(
                PROGRAM.resolve("bin/gauntlet").toString(),
                name,
                "--dataset",
                "digits",
                "--network",
                "mlp:784-16-10",
                "--epochs",
                "10000");
    }

    private Finished run(List<String> command) throws Exception {
        return finish(builder(command));
    }

    /** Trains a small network. */
    private Path smallNetwork() throws Exception {
        Path weights = folder.resolve("small.safetensors");
        Finished training = run(List.of(
                launcher.toString(),
                "train",
                "--dataset",
                "digits",
                "--network",
                "mlp:784-16-10",
                "--epochs",
                "1",
                "--out",
                weights.toString()));
        assertThat(training.exitCode).as(training.err).isZero();
        return weights;
    }

    private ProcessBuilder builder(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        Map<String, String> environment = builder.environment();
        environment.remove("GAUNTLET_DATA");
        environment.remove("GAUNTLET_JAVA_OPTIONS");
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("XDG_CACHE_HOME", cache.toString());
        environment.put("GAUNTLET_DEFAULTS", "");
        return builder;
    }

    private static Finished finish(ProcessBuilder builder) throws Exception {
        Path err = Files.createTempFile("gauntlet", ".err");
        try {
            Process process = builder.redirectError(err.toFile()).start();
            String out = process.inputReader().lines().map(line -> line + "\n").collect(Collectors.joining());
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            return new Finished(process.exitValue(), out, Files.readString(err));
        } finally {
            Files.delete(err);
        }
    }

    private record Finished(int exitCode, String out, String err) {}
}
