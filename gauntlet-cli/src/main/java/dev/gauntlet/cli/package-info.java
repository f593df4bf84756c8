/**
 * The command line: reads options, calls the library, prints a summary.
 */
@NullMarked
package dev.gauntlet.cli;

import org.jspecify.annotations.NullMarked;
