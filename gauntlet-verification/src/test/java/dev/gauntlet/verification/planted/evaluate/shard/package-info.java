/** What others wrongly look at. */
@NullMarked
package dev.gauntlet.verification.planted.evaluate.shard;

import org.jspecify.annotations.NullMarked;
