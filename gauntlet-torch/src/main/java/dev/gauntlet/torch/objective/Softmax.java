package dev.gauntlet.torch.objective;

import dev.gauntlet.model.Logits;

/**
 * The probabilities of one example, and their logarithms.
 *
 * @param probabilities one per class
 * @param logarithms one per class
 */
record Softmax(double[] probabilities, double[] logarithms) {
    static Softmax of(Logits logits, int row) {
        return of(logits.values(), row * logits.classes(), logits.classes());
    }

    static Softmax of(float[] logits, int offset, int classes) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < classes; k++) {
            largest = Math.max(largest, logits[offset + k]);
        }
        double sum = 0;
        for (int k = 0; k < classes; k++) {
            sum += Math.exp(logits[offset + k] - largest);
        }
        double[] probabilities = new double[classes];
        double[] logarithms = new double[classes];
        for (int k = 0; k < classes; k++) {
            logarithms[k] = logits[offset + k] - largest - Math.log(sum);
            probabilities[k] = Math.exp(logarithms[k]);
        }
        return new Softmax(probabilities, logarithms);
    }

    /** Returns the Kullback-Leibler divergence of another distribution from this one, at least 0. */
    double divergence(Softmax other) {
        double sum = 0;
        for (int k = 0; k < probabilities.length; k++) {
            sum += probabilities[k] * (logarithms[k] - other.logarithms[k]);
        }
        return Math.max(0, sum);
    }
}
