/** Data sets: numbered examples, where they come from, and how they are read in batches. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.data;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
