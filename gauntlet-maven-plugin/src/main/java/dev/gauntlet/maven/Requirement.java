package dev.gauntlet.maven;

import java.io.File;
import java.nio.file.Path;
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

    /** The baseline: an older report, or that of another model, on the same data. */
    @Parameter
    private @Nullable File baseline;

    /** The allowed loss of robust accuracy of the baseline. */
    @Parameter
    private @Nullable String noWorseThan;

    /** Created by Maven. */
    public Requirement() {}

    /** Returns the command that decides the requirement. */
    Arguments command(Path usual) {
        return new Arguments("check")
                .add(report == null ? usual : report)
                .option("--dataset", (Object) dataset)
                .option("--at", (Object) at)
                .option("--min-robust-accuracy", (Object) minimum)
                .option("--per-class-min", (Object) perClassMinimum)
                .option("--baseline", baseline)
                .option("--no-worse-than", (Object) noWorseThan);
    }
}
