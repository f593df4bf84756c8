package dev.gauntlet.maven;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A Java program in a separate process: a crash of native code does not end the build, and several modules of a build can
 * load it.
 *
 * @param classPath the class path
 * @param mainClass the main class
 * @param jvmArguments the arguments of the JVM
 * @param directory the working directory
 */
record ForkedJvm(String classPath, String mainClass, List<String> jvmArguments, File directory) {
    /** What the launcher of the command line sets, too; and no defaults of the person who runs the build. */
    private static final Map<String, String> ENVIRONMENT =
            Map.of("OMP_WAIT_POLICY", "passive", "GAUNTLET_DEFAULTS", "");

    ForkedJvm {
        jvmArguments = List.copyOf(jvmArguments);
    }

    /**
     * Runs the program.
     *
     * @param arguments its arguments
     * @param out receives each line of its standard output
     * @param err receives each line of its standard error
     * @return its exit code
     * @throws IOException if Java cannot be started
     * @throws InterruptedException if this thread is interrupted; the program then ends, too
     */
    int run(List<String> arguments, Consumer<String> out, Consumer<String> err)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-Dorg.bytedeco.javacpp.nopointergc=true",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0"));
        command.addAll(jvmArguments);
        command.addAll(List.of("-cp", classPath, mainClass));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory);
        ENVIRONMENT.forEach(builder.environment()::putIfAbsent);
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            Thread errors = new Thread(() -> read(process.getErrorStream(), err), "gauntlet-errors");
            errors.start();
            read(process.getInputStream(), out);
            errors.join();
            return process.waitFor();
        } finally {
            process.destroy();
        }
    }

    private static void read(InputStream stream, Consumer<String> lines) {
        new BufferedReader(new InputStreamReader(stream, Charset.defaultCharset()))
                .lines()
                .forEach(lines);
    }
}
