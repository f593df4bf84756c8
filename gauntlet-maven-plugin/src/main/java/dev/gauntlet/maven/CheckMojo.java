package dev.gauntlet.maven;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Fails the build if the model of a report is not robust enough, like {@code gauntlet check}. It first writes the page, like
 * {@code gauntlet:report}, even if that goal is bound to another phase.
 */
@Mojo(name = "check", defaultPhase = LifecyclePhase.VERIFY, threadSafe = true, requiresProject = true)
public final class CheckMojo extends RenderingMojo {
    /** The requirements; each is decided separately. */
    @Parameter
    private @Nullable List<Requirement> requirements;

    /** A plan in TOML whose section {@code gate} contains the requirements. */
    @Parameter(property = "gauntlet.plan")
    private @Nullable File plan;

    /**
     * The forbidden trust level: {@code limited}, {@code suspect} or {@code invalid}; worse levels fail, too. It may be the
     * only requirement.
     */
    @Parameter(property = "gauntlet.forbid")
    private @Nullable String forbid;

    /**
     * How much lower the robust accuracy under stronger attacks may be at most, with 95 % confidence, such as 0.02. It may be
     * the only requirement.
     */
    @Parameter(property = "gauntlet.maxOverstatement")
    private @Nullable Double maxOverstatement;

    /** Whether a model that is not robust enough fails the build; otherwise the goal logs a warning. */
    @Parameter(property = "gauntlet.haltOnFailure", defaultValue = "true")
    private boolean haltOnFailure;

    /** Whether an inconclusive verdict counts as a failure. */
    @Parameter(property = "gauntlet.failOnInconclusive", defaultValue = "true")
    private boolean failOnInconclusive;

    /** A directory for JUnit XML, one file per requirement, which build servers show as tests. */
    @Parameter(property = "gauntlet.junitDirectory")
    private @Nullable File junitDirectory;

    /** Created by Maven. */
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
            conclude("The verdict is inconclusive, and failOnInconclusive is true; see %s.".formatted(report()));
        }
    }

    private List<Arguments> commands() throws MojoExecutionException {
        List<Arguments> commands = new ArrayList<>();
        if (plan != null || (requirements == null && (forbid != null || maxOverstatement != null))) {
            commands.add(command(report(), new PlanParameters(), plan, 0));
        }
        if (requirements != null) {
            for (Requirement requirement : requirements) {
                commands.add(
                        command(requirement.report(report()), requirement.parameters(), null, commands.size() + 1));
            }
        }
        if (commands.isEmpty()) {
            throw new MojoExecutionException(
                    "There are no requirements; set <requirements>, <forbid>, <maxOverstatement> or a <plan> with a section 'gate' for gauntlet:check.");
        }
        return commands;
    }

    private Arguments command(Path judged, PlanParameters parameters, @Nullable File given, int number)
            throws MojoExecutionException {
        Path asked = parameters
                .put("gate.forbid", forbid)
                .put("gate.max-overstatement", maxOverstatement)
                .file(given, beside("gate-" + number));
        return new Arguments("check").add(judged).option("--plan", asked);
    }

    private void conclude(String message) throws MojoFailureException {
        if (haltOnFailure) {
            renderBeforeTheEnd();
            throw new MojoFailureException(message);
        }
        getLog().warn(message + " The build continues, because haltOnFailure is false.");
    }

    /** Writes the page, because later goals do not run. */
    private void renderBeforeTheEnd() {
        try {
            render();
        } catch (MojoExecutionException e) {
            // this error must not hide the verdict
            getLog().warn("The report could not be written in other formats: " + e.getMessage());
        }
    }
}
