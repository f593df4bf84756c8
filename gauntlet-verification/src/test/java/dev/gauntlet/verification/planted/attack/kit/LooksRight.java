package dev.gauntlet.verification.planted.attack.kit;

/** A part of the kit that knows an attack. */
public record LooksRight(dev.gauntlet.verification.planted.attack.LooksRight attack) {}
