/**
 * The libtorch engine: networks, weights, TorchScript and training.
 *
 * <p>The only package that names {@code org.bytedeco}; no native handle leaves it.
 */
@NullMarked
package dev.gauntlet.torch;

import org.jspecify.annotations.NullMarked;
