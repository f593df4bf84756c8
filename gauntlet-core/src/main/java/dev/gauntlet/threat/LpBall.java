package dev.gauntlet.threat;

import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;

/**
 * All images within distance epsilon of the clean one, with every pixel in [0,1].
 *
 * <p>Epsilon is in raw input units: in L-infinity, 0.1 is a tenth of the range from black to white. In L0 it is the
 * number of inputs, pixels times channels, that may change.
 *
 * @param norm the norm of the distance
 * @param epsilon the radius, finite and at least 0; at most 1 for L-infinity, an integer for L0
 */
public record LpBall(Norm norm, double epsilon) {
    /** A number or a fraction; other number formats of Java, such as 1d and 0x1p-3, are excluded. */
    private static final Pattern NUMBER =
            Pattern.compile("([-+]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][-+]?\\d+)?)(?:/(\\d+(?:\\.\\d+)?))?");

    public LpBall {
        if (norm == Norm.LINF && !(epsilon >= 0 && epsilon <= 1)) {
            throw new GauntletException(
                    "Epsilon %s is outside [0,1]; it is in raw pixel units, so 8 of 255 grey levels is %.4f."
                            .formatted(epsilon, 8 / 255.0));
        }
        if (!(epsilon >= 0 && epsilon < Double.POSITIVE_INFINITY)) {
            throw new GauntletException("Epsilon %s is not a valid radius in %s; give a finite number of at least 0."
                    .formatted(epsilon, norm.title()));
        }
        if (norm == Norm.L0 && epsilon != Math.rint(epsilon)) {
            throw new GauntletException(
                    "Epsilon %s is not an integer; in L0 it counts the inputs that may change.".formatted(epsilon));
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

    /**
     * Sorts the budgets of an evaluation.
     *
     * @param balls at least one, all of one norm
     * @return the balls in ascending order, without duplicates, and with radius 0 for the clean accuracy
     * @throws GauntletException if there are none, or they have different norms
     */
    public static List<LpBall> growing(List<LpBall> balls) {
        List<Norm> norms = balls.stream().map(LpBall::norm).distinct().toList();
        if (norms.size() != 1) {
            throw new GauntletException(
                    "The budgets of an evaluation must be balls of one norm, got %s.".formatted(balls));
        }
        return DoubleStream.concat(
                        DoubleStream.of(0),
                        // adding 0 turns -0.0, which distinct() would keep, into 0.0
                        balls.stream().mapToDouble(ball -> ball.epsilon() + 0.0))
                .sorted()
                .distinct()
                .mapToObj(epsilon -> new LpBall(norms.get(0), epsilon))
                .toList();
    }

    /**
     * Parses a ball.
     *
     * @param text norm and radius, such as {@code linf:8/255} or {@code l2:0.5}
     * @return the ball
     * @throws GauntletException if the text is not a ball
     */
    public static LpBall parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new GauntletException(
                    "'%s' is not a valid ball; write norm and epsilon, such as linf:8/255.".formatted(text));
        }
        return new LpBall(Norm.parse(text.substring(0, colon)), parseEpsilon(text.substring(colon + 1)));
    }

    /**
     * Parses a radius, which may be a fraction.
     *
     * @param text a number, such as {@code 0.1} or {@code 8/255}
     * @return the number
     * @throws GauntletException if the text is not a number
     */
    public static double parseEpsilon(String text) {
        Matcher number = NUMBER.matcher(text.strip());
        if (!number.matches()) {
            throw new GauntletException(
                    "'%s' is not a number; write, for example, 0.1 or 8/255.".formatted(text.strip()));
        }
        double numerator = Double.parseDouble(number.group(1));
        double value = number.group(2) == null ? numerator : numerator / Double.parseDouble(number.group(2));
        if (!Double.isFinite(value)) {
            throw new GauntletException("'%s' divides by zero; write, for example, 8/255.".formatted(text.strip()));
        }
        return value;
    }

    /**
     * Tells whether an example of this distance, with all pixels in [0,1], is in the ball.
     *
     * @param distance the distance in the norm of the ball, as {@link Norm#distance} measures it
     * @return whether it is, up to the rounding errors of floats
     */
    public boolean allows(double distance) {
        // not the other way round, which would overflow and allow infinity
        return distance - epsilon <= norm.tolerance(epsilon);
    }

    /**
     * Returns the largest distance that the ball allows, which is what a certificate has to cover.
     *
     * @return a radius, at least as large as every distance for which {@link #allows} holds
     */
    public double reach() {
        // in allows the difference and in distance the sum are rounded; both are far below this
        return epsilon == 0 ? 0 : (epsilon + norm.tolerance(epsilon)) * (1 + 1e-9);
    }
}
