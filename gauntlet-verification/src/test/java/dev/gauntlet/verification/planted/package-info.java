/** A small project that breaks every rule of the architecture, so that the rules are seen to fail. */
@NullMarked
package dev.gauntlet.verification.planted;

import org.jspecify.annotations.NullMarked;
