package dev.gauntlet.cli;

import dev.gauntlet.report.plan.PlanBinding;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.DataRef;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which examples a command works on. */
@Heading(Heading.Topic.DATA)
final class DatasetOptions {
    @Option(
            names = "--dataset",
            completionCandidates = Candidates.Datasets.class,
            paramLabel = "NAME",
            description = {
                "mnist, fashion-mnist, or digits, which Gauntlet generates itself.",
                "Default: mnist or, if it is not available, digits with a warning."
            })
    private @Nullable String dataset;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = {
                "The directory with the files of mnist or fashion-mnist, or with a subdirectory of that name.",
                "Default: the environment variable GAUNTLET_DATA, then the cache, then a download into it."
            })
    private @Nullable Path folder;

    @Option(names = "--offline", description = "Do not download anything.")
    private boolean offline;

    /** Tells whether the user asked for a data set by its name. */
    boolean isNamed() {
        return dataset != null;
    }

    /** Adds what the user says to a plan. */
    PlanDocument in(PlanDocument plan) {
        return plan.and(PlanDocument.Data.named(
                Optional.ofNullable(dataset).map(PlanBinding::dataset),
                Optional.ofNullable(folder).map(Path::toString)));
    }

    /** Returns the data that is meant where no more can be said than here. */
    DataRef.Named reference() {
        return new DataRef.Named(
                Optional.ofNullable(dataset).map(PlanBinding::dataset),
                Optional.ofNullable(folder).map(Path::toString),
                Map.of());
    }

    /** Opens the examples. */
    DataOpening opening(Console console) {
        return new DataOpening(offline, console);
    }
}
