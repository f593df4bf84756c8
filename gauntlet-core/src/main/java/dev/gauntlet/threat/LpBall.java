package dev.gauntlet.threat;

import dev.gauntlet.GauntletException;

/**
 * All images within distance epsilon of the clean one, with every pixel in [0,1].
 *
 * <p>Epsilon is in raw input units: 0.1 is a tenth of the way from black to white.
 *
 * @param norm how the distance is measured
 * @param epsilon the radius, at least 0; at most 1 for L-infinity
 */
public record LpBall(Norm norm, double epsilon) implements ThreatModel {
    /** Float arithmetic on pixels in [0,1] is off by at most 6e-8 a step; this leaves room for a few. */
    private static final double ROUNDING = 1e-6;

    public LpBall {
        if (!(epsilon >= 0 && epsilon <= 1)) {
            throw new GauntletException(
                    "Epsilon %s is outside [0,1]; it is in raw pixel units, so 8 of 255 grey levels is %.4f."
                            .formatted(epsilon, 8 / 255.0));
        }
    }

    /**
     * Returns the L-infinity ball.
     *
     * @param epsilon the radius, in [0,1]
     * @return the ball
     */
    public static LpBall linf(double epsilon) {
        return new LpBall(Norm.LINF, epsilon);
    }

    @Override
    public double distance(float[] clean, float[] changed, int offset, int length) {
        return norm.distance(clean, changed, offset, length);
    }

    @Override
    public boolean allows(double distance) {
        return distance <= epsilon + (epsilon == 0 ? 0 : ROUNDING);
    }
}
