/** Tests of the libtorch engine. */
@NullMarked
package dev.gauntlet.torch.objective;

import org.jspecify.annotations.NullMarked;
