/**
 * Runs an attack over a data set, believes nothing it says, and keeps what was found.
 */
@NullMarked
package dev.gauntlet.evaluate;

import org.jspecify.annotations.NullMarked;
