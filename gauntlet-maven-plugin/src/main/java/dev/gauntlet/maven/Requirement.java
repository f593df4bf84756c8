package dev.gauntlet.maven;

import java.io.File;
import java.nio.file.Path;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** A requirement on one report at one budget; at least one minimum or a baseline is required. */
public final class Requirement {
    /** The directory of the report; by default that of the goal. */
    @Parameter
    private @Nullable File report;

    /** The data set that the report must be on; by default any. */
    @Parameter
    private @Nullable String dataset;

    /** The norm and epsilon, such as {@code linf:8/255}; several are separated by commas. */
    @Parameter
    private @Nullable String at;

    /** The required robust accuracy, in [0,1]. */
    @Parameter
    private @Nullable String minimum;

    /** The required robust accuracy of every class, in [0,1]. */
    @Parameter
    private @Nullable String perClassMinimum;

    /** The required certified accuracy, in [0,1]: the share of the examples that are proved robust. */
    @Parameter
    private @Nullable String minimumCertified;

    /** The baseline: an older report, or that of another model, on the same data. */
    @Parameter
    private @Nullable File baseline;

    /** The allowed loss of robust accuracy of the baseline. */
    @Parameter
    private @Nullable String noWorseThan;

    /** Created by Maven. */
    public Requirement() {}

    /** Returns the report that is judged. */
    Path report(Path usual) {
        return report == null ? usual : report.toPath();
    }

    /** Returns the section of a plan that says the same. */
    PlanParameters parameters() throws MojoExecutionException {
        return new PlanParameters()
                .put("gate.dataset", dataset)
                .list("gate.at", at)
                .list("gate.min-robust-accuracy", minimum)
                .number("gate.per-class-min", perClassMinimum)
                .number("gate.min-certified-accuracy", minimumCertified)
                .put("gate.baseline", baseline)
                .number("gate.no-worse-than", noWorseThan);
    }
}
