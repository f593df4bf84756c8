/** Used by every package: the exception that users see, choices by name, keyed random numbers, and atomic files. */
@NullMarked
package dev.gauntlet;

import org.jspecify.annotations.NullMarked;
