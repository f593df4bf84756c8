/**
 * Measures warning signs that an attack failed for the wrong reason.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.diagnose;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
