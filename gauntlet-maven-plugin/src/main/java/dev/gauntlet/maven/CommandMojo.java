package dev.gauntlet.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugin.descriptor.PluginDescriptor;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** The base of all goals: runs commands of Gauntlet in separate processes. */
abstract class CommandMojo extends AbstractMojo {
    private static final String PROGRAM = "dev.gauntlet.cli.Gauntlet";

    /** The prefixes of error and warning lines. */
    private static final String REFUSAL = "gauntlet: ";

    private static final String WARNING = "WARNING: ";

    /** Whether to skip the goal. */
    @Parameter(property = "gauntlet.skip", defaultValue = "false")
    private boolean skip;

    /** The folder of the report, which {@code evaluate} writes and the other goals read. */
    @Parameter(property = "gauntlet.report", defaultValue = "${project.build.directory}/gauntlet")
    private File report;

    /** Arguments for the JVM that runs Gauntlet, such as {@code -Xmx4g}. */
    @Parameter(property = "gauntlet.jvmArguments")
    private @Nullable List<String> jvmArguments;

    @Parameter(defaultValue = "${project.basedir}", readonly = true, required = true)
    private File basedir;

    @Parameter(defaultValue = "${plugin}", readonly = true, required = true)
    private PluginDescriptor plugin;

    @Override
    public final void execute() throws MojoExecutionException, MojoFailureException {
        if (skip) {
            getLog().info("Gauntlet is skipped (gauntlet.skip).");
            return;
        }
        perform();
    }

    abstract void perform() throws MojoExecutionException, MojoFailureException;

    /** Returns the folder of the report. */
    final Path report() {
        return report.toPath();
    }

    /**
     * Runs a command and logs its output.
     *
     * @return its result, if the command completed
     * @throws MojoExecutionException if the command failed
     */
    final Result run(List<String> words) throws MojoExecutionException {
        ForkedJvm program = new ForkedJvm(
                plugin.getArtifacts().stream()
                        .map(Artifact::getFile)
                        .map(File::getPath)
                        .collect(Collectors.joining(File.pathSeparator)),
                PROGRAM,
                jvmArguments == null ? List.of() : jvmArguments,
                basedir);
        List<String> refusals = new ArrayList<>();
        List<String> rest = new ArrayList<>();
        getLog().debug("gauntlet " + String.join(" ", words));
        try {
            int code = program.run(words, getLog()::info, line -> {
                if (line.startsWith(REFUSAL)) {
                    refusals.add(line);
                    getLog().error(line);
                } else if (line.startsWith(WARNING)) {
                    getLog().warn(line.substring(WARNING.length()));
                } else {
                    // progress, or the error messages of a JVM crash
                    rest.add(line);
                    getLog().info(line);
                }
            });
            Optional<Result> result = Result.of(code);
            if (result.isPresent()) {
                return result.get();
            }
            List<String> reasons = refusals.isEmpty() ? rest : refusals;
            throw new MojoExecutionException(
                    reasons.isEmpty()
                            ? "gauntlet %s exited with code %d".formatted(words.get(0), code)
                            : reasons.get(reasons.size() - 1));
        } catch (IOException e) {
            throw new MojoExecutionException("Java cannot be started: %s".formatted(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MojoExecutionException("interrupted", e);
        }
    }
}
