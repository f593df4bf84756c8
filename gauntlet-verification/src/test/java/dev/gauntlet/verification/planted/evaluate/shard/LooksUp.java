package dev.gauntlet.verification.planted.evaluate.shard;

import dev.gauntlet.verification.planted.evaluate.Outcome;

/** A task that knows the evaluation. */
public record LooksUp(Outcome outcome) {}
