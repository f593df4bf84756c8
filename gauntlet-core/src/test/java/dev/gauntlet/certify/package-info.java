@NullMarked
package dev.gauntlet.certify;

import org.jspecify.annotations.NullMarked;
