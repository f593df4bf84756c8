/**
 * What every package needs: the one exception that users see, choices by name, keyed randomness, and files that are complete
 * or not there.
 */
@NullMarked
package dev.gauntlet;

import org.jspecify.annotations.NullMarked;
