package dev.gauntlet;

import java.util.SplittableRandom;

/**
 * Identifies a stream of random numbers by its purpose, so that no stream depends on the order in which others are
 * drawn.
 *
 * <p>Two keys built from the same parts give the same numbers on every machine and Java version, whatever the number of
 * threads; keys that differ in any part give unrelated streams.
 *
 * <p>Example: {@code RandomKey.of(seed).with("shuffle").with(epoch).generator()}.
 *
 * @param state the mixed parts
 */
public record RandomKey(long state) {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    /**
     * Starts a key from the seed of a run.
     *
     * @param seed any number
     * @return the key
     */
    public static RandomKey of(long seed) {
        return new RandomKey(mix(seed + GOLDEN_GAMMA));
    }

    /**
     * Narrows the key by a number: an example, a restart, a step.
     *
     * @param part any number
     * @return the narrower key
     */
    public RandomKey with(long part) {
        return new RandomKey(mix(state * 31 + mix(part + GOLDEN_GAMMA)));
    }

    /**
     * Narrows the key by a name: an attack, a purpose.
     *
     * @param part any text
     * @return the narrower key
     */
    public RandomKey with(String part) {
        RandomKey key = with(part.length());
        for (int i = 0; i < part.length(); i++) {
            key = key.with(part.charAt(i));
        }
        return key;
    }

    /**
     * Opens the stream that this key names, from its beginning.
     *
     * @return a new generator
     */
    public SplittableRandom generator() {
        return new SplittableRandom(state);
    }

    /** The 64-bit finalizer of SplitMix64 (Steele, Lea and Flood 2014). */
    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
