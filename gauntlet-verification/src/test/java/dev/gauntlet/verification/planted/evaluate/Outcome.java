package dev.gauntlet.verification.planted.evaluate;

/** What others wrongly look at. */
public record Outcome(int number) {}
