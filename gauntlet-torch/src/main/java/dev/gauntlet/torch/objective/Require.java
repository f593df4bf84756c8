package dev.gauntlet.torch.objective;

import dev.gauntlet.GauntletException;

/** Checks the options of objectives. */
final class Require {
    private Require() {}

    static void that(boolean condition, String message) {
        if (!condition) {
            throw new GauntletException(message);
        }
    }

    static void epsilon(double epsilon) {
        that(
                epsilon >= 0 && epsilon <= 1,
                "The epsilon of the training must be from 0 to 1, where black is 0 and white is 1, got %s."
                        .formatted(epsilon));
    }

    static void steps(int steps) {
        that(steps >= 1, "The number of steps of the training's attack must be at least 1, got %d.".formatted(steps));
    }

    static void relativeStep(double step) {
        that(
                step > 0 && step <= 2,
                "The relative step, a share of epsilon, must be above 0 and at most 2, got %s.".formatted(step));
    }

    static void share(String what, double share) {
        that(
                share >= 0 && share <= 1,
                "The %s, a share of the training, must be from 0 to 1, got %s.".formatted(what, share));
    }

    static void weight(String what, double weight) {
        that(
                weight >= 0 && Double.isFinite(weight),
                "%s must be a finite number of at least 0, got %s.".formatted(what, weight));
    }
}
