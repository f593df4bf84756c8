package dev.gauntlet.explore;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Lets each page compute one thing at a time: a new computation cancels the one before, and waits until it has ended. */
final class PageJobs {
    private static final int MOST_PAGES = 256;

    /** How many computations there may be at once, on all pages together and with those that wait for their turn. */
    private static final int MOST_AT_ONCE = 24;

    /** How often a job that waits looks whether it was cancelled. */
    private static final int MILLISECONDS_BETWEEN_LOOKS = 50;

    private static final class Page {
        final ReentrantLock turn = new ReentrantLock(true);
        private @Nullable Job latest;

        /** Cancels the job before this one. */
        synchronized void replace(@Nullable Job next) {
            if (latest != null) {
                latest.cancel();
            }
            latest = next;
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
    private synchronized Page page(String name, Job job) {
        // a page that computes is never forgotten, as its computations have to wait for each other
        if (pages.size() >= MOST_PAGES && !pages.containsKey(name)) {
            pages.values().removeIf(page -> !page.isBusy());
        }
        Page page = pages.computeIfAbsent(name, each -> new Page());
        page.replace(job);
        return page;
    }

    private synchronized Optional<Page> known(String name) {
        return Optional.ofNullable(pages.get(name));
    }

    /**
     * Runs a computation when it is its turn.
     *
     * @param name the page
     * @param job tells when the computation is cancelled
     * @param work the computation
     * @param skipped what is done instead if it is cancelled before its turn comes
     * @return false if there are too many computations already
     */
    boolean run(String name, Job job, Runnable work, Runnable skipped) {
        if (!permits.tryAcquire()) {
            return false;
        }
        try {
            Page page = page(name, job);
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
            while (!page.turn.tryLock(MILLISECONDS_BETWEEN_LOOKS, TimeUnit.MILLISECONDS)) {
                if (job.isCancelled()) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Cancels what a page computes; tells whether there was anything. */
    boolean cancel(String name) {
        Optional<Page> page = known(name).filter(Page::hasJob);
        page.ifPresent(each -> each.replace(null));
        return page.isPresent();
    }

    /** Cancels everything. */
    synchronized void cancelAll() {
        pages.values().forEach(page -> page.replace(null));
    }
}
