package dev.gauntlet.cli;

/** How a command ended, as other programs see it; part of the public interface. */
enum ExitCode {
    /** All went well. */
    PASS(0),
    /** The options or the input are wrong; the message says what to change. */
    BAD_INPUT(2),
    /** Something failed that the user did not cause. */
    COULD_NOT_RUN(4);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
