package dev.gauntlet.threat;

import dev.gauntlet.GauntletException;

/**
 * All images within distance epsilon of the clean one, with every pixel in [0,1].
 *
 * <p>Epsilon is in raw input units: in L-infinity, 0.1 is a tenth of the way from black to white. In L0 it is a number
 * of inputs, pixels times channels.
 *
 * @param norm how the distance is measured
 * @param epsilon the radius, finite and at least 0; at most 1 for L-infinity, a whole number for L0
 */
public record LpBall(Norm norm, double epsilon) implements ThreatModel {
    public LpBall {
        if (norm == Norm.LINF && !(epsilon >= 0 && epsilon <= 1)) {
            throw new GauntletException(
                    "Epsilon %s is outside [0,1]; it is in raw pixel units, so 8 of 255 grey levels is %.4f."
                            .formatted(epsilon, 8 / 255.0));
        }
        if (!(epsilon >= 0 && epsilon < Double.POSITIVE_INFINITY)) {
            throw new GauntletException("Epsilon %s is not a radius in %s; give a finite number of at least 0."
                    .formatted(epsilon, norm.title()));
        }
        if (norm == Norm.L0 && epsilon != Math.rint(epsilon)) {
            throw new GauntletException(
                    "Epsilon %s is not a whole number; in L0 it counts the inputs that may change.".formatted(epsilon));
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

    /**
     * Returns the L2 ball.
     *
     * @param epsilon the radius, at least 0
     * @return the ball
     */
    public static LpBall l2(double epsilon) {
        return new LpBall(Norm.L2, epsilon);
    }

    /**
     * Returns the L1 ball.
     *
     * @param epsilon the radius, at least 0
     * @return the ball
     */
    public static LpBall l1(double epsilon) {
        return new LpBall(Norm.L1, epsilon);
    }

    /**
     * Returns the L0 ball.
     *
     * @param inputs how many inputs (pixels times channels) may change, at least 0
     * @return the ball
     */
    public static LpBall l0(int inputs) {
        return new LpBall(Norm.L0, inputs);
    }

    @Override
    public double distance(float[] clean, float[] changed, int offset, int length) {
        return norm.distance(clean, changed, offset, length);
    }

    @Override
    public boolean allows(double distance) {
        // not the other way round, which would overflow and allow infinity
        return distance - epsilon <= norm.tolerance(epsilon);
    }
}
