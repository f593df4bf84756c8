/**
 * Training objectives, which turn a network into one that is harder to attack: what a step of the training increases, and
 * then decreases.
 *
 * <p>They are plain Java; {@link dev.gauntlet.torch.Trainer} computes what they ask for.
 */
@API(status = API.Status.EXPERIMENTAL)
@NullMarked
package dev.gauntlet.torch.objective;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
