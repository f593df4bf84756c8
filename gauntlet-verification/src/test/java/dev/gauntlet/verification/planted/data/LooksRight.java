package dev.gauntlet.verification.planted.data;

import dev.gauntlet.verification.planted.evaluate.Outcome;

/** Data that knows how it will be evaluated. */
public record LooksRight(Outcome outcome) {}
