package dev.gauntlet.cli;

import dev.gauntlet.gate.Verdict;

/** How a command ended, as other programs see it; part of the public interface. */
enum ExitCode {
    /** All went well. */
    PASS(0),
    /** A model does not fulfil what is required of it. */
    FAIL(1),
    /** The options or the input are wrong; the message says what to change. */
    BAD_INPUT(2),
    /** The examples are too few, or the evaluation too weak, to say whether a model satisfies what is required. */
    INCONCLUSIVE(3),
    /** Something failed that the user did not cause. */
    COULD_NOT_RUN(4);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    static ExitCode of(Verdict verdict) {
        return switch (verdict) {
            case PASS -> PASS;
            case FAIL -> FAIL;
            case INCONCLUSIVE -> INCONCLUSIVE;
        };
    }

    int code() {
        return code;
    }
}
