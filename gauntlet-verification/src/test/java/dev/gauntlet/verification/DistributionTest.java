package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.gauntlet.Sha256;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the program has next to its libraries, and what it can do without its native ones. */
class DistributionTest {
    private static final Path TARGET =
            Path.of("..", "gauntlet-cli", "target").toAbsolutePath().normalize();

    private static final Path PROGRAM = TARGET.resolve("gauntlet");

    private static final int PATIENCE_SECONDS = 120;

    @TempDir
    Path folder;

    @BeforeEach
    void find() {
        assumeTrue(Files.isExecutable(PROGRAM.resolve("bin/gauntlet")), PROGRAM + " is not built; run ./mvnw package");
        assumeFalse(System.getProperty("os.name").startsWith("Windows"), "the launcher is a shell script");
    }

    @Test
    void hasManPagesCompletionSchemaAndLicenses() throws Exception {
        Path share = PROGRAM.resolve("share");
        assertThat(share.resolve("man/man1/gauntlet.1")).content().startsWith(".TH \"GAUNTLET\" 1");
        assertThat(share.resolve("man/man1/gauntlet-plan-new.1")).exists();
        assertThat(share.resolve("bash-completion/completions/gauntlet"))
                .content()
                .isEqualTo(run(PROGRAM, "generate-completion").printed());
        assertThat(share.resolve("gauntlet/plan.schema.json"))
                .hasSameTextualContentAs(Path.of("..", "docs", "plan.schema.json"));
        assertThat(PROGRAM.resolve("LICENSE")).exists();
        assertThat(PROGRAM.resolve("NOTICE")).exists();
        assertThat(PROGRAM.resolve("licenses")).isNotEmptyDirectory();
    }

    /** The launcher for Windows cannot run here, so it is compared with the one that does. */
    @Test
    void theLauncherForWindowsStartsTheSameProgram() throws IOException {
        String windows = Files.readString(PROGRAM.resolve("bin/gauntlet.cmd"));
        String unix = Files.readString(PROGRAM.resolve("bin/gauntlet"));

        for (String common : List.of(
                "dev.gauntlet.cli.Gauntlet",
                "-Xmx1g -XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.bytedeco.javacpp.nopointergc=true -Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "GAUNTLET_JAVA_OPTIONS",
                "JAVA_HOME")) {
            assertThat(windows).contains(common);
            assertThat(unix).contains(common);
        }
    }

    @Test
    void withoutNativeCodeItEvaluatesModelsBehindAnAddress() throws Exception {
        Path portable = portable();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            JsonNode images = JsonMapper.shared()
                    .readTree(exchange.getRequestBody().readAllBytes())
                    .path("instances");
            List<List<Integer>> answers = new ArrayList<>();
            images.forEach(image -> answers.add(List.of(9, 0, 0, 0, 0, 0, 0, 0, 0, 0)));
            byte[] answer = JsonMapper.shared().writeValueAsBytes(Map.of("predictions", answers));
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        try {
            Finished evaluated = run(
                    portable,
                    "evaluate",
                    "http://localhost:%d/m".formatted(server.getAddress().getPort()),
                    "--black-box",
                    "--attack",
                    "square:queries=2",
                    "--dataset",
                    "digits",
                    "--offline",
                    "--examples",
                    "20",
                    "--epsilon",
                    "0.1",
                    "--out",
                    "report");
            assertThat(evaluated.exitCode()).as(evaluated.printed()).isZero();
        } finally {
            server.stop(0);
        }
        assertThat(folder.resolve("report/index.html")).exists();
        assertThat(run(portable, "check", "report", "--at", "linf:0.1", "--min-robust-accuracy", "0")
                        .exitCode())
                .isEqualTo(3);
    }

    @Test
    void withoutNativeCodeItSaysWhatIsMissing() throws Exception {
        Path portable = portable();
        Files.write(folder.resolve("model.onnx"), TinyOnnx.matrixBehindSoftmax(784, 10, new byte[784 * 10 * 4]));

        for (List<String> command : List.of(
                List.of("train", "--dataset", "digits", "--offline", "--out", "x.safetensors"),
                List.of("inspect", "model.onnx"),
                List.of("evaluate", "model.onnx", "--dataset", "digits", "--offline"))) {
            Finished refused = run(portable, command.toArray(String[]::new));
            assertThat(refused.printed())
                    .as(command.toString())
                    .contains(
                            "gauntlet: This program has no native libraries for",
                            "as the portable distribution, which evaluates only models behind an address");
            assertThat(refused.exitCode()).isIn(2, 4);
        }
    }

    /** Archives are there after {@code ./mvnw verify -Pdistribution}. */
    @Test
    void theArchivesAreCompleteAndTheirChecksumsRight() throws Exception {
        List<Path> archives;
        try (Stream<Path> files = Files.list(TARGET)) {
            archives = files.filter(file -> file.toString().endsWith(".zip")).toList();
        }
        assumeTrue(!archives.isEmpty(), "no archive is built; run ./mvnw verify -Pdistribution");
        for (Path archive : archives) {
            String name = archive.getFileName().toString().replaceFirst("\\.zip$", "");
            try (ZipFile zip = new ZipFile(archive.toFile())) {
                List<String> entries =
                        zip.stream().map(entry -> entry.getName()).toList();
                assertThat(entries)
                        .allMatch(entry -> entry.startsWith(name + "/"))
                        .contains(
                                name + "/bin/gauntlet",
                                name + "/bin/gauntlet.cmd",
                                name + "/licenses/THIRD-PARTY.txt",
                                name + "/share/gauntlet/plan.schema.json",
                                name + "/share/man/man1/gauntlet-evaluate.1",
                                name + "/share/bash-completion/completions/gauntlet")
                        .noneMatch(entry -> entry.endsWith(".jsa"));
                List<String> nativeLibraries = entries.stream()
                        .filter(entry -> entry.matches(".*/lib/(pytorch|openblas|javacpp)-.*-[a-z]+-[a-z0-9_]+\\.jar"))
                        .toList();
                String platform = name.replaceFirst("gauntlet-[0-9.]+(-SNAPSHOT)?-", "");
                assertThat(nativeLibraries).hasSize(platform.equals("portable") ? 0 : 3);
                assertThat(nativeLibraries).allMatch(entry -> entry.endsWith(platform + ".jar"));
            }
            assertThat(archive.resolveSibling(archive.getFileName() + ".sha256"))
                    .content()
                    .isEqualToIgnoringNewLines(Sha256.ofFile(archive) + "  " + archive.getFileName());
        }
    }

    /** The steps of the Dockerfile, without Docker. */
    @Test
    void theImageHasEverythingUnpackedAndIsNotChangedByARun() throws Exception {
        List<Path> archives;
        try (Stream<Path> files = Files.list(TARGET)) {
            archives = files.filter(file -> file.toString().endsWith("-linux-x86_64.tar.gz"))
                    .toList();
        }
        assumeTrue(archives.size() == 1, "no archive is built; run ./mvnw verify -Pdistribution");
        Path installed = folder.resolve("opt/gauntlet");
        assertThat(Path.of("..", "Dockerfile"))
                .content()
                .contains("sh /install \"/build/gauntlet-${VERSION}-linux-x86_64.tar.gz\" /opt/gauntlet")
                .contains("USER 10001");
        Process process = new ProcessBuilder(
                        "sh",
                        Path.of("..", "docker", "install").toAbsolutePath().toString(),
                        archives.get(0).toString(),
                        installed.toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        List<String> before = listing(installed);
        assertThat(before).anyMatch(file -> file.contains("libtorch_cpu.so")).anyMatch(file -> file.contains(".jsa"));

        // fails if Java cannot use the archive of classes
        Finished trained = run(
                installed,
                Map.of(
                        "GAUNTLET_JAVA_OPTIONS",
                        "-Xshare:on -Dorg.bytedeco.javacpp.cachedir=" + installed.resolve("natives")),
                "train",
                "--quiet",
                "--dataset",
                "digits",
                "--offline",
                "--network",
                "mlp:784-4-10",
                "--epochs",
                "1",
                "--out",
                "network.safetensors");

        assertThat(trained.exitCode()).as(trained.printed()).isZero();
        assertThat(listing(installed)).isEqualTo(before);
    }

    private static List<String> listing(Path place) throws IOException {
        try (Stream<Path> files = Files.walk(place)) {
            List<String> listing = new ArrayList<>();
            for (Path file : files.sorted().filter(Files::isRegularFile).toList()) {
                listing.add("%s %d %s".formatted(file, Files.size(file), Files.getLastModifiedTime(file)));
            }
            return listing;
        }
    }

    /** The program as the portable archive has it. */
    private Path portable() throws IOException {
        Path portable = Files.createDirectories(folder.resolve("portable"));
        Files.createDirectories(portable.resolve("bin"));
        Files.createDirectories(portable.resolve("lib"));
        Files.copy(PROGRAM.resolve("bin/gauntlet"), portable.resolve("bin/gauntlet"));
        assertThat(portable.resolve("bin/gauntlet").toFile().setExecutable(true))
                .isTrue();
        try (Stream<Path> libraries = Files.list(PROGRAM.resolve("lib"))) {
            for (Path library : libraries.toList()) {
                String name = library.getFileName().toString();
                boolean isNative = name.startsWith("onnxruntime") || name.matches(".*-(linux|macosx|windows)-.*");
                if (name.endsWith(".jar") && !isNative) {
                    Files.copy(library, portable.resolve("lib").resolve(name));
                }
            }
        }
        return portable;
    }

    private Finished run(Path program, String... arguments) throws Exception {
        return run(program, Map.of(), arguments);
    }

    private Finished run(Path program, Map<String, String> environment, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(program.resolve("bin/gauntlet").toString()));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        builder.environment().put("GAUNTLET_DEFAULTS", "");
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Finished(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8));
    }

    private record Finished(int exitCode, String printed) {}
}
