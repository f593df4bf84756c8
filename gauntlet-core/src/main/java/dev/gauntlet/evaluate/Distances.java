package dev.gauntlet.evaluate;

import dev.gauntlet.threat.Criterion;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * The distances of the nearest successes, over the examples that are classified correctly when clean and have a target.
 *
 * @param found the number of examples with a success
 * @param notFound the number of examples without a success
 * @param median the median distance over the successes; 0 if there are none
 * @param mean the mean distance over the successes; 0 if there are none
 */
public record Distances(int found, int notFound, double median, double mean) {
    /**
     * Summarizes the distances of a report.
     *
     * @param report the report
     * @return the summary
     */
    public static Distances of(RobustnessReport report) {
        Criterion criterion =
                Criterion.parse(report.plan().criterion(), report.classes().size());
        Outcomes outcomes = report.outcomes();
        int[] attacked = outcomes.examples()
                .filter(i -> criterion.appliesTo(outcomes.label(i)) && !outcomes.isCleanMistake(i))
                .toArray();
        double[] found = Arrays.stream(attacked)
                .mapToObj(outcomes::nearestSuccess)
                .flatMapToDouble(OptionalDouble::stream)
                .sorted()
                .toArray();
        return new Distances(
                found.length,
                attacked.length - found.length,
                median(found),
                Arrays.stream(found).average().orElse(0));
    }

    private static double median(double[] sorted) {
        int middle = sorted.length / 2;
        if (sorted.length == 0) {
            return 0;
        }
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
