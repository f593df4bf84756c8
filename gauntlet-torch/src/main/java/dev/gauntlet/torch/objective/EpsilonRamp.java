package dev.gauntlet.torch.objective;

/**
 * How epsilon grows: it is 0 in the warm-up, and then grows linearly to its full size.
 *
 * @param warmUp the share of the training at 0, from 0 to 1
 * @param ramp the share of the training in which it grows, from 0 to 1; both together are at most 1
 */
record EpsilonRamp(double warmUp, double ramp) {
    EpsilonRamp {
        Require.share("warm-up", warmUp);
        Require.share("ramp", ramp);
        Require.that(
                warmUp + ramp <= 1,
                "The warm-up of %s and the ramp of %s are longer than the training; together they must be at most 1."
                        .formatted(warmUp, ramp));
    }

    /** Returns the share of epsilon after a share of the training. */
    double at(double progress) {
        if (progress >= end()) {
            return 1;
        }
        return progress <= warmUp ? 0 : (progress - warmUp) / ramp;
    }

    double end() {
        return warmUp + ramp;
    }
}
