/**
 * The common parts of attacks, for the attacks of Gauntlet and for others.
 *
 * <p>An attack is a record that implements {@link dev.gauntlet.attack.FixedBudgetAttack} or
 * {@link dev.gauntlet.attack.MinimalNormAttack} and implements its search; {@code FixedBudgetAttack} has an example. The search
 * runs the model on candidates and passes the logits to {@link dev.gauntlet.attack.kit.Findings}, which keep the nearest
 * success of each example. {@link dev.gauntlet.attack.kit.Ascent} is the loop of iterative gradient methods,
 * {@link dev.gauntlet.attack.kit.StartingPoints} draws starting points, {@link dev.gauntlet.attack.kit.RowSelection} narrows
 * arrays to the active examples, and {@link dev.gauntlet.attack.kit.Require} and
 * {@link dev.gauntlet.attack.kit.OptionMeaning} validate and explain the options.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.attack.kit;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
