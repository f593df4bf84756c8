package dev.gauntlet.verification.planted;

import dev.gauntlet.verification.planted.evaluate.Outcome;

/** A root that sees one of its packages. */
public record Planted(Outcome outcome) {}
