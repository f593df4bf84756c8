/** Proved bounds on the logits of a network, computed with libtorch in double precision. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.bounds;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
