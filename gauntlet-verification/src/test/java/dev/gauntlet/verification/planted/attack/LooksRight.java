package dev.gauntlet.verification.planted.attack;

import dev.gauntlet.verification.planted.evaluate.Outcome;

/** An attack that knows how it will be judged. */
public record LooksRight(Outcome outcome) {}
