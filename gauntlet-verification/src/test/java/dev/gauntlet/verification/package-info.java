/**
 * Tests of the project as a whole: its architecture, and its report in a browser.
 */
@NullMarked
package dev.gauntlet.verification;

import org.jspecify.annotations.NullMarked;
