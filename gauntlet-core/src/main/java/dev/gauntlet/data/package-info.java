/**
 * Numbered examples: where they come from, what they look like, and how they are read in batches.
 */
@NullMarked
package dev.gauntlet.data;

import org.jspecify.annotations.NullMarked;
