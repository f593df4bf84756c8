/** Tests of the training objectives. */
@NullMarked
package dev.gauntlet.torch.objective;

import org.jspecify.annotations.NullMarked;
