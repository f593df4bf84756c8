/**
 * Robustness as a test: {@code assertRobust(model).on(data).against(linf(8 / 255.0)).with(attacks).atLeast(0.4)}, or an
 * equivalent annotation.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.junit;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
