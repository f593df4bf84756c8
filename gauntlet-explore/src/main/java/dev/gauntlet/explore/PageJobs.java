package dev.gauntlet.explore;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Lets each page compute one thing at a time: a new computation cancels the one before, and waits until it has ended. */
final class PageJobs {
    private static final int MOST_PAGES = 256;

    /** How many computations there may be at once, on all pages together and with those that wait for their turn. */
    private static final int MOST_AT_ONCE = 24;

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

        synchronized boolean isRunning() {
            return latest != null;
        }

        synchronized void end(Job job) {
            if (latest == job) {
                latest = null;
            }
        }
    }

    private final Map<String, Page> pages = new LinkedHashMap<>(16, 0.75f, true);
    private final Semaphore permits = new Semaphore(MOST_AT_ONCE);

    private synchronized Page page(String name) {
        // a page that computes is never forgotten, as its computations have to wait for each other
        if (pages.size() >= MOST_PAGES && !pages.containsKey(name)) {
            pages.values().removeIf(page -> !page.isRunning());
        }
        return pages.computeIfAbsent(name, each -> new Page());
    }

    private synchronized Optional<Page> known(String name) {
        return Optional.ofNullable(pages.get(name));
    }

    /**
     * Runs a computation when it is its turn.
     *
     * @return false if there are too many computations already
     */
    boolean run(String name, Job job, Runnable work) {
        if (!permits.tryAcquire()) {
            return false;
        }
        try {
            Page page = page(name);
            page.replace(job);
            page.turn.lock();
            try {
                work.run();
            } finally {
                page.turn.unlock();
                page.end(job);
            }
        } finally {
            permits.release();
        }
        return true;
    }

    /** Cancels what a page computes; tells whether there was anything. */
    boolean cancel(String name) {
        Optional<Page> page = known(name).filter(Page::isRunning);
        page.ifPresent(each -> each.replace(null));
        return page.isPresent();
    }

    /** Cancels everything. */
    synchronized void cancelAll() {
        pages.values().forEach(page -> page.replace(null));
    }
}
