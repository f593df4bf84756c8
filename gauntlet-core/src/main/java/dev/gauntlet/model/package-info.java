/** Models under attack: a function from a batch to logits, possibly with its input gradient. */
@NullMarked
package dev.gauntlet.model;

import org.jspecify.annotations.NullMarked;
