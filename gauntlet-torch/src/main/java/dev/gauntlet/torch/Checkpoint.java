package dev.gauntlet.torch;

/**
 * A network after an epoch of a guarded training.
 *
 * @param epoch the number of the epoch
 * @param best whether these weights are the best so far
 * @param model the network; closed when the listener returns
 */
public record Checkpoint(int epoch, boolean best, NetworkClassifier model) {}
