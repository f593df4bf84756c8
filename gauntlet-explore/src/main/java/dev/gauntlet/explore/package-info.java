/** An interactive page for models and reports, served on a local port. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.explore;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
