/** Used by every package: the exception that users see, choices by name, keyed random numbers, and atomic files. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
