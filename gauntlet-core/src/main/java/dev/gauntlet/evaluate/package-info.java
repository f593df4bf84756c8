/**
 * Runs an attack over a data set, believes nothing it says, and keeps what was found.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.evaluate;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
