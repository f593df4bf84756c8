package dev.gauntlet.cli;

import dev.gauntlet.data.DownloadListener;
import org.jspecify.annotations.Nullable;

/** Shows a progress bar for each file that is downloaded. */
final class DownloadProgress implements DownloadListener, AutoCloseable {
    private final Console console;
    private @Nullable String current;
    private @Nullable Progress bar;

    DownloadProgress(Console console) {
        this.console = console;
    }

    @Override
    public void progress(String file, long bytes, long total) {
        if (!file.equals(current)) {
            close();
            current = file;
            bar = console.progress(file, "B", total);
        }
        if (bar != null) {
            bar.moveTo(bytes);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
