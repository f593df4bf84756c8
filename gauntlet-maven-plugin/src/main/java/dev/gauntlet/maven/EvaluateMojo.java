package dev.gauntlet.maven;

import java.io.File;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** Attacks a model and writes a report, as {@code gauntlet evaluate} does. What is not given, the plan or the default says. */
@Mojo(name = "evaluate", defaultPhase = LifecyclePhase.INTEGRATION_TEST, threadSafe = true, requiresProject = true)
public final class EvaluateMojo extends CommandMojo {
    /** A plan in TOML, or the report.json of an earlier run, which is then repeated. */
    @Parameter(property = "gauntlet.plan")
    private @Nullable File plan;

    /** The file of the model; stands instead of that of the plan. */
    @Parameter(property = "gauntlet.model")
    private @Nullable File model;

    /** The network that weights from elsewhere belong to. */
    @Parameter(property = "gauntlet.network")
    private @Nullable String network;

    /** The name of the data set. */
    @Parameter(property = "gauntlet.dataset")
    private @Nullable String dataset;

    /** The folder of the files of the data set. */
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

    /** How many examples are drawn. */
    @Parameter(property = "gauntlet.examples")
    private @Nullable Integer examples;

    /** The seed of every random choice. */
    @Parameter(property = "gauntlet.seed")
    private @Nullable Long seed;

    /** End after this time with what is known, such as 30m. */
    @Parameter(property = "gauntlet.timeLimit")
    private @Nullable String timeLimit;

    /** A folder that keeps what is finished, so that an interrupted build goes on where it stopped. */
    @Parameter(property = "gauntlet.journal")
    private @Nullable File journal;

    /** Further words for the command line of {@code gauntlet evaluate}. */
    @Parameter(property = "gauntlet.arguments")
    private @Nullable List<String> arguments;

    /** Is made by Maven. */
    public EvaluateMojo() {}

    @Override
    void perform() throws MojoExecutionException {
        if (plan == null && model == null) {
            throw new MojoExecutionException(
                    "What is evaluated? Name a model in <model> or a plan in <plan> of gauntlet:evaluate.");
        }
        run(new Arguments("evaluate")
                .add(model)
                .option("--plan", plan)
                .option("--network", (Object) network)
                .option("--dataset", (Object) dataset)
                .option("--data-dir", dataDirectory)
                .option("--suite", (Object) suite)
                .each("--attack", attacks)
                .option("--norm", (Object) norm)
                .joined("--epsilon", epsilons)
                .option("--examples", examples)
                .option("--seed", seed)
                .option("--time-limit", (Object) timeLimit)
                .option("--journal", journal)
                .all(arguments)
                .option("--out", report())
                // the report of the build before lies there
                .add("--force")
                .list());
    }
}
