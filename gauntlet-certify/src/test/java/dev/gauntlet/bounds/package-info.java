@NullMarked
package dev.gauntlet.bounds;

import org.jspecify.annotations.NullMarked;
