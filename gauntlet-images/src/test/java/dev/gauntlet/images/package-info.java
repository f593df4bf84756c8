@NullMarked
package dev.gauntlet.images;

import org.jspecify.annotations.NullMarked;
