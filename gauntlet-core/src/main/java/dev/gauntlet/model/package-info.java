/**
 * What is attacked: a function from a batch to logits, and perhaps its derivative by the input.
 */
@NullMarked
package dev.gauntlet.model;

import org.jspecify.annotations.NullMarked;
