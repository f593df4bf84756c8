package dev.gauntlet.maven;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Fails the build if the model of a report is not robust enough, as {@code gauntlet check} decides it. Before that it writes
 * the page, as {@code gauntlet:report} does, wherever that goal is bound.
 */
@Mojo(name = "check", defaultPhase = LifecyclePhase.VERIFY, threadSafe = true, requiresProject = true)
public final class CheckMojo extends RenderingMojo {
    /** What is required, each decided for itself. */
    @Parameter
    private @Nullable List<Requirement> requirements;

    /** A plan in TOML whose section {@code gate} says what is required. */
    @Parameter(property = "gauntlet.plan")
    private @Nullable File plan;

    /**
     * Fail if the evaluation itself is worth no more than this: {@code limited}, {@code suspect} or {@code invalid}. It may
     * be asked alone.
     */
    @Parameter(property = "gauntlet.forbid")
    private @Nullable String forbid;

    /** Whether a model that is not robust enough ends the build; otherwise it is only said. */
    @Parameter(property = "gauntlet.haltOnFailure", defaultValue = "true")
    private boolean haltOnFailure;

    /** Whether an inconclusive verdict counts as a failure. */
    @Parameter(property = "gauntlet.failOnInconclusive", defaultValue = "true")
    private boolean failOnInconclusive;

    /** A folder for JUnit XML, one file for each requirement, which build servers show as tests. */
    @Parameter(property = "gauntlet.junitDirectory")
    private @Nullable File junitDirectory;

    /** Is made by Maven. */
    public CheckMojo() {}

    @Override
    void perform() throws MojoExecutionException, MojoFailureException {
        List<Arguments> commands = commands();
        List<Result> results = new ArrayList<>();
        for (Arguments command : commands) {
            if (junitDirectory != null) {
                command.option(
                        "--junit", new File(junitDirectory, "TEST-gauntlet-%d.xml".formatted(results.size() + 1)));
            }
            results.add(run(command.list()));
        }
        if (results.contains(Result.FAIL)) {
            conclude("The model is not robust enough; see %s.".formatted(report()));
        } else if (failOnInconclusive && results.contains(Result.INCONCLUSIVE)) {
            conclude("Whether the model is robust enough is inconclusive, and failOnInconclusive is set; see %s."
                    .formatted(report()));
        }
    }

    private List<Arguments> commands() throws MojoExecutionException {
        List<Arguments> commands = new ArrayList<>();
        if (plan != null) {
            commands.add(new Arguments("check").add(report()).option("--plan", plan));
        }
        if (requirements != null) {
            requirements.forEach(requirement -> commands.add(requirement.command(report())));
        }
        if (commands.isEmpty() && forbid != null) {
            commands.add(new Arguments("check").add(report()));
        }
        if (commands.isEmpty()) {
            throw new MojoExecutionException(
                    "Nothing is required; give <requirements>, <forbid> or a <plan> with a section 'gate' to gauntlet:check.");
        }
        commands.forEach(command -> command.option("--forbid", (Object) forbid));
        return commands;
    }

    private void conclude(String message) throws MojoFailureException {
        if (haltOnFailure) {
            renderBeforeTheEnd();
            throw new MojoFailureException(message);
        }
        getLog().warn(message + " The build goes on, as haltOnFailure is not set.");
    }

    /** Writes the page, as no later goal is reached. */
    private void renderBeforeTheEnd() {
        try {
            render();
        } catch (MojoExecutionException e) {
            // the verdict is the reason for the end, and must not be hidden
            getLog().warn("The report could not be written in other formats: " + e.getMessage());
        }
    }
}
