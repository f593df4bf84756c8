/** Models under attack: a function from a batch to logits, possibly with its input gradient. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.model;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
