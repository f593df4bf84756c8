/**
 * Programs that show how the library is used.
 */
@NullMarked
package dev.gauntlet.examples;

import org.jspecify.annotations.NullMarked;
