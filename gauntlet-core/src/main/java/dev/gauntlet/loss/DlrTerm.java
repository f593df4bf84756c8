package dev.gauntlet.loss;

import java.util.Arrays;

/**
 * A difference of two logits divided by the spread of the largest ones, the common form of both losses of Croce and
 * Hein: {@code (z_raised - z_lowered) / (z_first - (z_third + z_fourth) / 2 + 1e-12)}.
 *
 * @param raised the class whose logit the adversary increases
 * @param lowered the class whose logit the adversary decreases
 * @param first the class with the largest logit
 * @param third a class with a smaller logit
 * @param fourth another one, or the same class again
 */
record DlrTerm(int raised, int lowered, int first, int third, int fourth) {
    private static final double NEVER_ZERO = 1e-12;

    double value(float[] logits, int offset) {
        return ((double) logits[offset + raised] - logits[offset + lowered]) / spread(logits, offset);
    }

    double valueAndDerivative(float[] logits, int offset, int classes, float[] derivative) {
        double value = value(logits, offset);
        double spread = spread(logits, offset);
        Arrays.fill(derivative, offset, offset + classes, 0);
        for (int k : new int[] {raised, lowered, first, third, fourth}) {
            double byLogit = (differenceByLogit(k) - value * spreadByLogit(k)) / spread;
            // the spread of an exact tie may be 1e-12; an infinite derivative would become NaN during back-propagation
            derivative[offset + k] = (float) Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, byLogit));
        }
        return value;
    }

    private double spread(float[] logits, int offset) {
        double largest = logits[offset + first];
        return ((largest - logits[offset + third]) + (largest - logits[offset + fourth])) / 2 + NEVER_ZERO;
    }

    private double differenceByLogit(int k) {
        return (k == raised ? 1 : 0) - (k == lowered ? 1 : 0);
    }

    private double spreadByLogit(int k) {
        return (k == first ? 1 : 0) - (k == third ? 0.5 : 0) - (k == fourth ? 0.5 : 0);
    }
}
