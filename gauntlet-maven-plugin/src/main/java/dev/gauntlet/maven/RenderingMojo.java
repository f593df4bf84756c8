package dev.gauntlet.maven;

import java.io.File;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** A goal that writes a report in other formats: {@code report} always, {@code check} before it fails the build. */
abstract class RenderingMojo extends CommandMojo {
    /** The whole page as one HTML file. */
    @Parameter(property = "gauntlet.singleFile", defaultValue = "${project.build.directory}/gauntlet.html")
    private File singleFile;

    /** A summary in Markdown. */
    @Parameter(property = "gauntlet.markdown")
    private @Nullable File markdown;

    /** The warning signs as SARIF 2.1.0. */
    @Parameter(property = "gauntlet.sarif")
    private @Nullable File sarif;

    /** The outcome of every example as CSV. */
    @Parameter(property = "gauntlet.csv")
    private @Nullable File csv;

    /** Writes the report in the configured formats. */
    final void render() throws MojoExecutionException {
        run(new Arguments("report")
                .add(report())
                .option("--single-file", singleFile)
                .option("--markdown", markdown)
                .option("--sarif", sarif)
                .option("--csv", csv)
                .list());
    }
}
