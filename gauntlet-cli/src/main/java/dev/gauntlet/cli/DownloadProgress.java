package dev.gauntlet.cli;

import dev.gauntlet.data.DownloadListener;
import org.jspecify.annotations.Nullable;

/** Shows the progress of downloads. */
final class DownloadProgress implements DownloadListener, AutoCloseable {
    private final Console console;
    private @Nullable String current;
    private ProgressView.@Nullable Task task;

    DownloadProgress(Console console) {
        this.console = console;
    }

    @Override
    public void progress(String file, long bytes, long total) {
        if (!file.equals(current)) {
            close();
            current = file;
            task = console.task("downloading " + file);
        }
        if (task != null && total > 0) {
            task.isDone((double) bytes / total);
        }
    }

    @Override
    public void close() {
        if (task != null) {
            task.close();
            task = null;
        }
    }
}
