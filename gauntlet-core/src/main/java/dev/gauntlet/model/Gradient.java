package dev.gauntlet.model;

/**
 * The result of one forward and one backward pass.
 *
 * @param logits the logits of the forward pass
 * @param losses the loss of each example
 * @param pixels the gradient of each example's loss with respect to its pixels, in the layout of the batch
 */
public record Gradient(Logits logits, double[] losses, float[] pixels) {}
