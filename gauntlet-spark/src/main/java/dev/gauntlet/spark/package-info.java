/** Evaluations on an Apache Spark cluster, with the digits of one machine. */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.spark;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
