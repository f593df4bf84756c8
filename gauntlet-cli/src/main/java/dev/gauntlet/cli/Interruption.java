package dev.gauntlet.cli;

import java.io.PrintWriter;

/** Tells, when the user presses Ctrl-C, that nothing half-written is left behind. */
final class Interruption implements AutoCloseable {
    private final Thread hook;

    private Interruption(PrintWriter err, String what) {
        hook = new Thread(
                () -> {
                    err.println("gauntlet: Interrupted; " + what);
                    err.flush();
                },
                "gauntlet-interruption");
    }

    /** Watches until it is closed. */
    static Interruption says(PrintWriter err, String what) {
        Interruption interruption = new Interruption(err, what);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is ending already, and the hook has spoken
            assert e.getMessage() != null;
        }
    }
}
