/** Image directories as data sets. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.images;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
