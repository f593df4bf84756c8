package dev.gauntlet.evaluate;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The progress of an evaluation.
 *
 * @param stage what is being done
 * @param attack the name of the attack that runs, or {@code certificates}; empty unless the stage is {@link
 *     Stage#ATTACKING}. Several workers may be at different attacks; this is the one of the first unfinished shard
 * @param number the position of that attack in the plan, counted from 1; 0 for certificates
 * @param attacks how many attacks the plan has
 * @param epsilon the budget of the search; empty if one search serves all budgets
 * @param finished how many images are finished, those of a journal included
 * @param planned how many images the evaluation has
 * @param share the share of the work that is done, in [0,1]; never falls
 * @param remaining about how long the rest takes, diagnostics included; empty while no speed is known. Work taken from a
 *     journal does not count for the speed
 */
public record EvaluationProgress(
        Stage stage,
        String attack,
        int number,
        int attacks,
        OptionalDouble epsilon,
        int finished,
        int planned,
        double share,
        Optional<Duration> remaining) {
    /** What an evaluation does, in this order. */
    public enum Stage {
        /** The model is tried on a few images. */
        CHECKING,
        /** The attacks run, or examples are certified. */
        ATTACKING,
        /** The diagnostics run. */
        DIAGNOSING
    }
}
