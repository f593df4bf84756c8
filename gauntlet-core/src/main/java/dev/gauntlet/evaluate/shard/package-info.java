/**
 * The unit of work of an evaluation, as plain data that can travel: a task names examples and what is to be done with them,
 * a result says what came out.
 */
@API(status = API.Status.INTERNAL)
@NullMarked
package dev.gauntlet.evaluate.shard;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
