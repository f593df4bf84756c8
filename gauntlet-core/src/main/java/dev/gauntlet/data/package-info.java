/** Data sets: numbered examples, where they come from, and how they are read in batches. */
@NullMarked
package dev.gauntlet.data;

import org.jspecify.annotations.NullMarked;
