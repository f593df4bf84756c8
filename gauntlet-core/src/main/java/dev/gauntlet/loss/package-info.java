/** Losses that attacks maximize: a function of one example's logits, with its derivative. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.loss;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
