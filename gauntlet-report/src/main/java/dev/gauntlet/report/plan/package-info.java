/** Evaluation requests as files say them: plans in TOML, and the {@code request} in the record of a run. */
@NullMarked
package dev.gauntlet.report.plan;

import org.jspecify.annotations.NullMarked;
