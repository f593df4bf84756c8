/** What others wrongly look at. */
@NullMarked
package dev.gauntlet.verification.planted.evaluate;

import org.jspecify.annotations.NullMarked;
