package dev.gauntlet.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugin.descriptor.PluginDescriptor;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** What the goals have in common: each runs commands of Gauntlet, in processes of their own. */
abstract class CommandMojo extends AbstractMojo {
    private static final String PROGRAM = "dev.gauntlet.cli.Gauntlet";

    /** Whether to do nothing at all. */
    @Parameter(property = "gauntlet.skip", defaultValue = "false")
    private boolean skip;

    /** The folder of the report, which {@code evaluate} writes and the other goals read. */
    @Parameter(property = "gauntlet.report", defaultValue = "${project.build.directory}/gauntlet")
    private File report;

    /** Options for the Java machine that runs Gauntlet, such as {@code -Xmx4g}. */
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
     * Runs a command and shows what it prints.
     *
     * @return its result, if the command could do its work, whatever it found
     * @throws MojoExecutionException if the command was refused or broke down
     */
    final Result run(List<String> words) throws MojoExecutionException {
        Program program = new Program(
                plugin.getArtifacts().stream()
                        .map(Artifact::getFile)
                        .map(File::getPath)
                        .collect(Collectors.joining(File.pathSeparator)),
                PROGRAM,
                jvmArguments == null ? List.of() : jvmArguments,
                basedir);
        List<String> errors = new ArrayList<>();
        getLog().debug("gauntlet " + String.join(" ", words));
        try {
            int code = program.run(words, getLog()::info, line -> {
                errors.add(line);
                getLog().warn(line);
            });
            return Result.of(code)
                    .orElseThrow(() -> new MojoExecutionException(
                            errors.isEmpty()
                                    ? "gauntlet %s ended with code %d".formatted(words.get(0), code)
                                    : errors.get(errors.size() - 1)));
        } catch (IOException e) {
            throw new MojoExecutionException("Java cannot be started: %s".formatted(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MojoExecutionException("interrupted", e);
        }
    }
}
