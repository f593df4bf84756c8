/**
 * Writes the record of a run as JSON, as a page and in formats for other programs.
 */
@NullMarked
package dev.gauntlet.report;

import org.jspecify.annotations.NullMarked;
