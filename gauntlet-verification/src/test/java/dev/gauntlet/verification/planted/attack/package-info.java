/** Looks to its right. */
@NullMarked
package dev.gauntlet.verification.planted.attack;

import org.jspecify.annotations.NullMarked;
