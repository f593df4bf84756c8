/** Evaluations on an Apache Spark cluster, with the digits of one machine. */
@NullMarked
package dev.gauntlet.spark;

import org.jspecify.annotations.NullMarked;
