@NullMarked
package dev.gauntlet.onnx;

import org.jspecify.annotations.NullMarked;
