package dev.gauntlet.maven;

import java.io.File;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** Writes a report in other formats, as {@code gauntlet report} does. */
@Mojo(name = "report", defaultPhase = LifecyclePhase.VERIFY, threadSafe = true, requiresProject = true)
public final class ReportMojo extends CommandMojo {
    /** The whole page as one HTML file. */
    @Parameter(property = "gauntlet.singleFile", defaultValue = "${project.build.directory}/gauntlet.html")
    private File singleFile;

    /** A summary in Markdown. */
    @Parameter(property = "gauntlet.markdown")
    private @Nullable File markdown;

    /** The signs against the evaluation as SARIF 2.1.0. */
    @Parameter(property = "gauntlet.sarif")
    private @Nullable File sarif;

    /** The outcome of every example as CSV. */
    @Parameter(property = "gauntlet.csv")
    private @Nullable File csv;

    /** Is made by Maven. */
    public ReportMojo() {}

    @Override
    void perform() throws MojoExecutionException {
        run(new Words("report")
                .add(report().resolve("report.json"))
                .option("--single-file", singleFile)
                .option("--markdown", markdown)
                .option("--sarif", sarif)
                .option("--csv", csv)
                .list());
    }
}
