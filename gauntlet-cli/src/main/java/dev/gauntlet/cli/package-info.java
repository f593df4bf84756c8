/**
 * The command line: reads options, calls the library, prints a summary.
 */
@API(status = API.Status.INTERNAL)
@NullMarked
package dev.gauntlet.cli;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
