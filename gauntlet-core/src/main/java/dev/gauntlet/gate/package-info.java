/**
 * Decides on the record of a run whether a model is robust enough and not worse than a baseline.
 */
@NullMarked
package dev.gauntlet.gate;

import org.jspecify.annotations.NullMarked;
