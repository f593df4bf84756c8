package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The libraries as Java modules: what they declare, and a program of modules that runs with them. */
class ModulesTest {
    private static final Path PROGRAM = PublishedArtifacts.ROOT.resolve("gauntlet-cli/target/gauntlet");
    private static final Path SOURCE = Path.of("src/test/modular-project").toAbsolutePath();

    private static final int PATIENCE_SECONDS = 120;

    @TempDir
    Path folder;

    private Map<String, ModuleReference> modules;

    @BeforeEach
    void find() {
        assumeTrue(Files.isDirectory(PROGRAM.resolve("lib")), PROGRAM + " is not built; run ./mvnw package");
        modules = ModuleFinder.of(PROGRAM.resolve("lib")).findAll().stream()
                .collect(Collectors.toMap(each -> each.descriptor().name(), each -> each, (a, b) -> a, TreeMap::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev.gauntlet.core", "dev.gauntlet.http", "dev.gauntlet.images", "dev.gauntlet.report"})
    void aModuleExportsItsPackagesAndProvidesTheSameServicesAsOnTheClassPath(String name) throws Exception {
        ModuleDescriptor module = modules.get(name).descriptor();

        assertThat(module.isAutomatic()).isFalse();
        assertThat(module.exports().stream().filter(each -> !each.isQualified()).map(Exports::source))
                .containsExactlyInAnyOrderElementsOf(module.packages());
        Map<String, List<String>> provided = module.provides().stream()
                .collect(Collectors.toMap(ModuleDescriptor.Provides::service, ModuleDescriptor.Provides::providers));
        assertThat(provided.keySet())
                .containsExactlyInAnyOrderElementsOf(services(name).keySet());
        services(name)
                .forEach((service, providers) ->
                        assertThat(provided.get(service)).as(service).containsExactlyInAnyOrderElementsOf(providers));
    }

    @Test
    void everyOtherLibraryOfTheProjectNamesItself() {
        List<String> automatic = modules.values().stream()
                .map(ModuleReference::descriptor)
                .filter(ModuleDescriptor::isAutomatic)
                .map(ModuleDescriptor::name)
                .filter(name -> name.contains("gauntlet"))
                .toList();

        assertThat(automatic)
                .containsExactly(
                        "dev.gauntlet.bounds",
                        "dev.gauntlet.cli",
                        "dev.gauntlet.explore",
                        "dev.gauntlet.onnx",
                        "dev.gauntlet.spark",
                        "dev.gauntlet.torch");
    }

    @Test
    void aProgramOfModulesEvaluatesANetworkAndWritesItsReport() throws Exception {
        compile();
        Path run = folder.resolve("run");
        // the engine is an automatic module, so it cannot say that it requires these
        String engine = modules.keySet().stream()
                .filter(name -> name.startsWith("org.bytedeco."))
                .collect(Collectors.joining(","));
        Path out = folder.resolve("out.txt");

        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.bytedeco.javacpp.nopointergc=true",
                        "--module-path",
                        PROGRAM.resolve("lib") + File.pathSeparator + folder.resolve("classes"),
                        "--add-modules",
                        engine,
                        "-m",
                        "com.example.modular/com.example.modular.Main",
                        run.toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }

        String printed = Files.readString(out);
        assertThat(process.exitValue()).as(printed).isZero();
        assertThat(printed.lines())
                .anyMatch(line -> line.startsWith("accuracy 0.9"))
                .contains(
                        "plan true",
                        "service CsvFormat of dev.gauntlet.core",
                        "service ImageFolderFormat of dev.gauntlet.images",
                        "service HttpFormat of dev.gauntlet.http",
                        "service TorchFormat of dev.gauntlet.torch");
        assertThat(run.resolve("index.html")).content().contains("FGSM");
    }

    private void compile() {
        StringWriter complaints = new StringWriter();
        PrintWriter writer = new PrintWriter(complaints);
        int code = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        writer,
                        writer,
                        "--module-path",
                        PROGRAM.resolve("lib").toString(),
                        "-d",
                        folder.resolve("classes").toString(),
                        SOURCE.resolve("module-info.java").toString(),
                        SOURCE.resolve("com/example/modular/Main.java").toString());
        assertThat(code).as(complaints.toString()).isZero();
    }

    /** Returns the providers that a library names in META-INF/services, by service. */
    private Map<String, List<String>> services(String module) throws Exception {
        Map<String, List<String>> services = new TreeMap<>();
        Path resources = PublishedArtifacts.ROOT
                .resolve(module.replace("dev.gauntlet.", "gauntlet-"))
                .resolve("src/main/resources/META-INF/services");
        if (Files.isDirectory(resources)) {
            try (Stream<Path> files = Files.list(resources)) {
                for (Path file : files.toList()) {
                    services.put(file.getFileName().toString(), Files.readAllLines(file));
                }
            }
        }
        return services;
    }
}
