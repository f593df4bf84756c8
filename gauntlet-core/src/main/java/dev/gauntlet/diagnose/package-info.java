/**
 * Looks for signs that an attack failed for the wrong reason, so that a high robust accuracy is not believed blindly.
 */
@NullMarked
package dev.gauntlet.diagnose;

import org.jspecify.annotations.NullMarked;
