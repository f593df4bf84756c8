/**
 * What is asked of Gauntlet, as one immutable object: which model, which data, which threat, which attacks, and within
 * which limits.
 */
@NullMarked
package dev.gauntlet.request;

import org.jspecify.annotations.NullMarked;
