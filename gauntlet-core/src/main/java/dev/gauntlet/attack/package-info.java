/**
 * Attacks: searches within a threat model for inputs that a model misclassifies.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.attack;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
