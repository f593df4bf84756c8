/**
 * Models in the ONNX format: differentiated through libtorch for white-box attacks, or run by ONNX Runtime for
 * black-box attacks and as the reference for every import.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.onnx;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
