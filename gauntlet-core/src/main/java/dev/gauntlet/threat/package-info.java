/**
 * What the adversary may change, and the judgement whether it did no more.
 */
@NullMarked
package dev.gauntlet.threat;

import org.jspecify.annotations.NullMarked;
