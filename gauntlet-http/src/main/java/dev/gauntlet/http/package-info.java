/** Models behind an HTTP address, which return only logits or probabilities. */
@NullMarked
package dev.gauntlet.http;

import org.jspecify.annotations.NullMarked;
