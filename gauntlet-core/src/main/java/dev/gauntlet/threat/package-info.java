/** Threat models: what the adversary may change, and the check that it changed no more. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.threat;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
