package dev.gauntlet.cli;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Tells, when the user presses Ctrl-C, what became of the result; it is there completely or not at all. */
final class Interruption implements AutoCloseable {
    private final Console console;
    private final Thread hook;
    private final ReentrantLock writing = new ReentrantLock();
    private String outcome;

    private Interruption(Console console, String outcome) {
        this.console = console;
        this.outcome = outcome;
        this.hook = new Thread(this::speak, "gauntlet-interruption");
    }

    /**
     * Watches until it is closed.
     *
     * @param console where to speak
     * @param outcome what is said unless {@link #write} was reached
     */
    static Interruption says(Console console, String outcome) {
        Interruption interruption = new Interruption(console, outcome);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /**
     * Writes the result; the process does not end in the middle of it, and does not begin it once it is ending.
     *
     * @param work writes it
     * @param outcomeAfterwards what is said when the user interrupts from now on
     */
    <T> T write(Supplier<T> work, String outcomeAfterwards) {
        writing.lock();
        try {
            T result = work.get();
            outcome = outcomeAfterwards;
            return result;
        } finally {
            writing.unlock();
        }
    }

    /** Keeps the lock, so that nothing is written after it has spoken. */
    @SuppressWarnings("LockNotBeforeTry") // never unlocked: the process is ending
    private void speak() {
        writing.lock();
        console.interrupted("Interrupted; " + outcome);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // the process is ending, and the hook has spoken or is about to: there is nothing left to take back
        }
    }
}
