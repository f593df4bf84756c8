/**
 * Attacks: searches within a threat model for inputs that a model misclassifies.
 */
@NullMarked
package dev.gauntlet.attack;

import org.jspecify.annotations.NullMarked;
