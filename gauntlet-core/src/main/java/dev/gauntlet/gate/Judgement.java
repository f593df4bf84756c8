package dev.gauntlet.gate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What became of one requirement.
 *
 * @param requirement the requirement in words
 * @param verdict whether it is met
 * @param value what was measured
 * @param lower the lower bound of its 95 % interval
 * @param upper the upper bound of its 95 % interval
 * @param threshold what the value has to reach
 * @param examples the number of examples that the value is of
 * @param evidence what was measured, as a sentence
 * @param worstClass the class with the lowest robust accuracy, with that; empty if it was not asked for
 * @param ids the numbers in the data set of at most three examples that speak against the model; those that an attack broke
 *     come before those that are wrong when clean
 * @param advice what would settle an inconclusive judgement; empty if nothing has to be settled
 */
public record Judgement(
        String requirement,
        Verdict verdict,
        double value,
        double lower,
        double upper,
        double threshold,
        int examples,
        String evidence,
        String worstClass,
        int[] ids,
        String advice) {
    /** The worst class where it was not asked for. */
    static final String NO_CLASS = "";

    /** How many examples are named. */
    static final int NAMED_EXAMPLES = 3;

    /**
     * Explains the judgement to people.
     *
     * @return one line each for what was measured and, where there is any, the worst class, the examples and the advice
     */
    public List<String> explanation() {
        List<String> lines = new ArrayList<>(List.of(evidence));
        if (!worstClass.isEmpty()) {
            lines.add("worst class " + worstClass);
        }
        if (ids.length > 0) {
            lines.add("wrong, for example: "
                    + Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(", ")));
        }
        if (!advice.isEmpty()) {
            lines.add(advice);
        }
        return lines;
    }

    /** Returns the same judgement of an evaluation that is not to be believed. */
    Judgement doubted(String reason) {
        return new Judgement(
                requirement,
                Verdict.INCONCLUSIVE,
                value,
                lower,
                upper,
                threshold,
                examples,
                evidence,
                worstClass,
                ids,
                reason);
    }
}
