package dev.gauntlet.request;

import dev.gauntlet.GauntletException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * When an evaluation may end before all examples are evaluated; it then knows what it knows, and says so.
 *
 * <p>Limits are not part of the identity of an evaluation: with a journal, the same evaluation with a larger limit continues. An
 * evaluation with limits works in blocks of at least 50 examples, each a stratified random sample, so that an early end
 * distorts nothing. A limit of gradients and a question end at the same example on every machine and with any number of
 * workers; a limit of time does not.
 *
 * <p>The time is looked at before each pass of the model, in attacks and diagnostics. A block that is not finished then does
 * not count. If none is finished, the report is of the attacks that the first blocks have finished and says which are
 * missing, or of the clean accuracy alone. Up to a fifth of the time is kept for the diagnostics; those for which it is not
 * enough are not measured, and the record says so.
 *
 * <p>Example: {@code Limits.NONE.withQuestion(new DecisionGoal(8 / 255.0, 0.4))}.
 *
 * @param time how long it may take; only a pass of the model that has begun is finished
 * @param backwards after how many backward passes nothing new is begun
 * @param question what is to be settled; looked at after each block
 */
public record Limits(Optional<Duration> time, OptionalLong backwards, Optional<DecisionGoal> question) {
    /** No limits. */
    public static final Limits NONE = new Limits(Optional.empty(), OptionalLong.empty(), Optional.empty());

    public Limits {
        time.filter(limit -> limit.isNegative() || limit.isZero()).ifPresent(limit -> {
            throw new GauntletException("The time limit must be above 0, got %s s."
                    .formatted(BigDecimal.valueOf(limit.toNanos(), 9)
                            .stripTrailingZeros()
                            .toPlainString()));
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
     * Returns the same limits for what is left of the time.
     *
     * @param spent how much of the time was spent before the evaluation
     * @return the limits
     */
    public Limits after(Duration spent) {
        return new Limits(
                time.map(limit -> limit.minus(spent))
                        .map(left -> left.isNegative() || left.isZero() ? Duration.ofNanos(1) : left),
                backwards,
                question);
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
    public Limits withQuestion(DecisionGoal settled) {
        return new Limits(time, backwards, Optional.of(settled));
    }
}
