/** An interactive page for models and reports, served on a local port. */
@NullMarked
package dev.gauntlet.explore;

import org.jspecify.annotations.NullMarked;
