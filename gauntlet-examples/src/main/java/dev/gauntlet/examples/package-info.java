/**
 * Example programs.
 */
@NullMarked
package dev.gauntlet.examples;

import org.jspecify.annotations.NullMarked;
