/** Proved bounds on the logits of a network, computed with libtorch in double precision. */
@NullMarked
package dev.gauntlet.bounds;

import org.jspecify.annotations.NullMarked;
