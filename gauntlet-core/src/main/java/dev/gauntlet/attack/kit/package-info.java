/**
 * What attacks are written with.
 */
@NullMarked
package dev.gauntlet.attack.kit;

import org.jspecify.annotations.NullMarked;
