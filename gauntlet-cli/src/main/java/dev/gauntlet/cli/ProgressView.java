package dev.gauntlet.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Shows the progress of a command: on a terminal, one line that is redrawn several times a second; in a log, a line every
 * 30 seconds.
 *
 * <p>Tasks are nested; the innermost one is shown.
 */
final class ProgressView implements AutoCloseable {
    /** Shows nothing. */
    static final ProgressView NONE =
            new ProgressView(new PrintWriter(Writer.nullWriter()), Screen.NONE, System::nanoTime);

    private static final double SECOND = 1e9;
    private static final long TICK_MILLISECONDS = 250;
    private static final double LOG_SECONDS = 30;
    private static final int NARROWEST = 20;
    private static final int NARROWEST_BAR = 8;
    private static final int WIDEST_BAR = 30;

    private final PrintWriter err;
    private final Screen screen;
    private final LongSupplier nanoTime;
    private final long started;
    private final Deque<Task> tasks = new ArrayDeque<>();
    private long logged;

    /** The number of columns written in the current line of the terminal. */
    private int drawn;

    private boolean closed;

    ProgressView(PrintWriter err, Screen screen, LongSupplier nanoTime) {
        this.err = err;
        this.screen = screen;
        this.nanoTime = nanoTime;
        this.started = nanoTime.getAsLong();
        this.logged = started;
    }

    /** Redraws the line until the view is closed. */
    ProgressView ticking() {
        if (screen.kind() != Screen.Kind.NONE) {
            Thread clock = new Thread(this::run, "gauntlet-progress");
            clock.setDaemon(true);
            clock.start();
        }
        return this;
    }

    private synchronized void run() {
        try {
            while (!closed) {
                wait(TICK_MILLISECONDS);
                tick();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts a task, which is shown until it is closed. */
    synchronized Task begin(String what) {
        Task task = new Task(what, nanoTime.getAsLong());
        tasks.push(task);
        return task;
    }

    /** Prints lines of text above the progress line. */
    synchronized void print(Runnable lines) {
        erase();
        lines.run();
    }

    /** Shows the progress of the current task: on a terminal immediately, in a log if a line is due. */
    synchronized void tick() {
        Task task = tasks.peek();
        if (closed || task == null) {
            return;
        }
        long now = nanoTime.getAsLong();
        if (screen.kind() == Screen.Kind.TERMINAL) {
            // some terminals wrap the line at the last column
            String line = task.line(now, Math.max(NARROWEST, screen.columns() - 1));
            err.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
            err.flush();
            drawn = line.length();
        } else if (screen.kind() == Screen.Kind.LOG
                && now - logged >= LOG_SECONDS * SECOND - TimeUnit.MILLISECONDS.toNanos(TICK_MILLISECONDS)) {
            logged = now;
            err.println("[%s] %s".formatted(clock(now - started), task.sentence()));
            err.flush();
        }
    }

    @Override
    public synchronized void close() {
        erase();
        closed = true;
        notifyAll();
    }

    private void erase() {
        if (drawn > 0) {
            err.print("\r" + " ".repeat(drawn) + "\r");
            err.flush();
            drawn = 0;
        }
    }

    private synchronized void end(Task task) {
        tasks.remove(task);
    }

    /** Formats a time, such as 1:05 or 1:00:05. */
    private static String clock(long nanoseconds) {
        long seconds = Math.round(nanoseconds / SECOND);
        return seconds < 3600
                ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }

    /** Formats an approximate duration, such as 41 s, 4 min or 1 h 20 min. */
    static String words(Duration duration) {
        long seconds = Math.round(duration.toMillis() / 1000.0);
        long minutes = Math.round(seconds / 60.0);
        if (seconds < 100) {
            return "%d s".formatted(seconds);
        }
        return minutes < 60
                ? "%d min".formatted(minutes)
                : String.format(Locale.ROOT, "%,d h %d min", minutes / 60, minutes % 60);
    }

    /** A task whose progress is shown. */
    final class Task implements AutoCloseable {
        private final long begun;
        private String what;
        private double share = -1;
        private Optional<Duration> remaining = Optional.empty();

        private Task(String what, long begun) {
            this.what = what;
            this.begun = begun;
        }

        /** Sets the description of the task. */
        void says(String now) {
            synchronized (ProgressView.this) {
                what = now;
            }
        }

        /** Sets the share of the task that is done; the remaining time is extrapolated. */
        void isDone(double ofAll) {
            synchronized (ProgressView.this) {
                double seconds = (nanoTime.getAsLong() - begun) / SECOND;
                isDone(
                        ofAll,
                        ofAll > 0
                                ? Optional.of(Duration.ofMillis((long) (1000 * seconds * (1 - ofAll) / ofAll)))
                                : Optional.empty());
            }
        }

        /** Sets the share of the task that is done, and the estimated remaining time. */
        void isDone(double ofAll, Optional<Duration> rest) {
            synchronized (ProgressView.this) {
                share = Math.max(0, Math.min(1, ofAll));
                remaining = rest;
            }
        }

        @Override
        public void close() {
            end(this);
        }

        private String left() {
            return remaining
                    .map(rest -> ", about %s left".formatted(words(rest)))
                    .orElse("");
        }

        private String percent() {
            return String.format(Locale.ROOT, "%d %%", (int) (100 * share));
        }

        /** Returns the line for a log. */
        private String sentence() {
            return share < 0 ? what + " ..." : "%s: %s done%s".formatted(what, percent(), left());
        }

        /** Returns the line for a terminal. */
        private String line(long now, int columns) {
            String time = clock(now - begun);
            if (share < 0) {
                return cut("%s ... %s".formatted(what, time), columns);
            }
            String numbers = "%s, %s%s".formatted(percent(), time, left());
            String full = "%s   %s".formatted(what, numbers);
            int room = Math.min(WIDEST_BAR, columns - full.length() - 3);
            return cut(room < NARROWEST_BAR ? full : "%s   [%s] %s".formatted(what, bar(room - 2), numbers), columns);
        }

        private String bar(int width) {
            int done = (int) (share * width);
            return "=".repeat(done) + (done < width ? ">" + " ".repeat(width - done - 1) : "");
        }

        private static String cut(String line, int columns) {
            return line.length() <= columns ? line : line.substring(0, columns);
        }
    }
}
