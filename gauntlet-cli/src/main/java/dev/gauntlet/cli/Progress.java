package dev.gauntlet.cli;

import java.util.concurrent.atomic.AtomicBoolean;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** A progress bar on a terminal, or nothing elsewhere. */
final class Progress implements AutoCloseable {
    /** Shows nothing. */
    static final Progress NONE = new Progress(null);

    private final @Nullable ProgressBar bar;
    private final AtomicBoolean closed = new AtomicBoolean();

    Progress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    void advance(long steps) {
        if (bar != null) {
            bar.stepBy(steps);
        }
    }

    void moveTo(long step) {
        if (bar != null) {
            bar.stepTo(step);
        }
    }

    @Override
    public void close() {
        if (bar != null && closed.compareAndSet(false, true)) {
            bar.close();
        }
    }
}
