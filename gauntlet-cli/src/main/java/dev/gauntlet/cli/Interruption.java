package dev.gauntlet.cli;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Prints on Ctrl-C what happened to the result, which is written completely or not at all. */
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
     * Handles interrupts until it is closed.
     *
     * @param console the console
     * @param outcome the message before {@link #write}
     */
    static Interruption says(Console console, String outcome) {
        Interruption interruption = new Interruption(console, outcome);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /**
     * Writes the result; the process does not end while it writes, and does not start writing once it is ending.
     *
     * @param work writes the result
     * @param outcomeAfterwards the message from now on
     */
    <T> T write(Supplier<T> work, String outcomeAfterwards) {
        return write(work, () -> outcomeAfterwards);
    }

    /** Does the same where the message depends on what was written. */
    <T> T write(Supplier<T> work, Supplier<String> outcomeAfterwards) {
        writing.lock();
        try {
            T result = work.get();
            outcome = outcomeAfterwards.get();
            return result;
        } finally {
            writing.unlock();
        }
    }

    /** Keeps the lock, so that nothing is written after the message. */
    @SuppressWarnings("LockNotBeforeTry") // never unlocked: the process is ending
    private void speak() {
        writing.lock();
        console.interrupted("Interrupted; " + outcome);
    }

    /** Tells whether the process is ending, so that whatever fails from now on fails because of that. */
    static boolean isProcessEnding() {
        Thread nothing = new Thread(() -> {});
        try {
            Runtime.getRuntime().addShutdownHook(nothing);
            Runtime.getRuntime().removeShutdownHook(nothing);
            return false;
        } catch (IllegalStateException ending) {
            return true;
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // the process is already ending, and the hook prints its message
        }
    }
}
