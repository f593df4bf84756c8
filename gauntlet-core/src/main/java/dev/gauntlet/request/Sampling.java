package dev.gauntlet.request;

import dev.gauntlet.GauntletException;
import java.util.OptionalInt;

/**
 * Which examples of a data set are attacked.
 *
 * @param examples the size of the stratified random sample, at least 1; absent for all examples
 * @param seed the seed of every random choice of the evaluation
 */
public record Sampling(OptionalInt examples, long seed) {
    /** All examples, with seed 0. */
    public static final Sampling ALL = new Sampling(OptionalInt.empty(), 0);

    public Sampling {
        if (examples.isPresent() && examples.getAsInt() < 1) {
            throw new GauntletException("The number of examples must be at least 1, got " + examples.getAsInt() + ".");
        }
    }

    /**
     * Returns the same sampling of another size.
     *
     * @param count the number of examples, at least 1; all if there are no more
     * @return the sampling
     */
    public Sampling withExamples(int count) {
        return new Sampling(OptionalInt.of(count), seed);
    }

    /**
     * Returns the same sampling with another seed.
     *
     * @param otherSeed any number
     * @return the sampling
     */
    public Sampling withSeed(long otherSeed) {
        return new Sampling(examples, otherSeed);
    }

    /**
     * Returns how many examples of a data set are attacked.
     *
     * @param population the size of the data set
     * @return the size of the sample
     */
    public int size(int population) {
        return Math.min(examples.orElse(population), population);
    }
}
