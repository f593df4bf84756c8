package dev.gauntlet.cli;

/**
 * Where progress is shown: standard error, as the launcher found it.
 *
 * @param kind what it is
 * @param columns how many columns a terminal has
 */
record Screen(Kind kind, int columns) {
    /** Shows no progress. */
    static final Screen NONE = new Screen(Kind.NONE, 80);

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
                Integer.getInteger("gauntlet.columns", 80));
    }
}
