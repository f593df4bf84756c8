/** Models behind an HTTP address, which return only logits or probabilities. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.http;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
