/**
 * Models in the ONNX format: differentiated through libtorch for white-box attacks, or run by ONNX Runtime for black-box
 * attacks and as the reference that every import is compared with.
 */
@NullMarked
package dev.gauntlet.onnx;

import org.jspecify.annotations.NullMarked;
