package dev.gauntlet.attack.kit;

/**
 * What an attack claims to have found; nobody has to believe it.
 *
 * @param pixels for each example what was found, and its clean pixels where nothing was; in the layout of the clean batch
 * @param success for each example whether something was found; also true where the clean example already is what the
 *     adversary wants
 */
public record AttackResult(float[] pixels, boolean[] success) {}
