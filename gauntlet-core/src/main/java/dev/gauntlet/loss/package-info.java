/** Losses that attacks maximize: a function of one example's logits, with its derivative. */
@NullMarked
package dev.gauntlet.loss;

import org.jspecify.annotations.NullMarked;
