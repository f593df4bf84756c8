/** Benchmarks; see {@code docs/benchmarks.md} for the commands and results. */
@NullMarked
package dev.gauntlet.benchmarks;

import org.jspecify.annotations.NullMarked;
