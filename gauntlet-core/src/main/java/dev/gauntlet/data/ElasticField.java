package dev.gauntlet.data;

import java.util.SplittableRandom;

/**
 * A smooth random height over the unit box with mean 0 and a variance of about 1: a cubic B-spline through noise on a
 * coarse lattice, after the elastic distortions of Simard, Steinkraus and Platt (2003).
 *
 * @param lattice the noise, row by row
 */
record ElasticField(double[] lattice) {
    /** The number of lattice cells per side of the unit box; a wave spans about two of them. */
    private static final int CELLS = 3;

    /** A spline over n cells rests on n + 3 lattice points. */
    private static final int ROW = CELLS + 3;

    /** Restores the variance that the spline smooths away. */
    private static final double GAIN = 2;

    static ElasticField choose(SplittableRandom random) {
        double[] lattice = new double[ROW * ROW];
        for (int i = 0; i < lattice.length; i++) {
            lattice[i] = GAIN * Noise.normal(random);
        }
        return new ElasticField(lattice);
    }

    /** Returns the height at a point; outside the unit box, that of the nearest point inside. */
    double at(double x, double y) {
        double u = CELLS * Math.min(1, Math.max(0, x));
        double v = CELLS * Math.min(1, Math.max(0, y));
        int column = Math.min(CELLS - 1, (int) u);
        int row = Math.min(CELLS - 1, (int) v);
        double height = 0;
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                height += basis(i, v - row) * basis(j, u - column) * lattice[(row + i) * ROW + column + j];
            }
        }
        return height;
    }

    /** The weight of the lattice point number {@code k} of four, at {@code t} of the way between the middle two. */
    private static double basis(int k, double t) {
        double s = 1 - t;
        return switch (k) {
            case 0 -> s * s * s / 6;
            case 1 -> (4 + t * t * (3 * t - 6)) / 6;
            case 2 -> (4 + s * s * (3 * s - 6)) / 6;
            default -> t * t * t / 6;
        };
    }
}
