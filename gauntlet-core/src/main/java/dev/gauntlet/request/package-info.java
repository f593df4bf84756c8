/** What is asked of an evaluation besides its attacks and budgets: the sample, the limits, the division of the work; and suites. */
@NullMarked
package dev.gauntlet.request;

import org.jspecify.annotations.NullMarked;
