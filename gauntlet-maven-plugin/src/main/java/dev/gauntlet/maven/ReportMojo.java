package dev.gauntlet.maven;

import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;

/**
 * Writes a report in other formats, like {@code gauntlet report}. Its phase is before that of {@code check}, so that the page
 * exists when the build fails.
 */
@Mojo(name = "report", defaultPhase = LifecyclePhase.POST_INTEGRATION_TEST, threadSafe = true, requiresProject = true)
public final class ReportMojo extends RenderingMojo {
    /** Created by Maven. */
    public ReportMojo() {}

    @Override
    void perform() throws MojoExecutionException {
        render();
    }
}
