/**
 * Robustness as a test: {@code assertRobust(model).on(data).against(linf(8 / 255.0)).with(attacks).atLeast(0.4)}, or an
 * equivalent annotation.
 */
@NullMarked
package dev.gauntlet.junit;

import org.jspecify.annotations.NullMarked;
