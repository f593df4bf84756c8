/**
 * What an attack pushes up: a number for one example's logits and its derivative by them.
 */
@NullMarked
package dev.gauntlet.loss;

import org.jspecify.annotations.NullMarked;
