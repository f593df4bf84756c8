/**
 * The kinds of models and data that can be opened: services, so that a new engine or file format is one module and no edit
 * elsewhere.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.format;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
