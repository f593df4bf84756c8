/**
 * The record of a run as JSON and as a page.
 */
@NullMarked
package dev.gauntlet.report;

import org.jspecify.annotations.NullMarked;
