package dev.gauntlet.model;

/**
 * A comparison of a model's outputs with those of another program that computes the same file.
 *
 * @param reference the other program, with its version
 * @param inputs what both programs were given, such as {@code random images}
 * @param examples the number of images
 * @param largestDifference the largest difference between two outputs
 * @param tolerance the largest difference that is accepted; a model beyond it is refused
 */
public record CrossCheck(String reference, String inputs, int examples, double largestDifference, double tolerance) {}
