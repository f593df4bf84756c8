package dev.gauntlet.attack;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.threat.Norm;

/** How {@link Square} makes its candidates in a certain norm, one example at a time. */
interface SquareMoves {
    /** Returns the moves within a ball. */
    static SquareMoves of(Norm norm, ImageShape shape, double epsilon) {
        return norm == Norm.LINF ? new SquareMovesLinf(shape, epsilon) : new SquareMovesL2L1(norm, shape, epsilon);
    }

    /** Draws the first candidate of an example, which is the best so far. */
    void start(SquareWalk walk, float[] candidates, int offset);

    /** Sets the size of the windows by the share of the pixels that they cover. */
    void resize(double share);

    /** Draws a candidate that differs from the best in a random window. */
    void change(SquareWalk walk, float[] candidates, int offset);

    /** Makes the candidate the best. */
    void accept(SquareWalk walk, float[] candidates, int offset);

    /** Takes the candidate back. */
    void reject(SquareWalk walk, float[] candidates, int offset);
}
