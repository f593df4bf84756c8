package dev.gauntlet.attack.kit;

/**
 * The result that an attack claims; the evaluation verifies it.
 *
 * @param pixels the success for each example, or its clean pixels; in the layout of the clean batch
 * @param success for each example whether a success is claimed; also true if the clean example already meets the
 *     criterion
 */
public record AttackResult(float[] pixels, boolean[] success) {}
