/**
 * Writes the record of a run as JSON, as a page and in formats for other programs.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.report;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
