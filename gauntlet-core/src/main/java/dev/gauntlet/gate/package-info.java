/**
 * Decides on the record of a run whether a model is robust enough and not worse than a baseline.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.gate;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
