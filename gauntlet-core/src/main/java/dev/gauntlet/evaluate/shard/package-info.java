/**
 * The unit of work of an evaluation, as plain data that can travel: a task names examples and what is to be done with them,
 * a result says what came out.
 */
@NullMarked
package dev.gauntlet.evaluate.shard;

import org.jspecify.annotations.NullMarked;
