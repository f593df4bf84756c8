/**
 * Decides on the record of a run: is the model robust enough, is it worse than before, or can that not be said yet?
 */
@NullMarked
package dev.gauntlet.gate;

import org.jspecify.annotations.NullMarked;
