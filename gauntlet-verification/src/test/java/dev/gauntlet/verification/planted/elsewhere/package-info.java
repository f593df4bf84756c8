/** Has no place in the line. */
@NullMarked
package dev.gauntlet.verification.planted.elsewhere;

import org.jspecify.annotations.NullMarked;
