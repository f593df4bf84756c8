/**
 * Measurements; see {@code docs/benchmarks.md} for the commands and what came out.
 */
@NullMarked
package dev.gauntlet.benchmarks;

import org.jspecify.annotations.NullMarked;
