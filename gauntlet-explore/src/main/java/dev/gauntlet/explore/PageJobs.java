package dev.gauntlet.explore;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets each page compute one thing at a time: a new computation cancels the one before, and waits until it has ended.
 *
 * <p>A page numbers what it asks. Its requests travel on several connections and may arrive in another order than they were sent,
 * so a request that was sent before another one that is known never cancels that one, but is skipped itself.
 */
final class PageJobs {
    private static final int MOST_PAGES = 256;

    /** How many computations there may be at once, on all pages together and with those that wait for their turn. */
    private static final int MOST_AT_ONCE = 24;

    /** How often a job that waits looks whether it was cancelled. */
    private static final int MILLISECONDS_BETWEEN_LOOKS = 50;

    private static final class Page {
        final ReentrantLock turn = new ReentrantLock(true);
        private @Nullable Job latest;
        private long number;

        /** Cancels the job before this one; or, if the page asked for something later already, this one. */
        synchronized void replace(OptionalLong itsNumber, Job next) {
            if (itsNumber.orElse(number) < number) {
                next.cancel();
                return;
            }
            number = itsNumber.orElse(number);
            cancel();
            latest = next;
        }

        /** Cancels the job that was asked for before this number; tells whether there was one. */
        synchronized boolean cancel(OptionalLong until) {
            if (until.orElse(number) < number) {
                return false;
            }
            number = until.orElse(number);
            return cancel();
        }

        synchronized boolean cancel() {
            boolean isThere = latest != null;
            if (latest != null) {
                latest.cancel();
            }
            latest = null;
            return isThere;
        }

        synchronized boolean hasJob() {
            return latest != null;
        }

        /** Tells whether something is computed or waits, be it cancelled. */
        boolean isBusy() {
            return hasJob() || turn.isLocked();
        }

        synchronized void end(Job job) {
            if (latest == job) {
                latest = null;
            }
        }
    }

    private final Map<String, Page> pages = new LinkedHashMap<>(16, 0.75f, true);
    private final Semaphore permits = new Semaphore(MOST_AT_ONCE);

    /** Returns a page, whose job before this one is cancelled. */
    private synchronized Page page(String name, OptionalLong number, Job job) {
        // a page that computes is never forgotten, as its computations have to wait for each other
        if (pages.size() >= MOST_PAGES && !pages.containsKey(name)) {
            pages.values().removeIf(page -> !page.isBusy());
        }
        Page page = pages.computeIfAbsent(name, each -> new Page());
        page.replace(number, job);
        return page;
    }

    /**
     * Runs a computation when it is its turn.
     *
     * @param name the page
     * @param number the number that the page gave it; if absent, it is the latest
     * @param job tells when the computation is cancelled
     * @param work the computation
     * @param skipped what is done instead if it is cancelled before its turn comes
     * @return false if there are too many computations already
     */
    boolean run(String name, OptionalLong number, Job job, Runnable work, Runnable skipped) {
        if (!permits.tryAcquire()) {
            return false;
        }
        try {
            Page page = page(name, number, job);
            try {
                if (waitForTurn(page, job)) {
                    try {
                        work.run();
                    } finally {
                        page.turn.unlock();
                    }
                } else {
                    skipped.run();
                }
            } finally {
                page.end(job);
            }
        } finally {
            permits.release();
        }
        return true;
    }

    /** Waits for the turn of a job; false if it was cancelled before. */
    private static boolean waitForTurn(Page page, Job job) {
        try {
            while (!job.isCancelled()) {
                if (page.turn.tryLock(MILLISECONDS_BETWEEN_LOOKS, TimeUnit.MILLISECONDS)) {
                    return true;
                }
            }
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Cancels what a page computes.
     *
     * @param name the page
     * @param number the number that the page gave this request; what it asked before is cancelled even if it arrives later
     * @return whether something was computed or waited
     */
    synchronized boolean cancel(String name, OptionalLong number) {
        Page page = pages.get(name);
        return page != null && page.cancel(number);
    }

    /** Cancels everything. */
    synchronized void cancelAll() {
        pages.values().forEach(Page::cancel);
    }
}
