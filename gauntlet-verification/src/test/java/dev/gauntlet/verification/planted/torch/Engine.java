package dev.gauntlet.verification.planted.torch;

/** An engine. */
public record Engine(int number) {}
