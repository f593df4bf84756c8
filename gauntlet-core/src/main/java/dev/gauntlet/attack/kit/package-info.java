/**
 * The parts that attacks are built from; the attacks of Gauntlet use no others for what they have in common.
 *
 * <p>An attack is a record that implements {@link dev.gauntlet.attack.FixedBudgetAttack} or
 * {@link dev.gauntlet.attack.MinimalNormAttack} and writes its search; {@code FixedBudgetAttack} has an example. The search
 * asks the model about candidates and gives the answers to {@link dev.gauntlet.attack.kit.Findings}, which keeps the nearest
 * success of each example. {@link dev.gauntlet.attack.kit.Ascent} is the loop of the iterated gradient methods,
 * {@link dev.gauntlet.attack.kit.StartingPoints} draws where they start, {@link dev.gauntlet.attack.kit.RowSelection} narrows
 * arrays to the examples that are not finished, and {@link dev.gauntlet.attack.kit.Require} and
 * {@link dev.gauntlet.attack.kit.OptionMeaning} validate and explain the options.
 */
@NullMarked
package dev.gauntlet.attack.kit;

import org.jspecify.annotations.NullMarked;
