package dev.gauntlet.model;

/**
 * How the outputs of a model compare with those of another program that computes the same file.
 *
 * @param reference the other program, with its version
 * @param inputs what both were given, such as {@code random images}
 * @param examples how many images both were given
 * @param largestDifference the largest difference of two outputs
 * @param tolerance the largest difference that is accepted; a model beyond it is refused
 */
public record CrossCheck(String reference, String inputs, int examples, double largestDifference, double tolerance) {}
