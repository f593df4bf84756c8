/**
 * Models behind an HTTP address, which give logits or probabilities and nothing else.
 */
@NullMarked
package dev.gauntlet.http;

import org.jspecify.annotations.NullMarked;
