package dev.gauntlet.verification.planted.elsewhere;

import org.bytedeco.javacpp.Pointer;

/** Native code outside of the engine, in a package without a place in the line. */
public record NamesNativeCode(Pointer pointer) {}
