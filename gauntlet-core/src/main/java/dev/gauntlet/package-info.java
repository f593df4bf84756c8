/**
 * What every package needs: the one exception that users see, choice by name, and keyed randomness.
 */
@NullMarked
package dev.gauntlet;

import org.jspecify.annotations.NullMarked;
