/** Tests of the libtorch engine. */
@NullMarked
package dev.gauntlet.torch;

import org.jspecify.annotations.NullMarked;
