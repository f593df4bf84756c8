package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * When an evaluation may end before all examples are evaluated; it then knows what it knows, and says so.
 *
 * <p>Limits are no part of a plan: with a journal, the same evaluation with a larger limit goes on. What is evaluated first
 * is a random sample with each class its share, so that an early end distorts nothing. A limit of gradients and a question
 * end at the same example on every machine and with any number of workers; a limit of time does not.
 *
 * <p>Example: {@code Limits.NONE.withQuestion(new Question(8 / 255.0, 0.4))}.
 *
 * @param time how long it may take; what was begun is finished first
 * @param backwards after how many backward passes nothing new is begun
 * @param question what is to be settled; looked at after each shard
 */
public record Limits(Optional<Duration> time, OptionalLong backwards, Optional<Question> question) {
    /** No limits. */
    public static final Limits NONE = new Limits(Optional.empty(), OptionalLong.empty(), Optional.empty());

    public Limits {
        time.filter(limit -> limit.isNegative() || limit.isZero()).ifPresent(limit -> {
            throw new GauntletException("The time limit must be above 0, got " + limit + ".");
        });
        if (backwards.isPresent() && backwards.getAsLong() < 1) {
            throw new GauntletException(
                    "The limit of backward passes must be at least 1, got " + backwards.getAsLong() + ".");
        }
    }

    /**
     * Returns the same limits with one of time.
     *
     * @param limit how long it may take, above 0
     * @return the limits
     */
    public Limits withTime(Duration limit) {
        return new Limits(Optional.of(limit), backwards, question);
    }

    /**
     * Returns the same limits with one of backward passes.
     *
     * @param limit after how many nothing new is begun, at least 1
     * @return the limits
     */
    public Limits withBackwards(long limit) {
        return new Limits(time, OptionalLong.of(limit), question);
    }

    /**
     * Returns the same limits with a question to settle.
     *
     * @param settled the question
     * @return the limits
     */
    public Limits withQuestion(Question settled) {
        return new Limits(time, backwards, Optional.of(settled));
    }
}
