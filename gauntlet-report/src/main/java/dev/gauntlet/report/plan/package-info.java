/** Evaluation requests as files say them: plans in TOML, and the {@code request} in the record of a run. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.report.plan;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
