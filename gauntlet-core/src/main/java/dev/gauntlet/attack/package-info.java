/**
 * Searches inside a threat model for an input that the model gets wrong.
 */
@NullMarked
package dev.gauntlet.attack;

import org.jspecify.annotations.NullMarked;
