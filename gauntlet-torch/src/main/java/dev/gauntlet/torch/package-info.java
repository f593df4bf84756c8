/**
 * The libtorch engine: networks, weights, TorchScript and training.
 *
 * <p>Besides {@code dev.gauntlet.onnx}, it is the only package that uses {@code org.bytedeco}; no native handles leave
 * it.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.torch;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
