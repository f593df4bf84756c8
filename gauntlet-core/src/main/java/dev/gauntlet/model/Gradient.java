package dev.gauntlet.model;

/**
 * What one forward and one backward pass give.
 *
 * @param logits the logits of the forward pass
 * @param losses the loss of each example
 * @param pixels the gradient of each example's loss by its pixels, in the layout of the batch
 */
public record Gradient(Logits logits, double[] losses, float[] pixels) {}
