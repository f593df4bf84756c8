package dev.gauntlet.explore;

import dev.gauntlet.evaluate.shard.TimeUp;

/** One computation for a page: it can be cancelled, and tells how far it is. */
final class Job {
    /** Receives what a computation has to say before it is done. */
    interface Listener {
        /**
         * Takes the progress.
         *
         * @param share how much is done, in [0,1]
         * @param what what is being done
         */
        void progress(double share, String what);

        /**
         * Takes a part of the result.
         *
         * @param part the part
         */
        void part(Object part);
    }

    private static final double NANOS_OF_A_MILLISECOND = 1e6;

    /** A person does not see more changes than these. */
    private static final long NANOS_BETWEEN = 80_000_000;

    private final Listener listener;
    private volatile boolean cancelled;
    private long told = System.nanoTime();
    private double from;
    private double to = 1;

    Job(Listener listener) {
        this.listener = listener;
    }

    /** Returns how long it has been since a moment of {@link System#nanoTime()}. */
    static double milliseconds(long since) {
        return (System.nanoTime() - since) / NANOS_OF_A_MILLISECOND;
    }

    /** Asks the computation to end at its next pass through a model. */
    void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    /**
     * Ends the computation if it was cancelled.
     *
     * @throws TimeUp if it was
     */
    void check() {
        if (cancelled) {
            throw new TimeUp();
        }
    }

    /** Says that the progress from now on is a part of the whole. */
    void stage(int number, int stages) {
        from = (double) number / stages;
        to = (number + 1.0) / stages;
    }

    /** Tells how far the current stage is, unless it was told just before. */
    void progress(double share, String what) {
        check();
        long now = System.nanoTime();
        if (now - told >= NANOS_BETWEEN) {
            told = now;
            listener.progress(from + (to - from) * Math.max(0, Math.min(1, share)), what);
            check();
        }
    }

    /** Hands out a part of the result at once. */
    void part(Object part) {
        check();
        listener.part(part);
        check();
    }
}
