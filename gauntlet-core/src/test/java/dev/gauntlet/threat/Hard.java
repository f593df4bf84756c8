package dev.gauntlet.threat;

import java.util.SplittableRandom;

/** Random examples in which pixels are often on the border, equal, unchanged, tiny or huge. */
final class Hard {
    private Hard() {}

    /** An image whose pixels are often exactly black or white, equal, or next to black. */
    static float[] image(SplittableRandom random, int length) {
        float[] clean = new float[length];
        float common = (float) random.nextDouble();
        for (int i = 0; i < length; i++) {
            clean[i] = switch (random.nextInt(7)) {
                case 0, 1 -> 0;
                case 2 -> 1;
                case 3 -> common;
                case 4 -> Float.MIN_VALUE * (1 + random.nextInt(9));
                default -> (float) random.nextDouble();
            };
        }
        return clean;
    }

    /** A point up to 1,000 away from the image in every pixel, with equal and tiny changes among them. */
    static float[] point(SplittableRandom random, float[] clean) {
        double spread = Math.pow(10, 3 - 5 * random.nextDouble());
        float[] point = new float[clean.length];
        float common = (float) (spread * Draw.symmetric(random));
        for (int i = 0; i < clean.length; i++) {
            point[i] = switch (random.nextInt(9)) {
                case 0 -> clean[i];
                case 1 -> clean[i] + common;
                case 2 -> clean[i] - common;
                case 3 -> random.nextInt(2);
                case 4 -> clean[i] + Float.MIN_VALUE;
                default -> (float) (clean[i] + spread * Draw.symmetric(random));
            };
        }
        return point;
    }

    /** The same, with a few pixels up to infinitely far away. */
    static float[] wildPoint(SplittableRandom random, float[] clean) {
        float[] point = point(random, clean);
        for (int i = 0; i < point.length; i++) {
            if (random.nextInt(30) == 0) {
                point[i] = (float) (Math.pow(10, 40 * random.nextDouble()) * Draw.symmetric(random));
            }
        }
        return point;
    }

    /** A radius that is often 0, the largest that matters, more than that, or tiny. */
    static double radius(SplittableRandom random, Norm norm, int length) {
        if (norm == Norm.L0) {
            return random.nextInt(length + 2);
        }
        double largest = norm.largest(length);
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> largest;
            case 2 -> norm == Norm.LINF ? 1 : 1e300;
            case 3 -> Math.pow(10, -50 * random.nextDouble());
            default -> largest * random.nextDouble() * random.nextDouble();
        };
    }

    /** A normal vector with zeros, equal coefficients and, as a whole, any order of magnitude. */
    static float[] normal(SplittableRandom random, int length) {
        double scale = Math.pow(10, 8 - 38 * random.nextDouble());
        float[] normal = new float[length];
        for (int i = 0; i < length; i++) {
            normal[i] = switch (random.nextInt(5)) {
                case 0 -> 0;
                case 1 -> (float) scale;
                case 2 -> (float) -scale;
                default -> (float) (scale * Draw.symmetric(random));
            };
        }
        return normal;
    }
}
