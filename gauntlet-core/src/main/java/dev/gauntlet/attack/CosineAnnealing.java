package dev.gauntlet.attack;

/**
 * A value that decreases from the first to the last value along half a period of the cosine.
 *
 * @param first the value of step 0
 * @param last the final value, which the step after the last one would have
 * @param steps the number of steps, at least 1
 */
record CosineAnnealing(double first, double last, int steps) {
    /** Returns the value of a step, counted from 0. */
    double at(int step) {
        return last + (first - last) * (1 + StrictMath.cos(Math.PI * step / steps)) / 2;
    }
}
