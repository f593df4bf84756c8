/** An engine. */
@NullMarked
package dev.gauntlet.verification.planted.torch;

import org.jspecify.annotations.NullMarked;
