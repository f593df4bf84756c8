package dev.gauntlet.maven;

import java.util.Arrays;
import java.util.Optional;

/** What a command found, by its exit code. */
enum Result {
    /** All went well, and a model that was judged passes. */
    PASS(0),
    /** The model is not robust enough. */
    FAIL(1),
    /** There are too few examples for a decision, or the evaluation is invalid. */
    INCONCLUSIVE(3);

    private final int code;

    Result(int code) {
        this.code = code;
    }

    /** Returns the result with an exit code; empty if the command did not do its work. */
    static Optional<Result> of(int code) {
        return Arrays.stream(values()).filter(result -> result.code == code).findFirst();
    }
}
