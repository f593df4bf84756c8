package dev.gauntlet.maven;

import java.util.Arrays;
import java.util.Optional;

/** The result of a command, by its exit code. */
enum Result {
    /** Success; the model passes if there were requirements. */
    PASS(0),
    /** The model is not robust enough. */
    FAIL(1),
    /** There are too few examples for a decision, or the evaluation is invalid. */
    INCONCLUSIVE(3);

    private final int code;

    Result(int code) {
        this.code = code;
    }

    /** Returns the result of an exit code; empty if the command failed. */
    static Optional<Result> of(int code) {
        return Arrays.stream(values()).filter(result -> result.code == code).findFirst();
    }
}
