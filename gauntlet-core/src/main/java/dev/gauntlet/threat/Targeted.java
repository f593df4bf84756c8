package dev.gauntlet.threat;

import dev.gauntlet.GauntletException;
import dev.gauntlet.loss.Loss;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One target class for each true class; an example whose class is its own target is not attacked.
 *
 * <p>Example: {@code Targeted.at(3, 10)} requires that every digit is classified as a three.
 *
 * @param targetOfClass the target of each true class, both from 0 to K-1
 */
public record Targeted(List<Integer> targetOfClass) implements Criterion {
    static final String PREFIX = "targeted:";

    public Targeted {
        targetOfClass = List.copyOf(targetOfClass);
        int classes = targetOfClass.size();
        for (int target : targetOfClass) {
            if (target < 0 || target >= classes) {
                throw new GauntletException(
                        "Target %d is not a class; the classes are 0 to %d.".formatted(target, classes - 1));
            }
        }
    }

    /**
     * Returns the criterion with the same target for all examples.
     *
     * @param target the target class
     * @param classes the number of classes K
     * @return the criterion
     * @throws GauntletException if the target is outside 0 to K-1
     */
    public static Targeted at(int target, int classes) {
        return new Targeted(Collections.nCopies(classes, target));
    }

    /**
     * Returns the criterion whose target is the class after the true one, and class 0 for the last class.
     *
     * @param classes the number of classes K
     * @return the criterion
     */
    public static Targeted next(int classes) {
        return new Targeted(IntStream.range(0, classes)
                .map(label -> (label + 1) % classes)
                .boxed()
                .toList());
    }

    /** Parses the targets as {@link #name} writes them: one for all classes, or one for each. */
    static Targeted parse(String targets, int classes) {
        List<Integer> numbers;
        try {
            numbers =
                    Arrays.stream(targets.split(",", -1)).map(Integer::valueOf).toList();
        } catch (NumberFormatException e) {
            throw new GauntletException(
                    "The targets '%s' are not class numbers; write, for example, 3 or 1,2,0.".formatted(targets), e);
        }
        if (numbers.size() != 1 && numbers.size() != classes) {
            throw new GauntletException("There are %d targets '%s' for %d classes; give one for all, or one for each."
                    .formatted(numbers.size(), targets, classes));
        }
        return numbers.size() == 1 ? at(numbers.get(0), classes) : new Targeted(numbers);
    }

    /**
     * Returns the target class of an example.
     *
     * @param label its true class
     * @return the target
     */
    public int target(int label) {
        return targetOfClass.get(label);
    }

    @Override
    public String name() {
        boolean same = targetOfClass.stream().distinct().count() == 1;
        return PREFIX
                + (same
                        ? targetOfClass.get(0)
                        : targetOfClass.stream().map(String::valueOf).collect(Collectors.joining(",")));
    }

    @Override
    public boolean appliesTo(int label) {
        return target(label) != label;
    }

    @Override
    public boolean isMet(int prediction, int label) {
        return appliesTo(label) && prediction == target(label);
    }

    @Override
    public Loss objective(Loss loss, int label) {
        return loss.towards(target(label));
    }
}
