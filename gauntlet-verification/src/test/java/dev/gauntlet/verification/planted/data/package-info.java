/** Looks to its right. */
@NullMarked
package dev.gauntlet.verification.planted.data;

import org.jspecify.annotations.NullMarked;
