/** Threat models: what the adversary may change, and the check that it changed no more. */
@NullMarked
package dev.gauntlet.threat;

import org.jspecify.annotations.NullMarked;
