package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The artifacts of this build in a temporary repository, and a separate Maven process that builds a user's project with
 * them, offline.
 *
 * @param folder the folder of the repository and the logs
 */
record PublishedArtifacts(Path folder) {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    static final String VERSION = "0.1.0-SNAPSHOT";

    private static final String BOM = "gauntlet-bom";

    private static final int PATIENCE_SECONDS = 180;

    /** Publishes some modules and those that they need; skips the test if their jars are not built. */
    static PublishedArtifacts of(Path folder, String... modules) throws Exception {
        assumeFalse(System.getProperty("os.name").startsWith("Windows"), "mvnw is a shell script");
        Set<String> needed = neededBy(modules);
        for (String module : needed) {
            assumeTrue(Files.isRegularFile(jar(module)), jar(module) + " is not built; run ./mvnw package");
        }
        PublishedArtifacts artifacts = new PublishedArtifacts(folder);
        artifacts.publish(ROOT.resolve("pom.xml"), "gauntlet-parent", ".pom");
        artifacts.publish(ROOT.resolve(BOM).resolve("pom.xml"), BOM, ".pom");
        for (String module : needed) {
            artifacts.publish(ROOT.resolve(module).resolve("pom.xml"), module, ".pom");
            artifacts.publish(jar(module), module, ".jar");
        }
        return artifacts;
    }

    /** Runs Maven in a project. */
    Build build(Path project, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                ROOT.resolve("mvnw").toString(),
                "-B",
                "-o",
                "-f",
                project.resolve("pom.xml").toString(),
                "-Dmaven.repo.local=" + folder.resolve("repository"),
                "-Dmaven.repo.local.tail=" + userRepository()));
        command.addAll(Arrays.asList(arguments));
        Path log = folder.resolve("build.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(project.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        // the coverage agent and the like of this build are not for that one
        List.of("MAVEN_ARGS", "JAVA_TOOL_OPTIONS").forEach(builder.environment()::remove);
        // a build of seconds ends before a second compiler has paid off
        builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("Maven ends: %s", Files.readString(log))
                    .isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return new Build(process.exitValue(), Files.readString(log));
    }

    /** Returns the repository that this build uses; it contains all plugins and libraries of others. */
    private static String userRepository() {
        return System.getProperty(
                "maven.repo.local",
                Path.of(System.getProperty("user.home"), ".m2", "repository").toString());
    }

    /** Returns the modules and those that their POMs name, and theirs: a new module must be published, too. */
    private static Set<String> neededBy(String... modules) throws Exception {
        Set<String> needed = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(modules));
        while (!open.isEmpty()) {
            String next = open.remove();
            if (needed.add(next)) {
                open.addAll(Poms.texts(
                        ROOT.resolve(next).resolve("pom.xml"),
                        "/project/dependencies/dependency[groupId='dev.gauntlet']/artifactId"));
            }
        }
        return needed;
    }

    private static Path jar(String module) {
        return ROOT.resolve(module).resolve("target").resolve("%s-%s.jar".formatted(module, VERSION));
    }

    private void publish(Path file, String artifact, String ending) throws IOException {
        Path place = Files.createDirectories(
                folder.resolve("repository/dev/gauntlet").resolve(artifact).resolve(VERSION));
        Files.copy(file, place.resolve("%s-%s%s".formatted(artifact, VERSION, ending)));
    }

    /** The exit code and the log of a build. */
    record Build(int code, String log) {}
}
