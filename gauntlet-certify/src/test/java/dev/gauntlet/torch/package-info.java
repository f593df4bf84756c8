/** What the tests of certificates need of the training. */
@NullMarked
package dev.gauntlet.torch;

import org.jspecify.annotations.NullMarked;
