package dev.gauntlet.evaluate.shard;

/**
 * A success, as the evaluator measured it.
 *
 * @param prediction the predicted class under attack
 * @param confidence the confidence in it
 * @param distance how far it is from the clean image
 * @param pixels the image under attack
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Found(int prediction, double confidence, double distance, float[] pixels) {}
