/**
 * Measures warning signs that an attack failed for the wrong reason.
 */
@NullMarked
package dev.gauntlet.diagnose;

import org.jspecify.annotations.NullMarked;
