/** Looks to its right. */
@NullMarked
package dev.gauntlet.verification.planted.attack.kit;

import org.jspecify.annotations.NullMarked;
