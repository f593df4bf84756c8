package dev.gauntlet.maven;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** Attacks a model and writes a report, like {@code gauntlet evaluate}. Missing parameters come from the plan or the defaults. */
@Mojo(name = "evaluate", defaultPhase = LifecyclePhase.INTEGRATION_TEST, threadSafe = true, requiresProject = true)
public final class EvaluateMojo extends CommandMojo {
    /** A plan in TOML, or the report.json of an earlier run to repeat. */
    @Parameter(property = "gauntlet.plan")
    private @Nullable File plan;

    /** The model file; replaces that of the plan. */
    @Parameter(property = "gauntlet.model")
    private @Nullable File model;

    /** The architecture of externally trained weights. */
    @Parameter(property = "gauntlet.network")
    private @Nullable String network;

    /** The name of the data set. */
    @Parameter(property = "gauntlet.dataset")
    private @Nullable String dataset;

    /** The directory with the files of the data set. */
    @Parameter(property = "gauntlet.dataDirectory")
    private @Nullable File dataDirectory;

    /** A suite of attacks: quick, standard or thorough. */
    @Parameter(property = "gauntlet.suite")
    private @Nullable String suite;

    /** The attacks, as {@code gauntlet attacks} names them. */
    @Parameter(property = "gauntlet.attacks")
    private @Nullable List<String> attacks;

    /** The norm: linf, l2, l1 or l0. */
    @Parameter(property = "gauntlet.norm")
    private @Nullable String norm;

    /** The budgets, such as 0.1 or 8/255. */
    @Parameter(property = "gauntlet.epsilons")
    private @Nullable List<String> epsilons;

    /** The size of the stratified random sample. */
    @Parameter(property = "gauntlet.examples")
    private @Nullable Integer examples;

    /** The seed of every random choice. */
    @Parameter(property = "gauntlet.seed")
    private @Nullable Long seed;

    /** When images are certified: first, before the attacks, or after them; by default never. */
    @Parameter(property = "gauntlet.certify")
    private @Nullable String certify;

    /** How images are certified, such as {@code crown} or {@code complete:domains=5000}. */
    @Parameter(property = "gauntlet.certifyMethod")
    private @Nullable String certifyMethod;

    /** What the diagnostics may spend: off, auto or full. */
    @Parameter(property = "gauntlet.diagnostics")
    private @Nullable String diagnostics;

    /** The time limit, such as 30m; the run then ends with the results so far. */
    @Parameter(property = "gauntlet.timeLimit")
    private @Nullable String timeLimit;

    /** A directory for finished work, so that an interrupted build can continue. */
    @Parameter(property = "gauntlet.journal")
    private @Nullable File journal;

    /** Further arguments of {@code gauntlet evaluate}. */
    @Parameter(property = "gauntlet.arguments")
    private @Nullable List<String> arguments;

    /** Created by Maven. */
    public EvaluateMojo() {}

    @Override
    void perform() throws MojoExecutionException {
        if (plan == null && model == null) {
            throw new MojoExecutionException("There is no model; set <model> or <plan> for gauntlet:evaluate.");
        }
        Path asked = new PlanParameters()
                .put("model.network", network)
                .put("data.name", dataset)
                .put("data.folder", dataDirectory)
                .put("attack.suite", suite)
                .put("attack.list", attacks)
                .put("threat.norm", norm)
                .put("threat.epsilons", epsilons)
                .put("sample.examples", examples)
                .put("sample.seed", seed)
                .put("certify.when", certify)
                .put("certify.method", certifyMethod)
                .put("diagnostics.effort", diagnostics)
                .put("limit.time", timeLimit)
                .file(plan, beside("plan"));
        run(new Arguments("evaluate")
                .add(model)
                .option("--plan", asked)
                .option("--journal", journal)
                .all(arguments)
                .option("--out", report())
                // the report of an earlier build may exist
                .add("--force")
                .list());
    }
}
