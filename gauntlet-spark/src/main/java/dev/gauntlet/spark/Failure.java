package dev.gauntlet.spark;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Why Spark gave up, in a sentence without its own numbers and stacks. */
final class Failure {
    private static final Pattern ABORTED = Pattern.compile(
            "Job aborted due to stage failure: .* failed (\\d+) times?, most recent failure: Lost task \\S+ in stage \\S+ \\(TID \\d+\\) \\((\\S+) executor (\\S+)\\): (.*)");

    private static final Pattern OTHER_ABORT = Pattern.compile("Job aborted(?: due to stage failure)?: (.*)");

    /** What the end of an executor sounds like whose memory was too small. */
    private static final Pattern MEMORY = Pattern.compile(
            "OutOfMemory|memory limits|exit(?:ed with)? (?:code|status):? ?(?:52|137)\\b|OOMKilled",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern END = Pattern.compile("[.\\s]+$");

    private Failure() {}

    /**
     * Explains a failure.
     *
     * @param message what Spark says
     */
    static String explain(@Nullable String message) {
        String line = firstLine(message);
        String advice = MEMORY.matcher(line).find()
                ? " The executor had too little memory: raise spark.executor.memory or spark.executor.memoryOverhead, or make the shards smaller."
                : "";
        Matcher aborted = ABORTED.matcher(line);
        if (aborted.matches()) {
            return "A task failed %s times, the last time in the executor %s on %s: %s.%s"
                    .formatted(
                            aborted.group(1), aborted.group(3), aborted.group(2), withoutEnd(aborted.group(4)), advice);
        }
        Matcher other = OTHER_ABORT.matcher(line);
        return "Spark could not compute a part of the evaluation: %s.%s"
                .formatted(withoutEnd(other.matches() ? other.group(1) : line), advice);
    }

    /** Returns the first line of a message, without the full stop at its end. */
    static String firstLine(@Nullable String message) {
        return withoutEnd(String.valueOf(message).lines().findFirst().orElse("no reason given"));
    }

    private static String withoutEnd(String sentence) {
        return END.matcher(sentence).replaceFirst("");
    }
}
