/** Image directories as data sets. */
@NullMarked
package dev.gauntlet.images;

import org.jspecify.annotations.NullMarked;
