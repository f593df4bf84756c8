/** Sees the engine. */
@NullMarked
package dev.gauntlet.verification.planted.report;

import org.jspecify.annotations.NullMarked;
