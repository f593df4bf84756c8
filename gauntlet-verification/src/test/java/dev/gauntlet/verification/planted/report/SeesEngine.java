package dev.gauntlet.verification.planted.report;

import dev.gauntlet.verification.planted.torch.Engine;

/** A report that sees the engine. */
public record SeesEngine(Engine engine) {}
