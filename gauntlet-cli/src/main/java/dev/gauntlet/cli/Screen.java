package dev.gauntlet.cli;

/**
 * Where progress is shown: standard error, as the launcher found it.
 *
 * @param kind what it is
 * @param columns how many columns a terminal has
 * @param isOutputTerminal whether standard output, where results are printed, is a terminal
 */
record Screen(Kind kind, int columns, boolean isOutputTerminal) {
    /** Shows no progress. */
    static final Screen NONE = new Screen(Kind.NONE, 80);

    /** Creates the screen of a program whose results nobody reads on a terminal. */
    Screen(Kind kind, int columns) {
        this(kind, columns, false);
    }

    /** What standard error is. */
    enum Kind {
        /** Nobody looks. */
        NONE,
        /** A file or a pipe, such as the log of a build. */
        LOG,
        /** A terminal. */
        TERMINAL
    }

    /** Returns the standard error of this process. Java cannot ask whether it is a terminal; the launcher can. */
    static Screen ofProcess() {
        return new Screen(
                Boolean.getBoolean("gauntlet.terminal") ? Kind.TERMINAL : Kind.LOG,
                Integer.getInteger("gauntlet.columns", 80),
                Boolean.getBoolean("gauntlet.output.terminal"));
    }
}
