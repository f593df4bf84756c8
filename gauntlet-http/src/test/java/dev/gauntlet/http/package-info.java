@NullMarked
package dev.gauntlet.http;

import org.jspecify.annotations.NullMarked;
