@NullMarked
package dev.gauntlet.explore;

import org.jspecify.annotations.NullMarked;
