package dev.gauntlet.maven;

import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;

/**
 * Writes a report in other formats, as {@code gauntlet report} does. Its phase is before that of {@code check}, so that the
 * page is there when the build fails.
 */
@Mojo(name = "report", defaultPhase = LifecyclePhase.POST_INTEGRATION_TEST, threadSafe = true, requiresProject = true)
public final class ReportMojo extends RenderingMojo {
    /** Is made by Maven. */
    public ReportMojo() {}

    @Override
    void perform() throws MojoExecutionException {
        render();
    }
}
