package dev.gauntlet.attack;

/**
 * A number that falls from the first value towards the last along half a period of the cosine, slowly at both ends.
 *
 * @param first the value of step 0
 * @param last what the value falls to; the step after the last one would have it
 * @param steps the number of steps, at least 1
 */
record CosineAnnealing(double first, double last, int steps) {
    /** Returns the value of a step, counted from 0. */
    double at(int step) {
        return last + (first - last) * (1 + StrictMath.cos(Math.PI * step / steps)) / 2;
    }
}
