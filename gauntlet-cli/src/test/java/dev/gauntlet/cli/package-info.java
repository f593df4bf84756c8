/** Tests of the command line that need no model. */
@NullMarked
package dev.gauntlet.cli;

import org.jspecify.annotations.NullMarked;
