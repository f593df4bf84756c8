/**
 * What is asked of Gauntlet, as one immutable object: which model, which data, which threat, which attacks, and within
 * which limits.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.request;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
