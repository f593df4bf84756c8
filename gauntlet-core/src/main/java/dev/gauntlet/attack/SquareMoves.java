package dev.gauntlet.attack;

import dev.gauntlet.attack.SquareSearch.Walk;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.threat.Norm;
import java.util.SplittableRandom;

/**
 * Creates the candidates of {@link Square} in one norm, one example at a time.
 *
 * <p>Before a change, and after it is accepted or rejected, the candidate equals the best point so far.
 */
abstract class SquareMoves {
    final ImageShape shape;
    SquareWindow window = new SquareWindow(0, 0);

    SquareMoves(ImageShape shape) {
        this.shape = shape;
    }

    /** Returns the moves within a ball. */
    static SquareMoves of(Norm norm, ImageShape shape, double epsilon) {
        return norm == Norm.LINF ? new SquareMovesLinf(shape, epsilon) : new SquareMovesL2AndL1(norm, shape, epsilon);
    }

    /** Draws the first candidate of an example, which is the best point so far. */
    abstract void start(Walk walk, float[] candidates, int offset);

    /** Sets the size of the windows from the share of the pixels. */
    abstract void resize(double share);

    /** Changes a candidate in a random window. */
    abstract void change(Walk walk, float[] candidates, int offset);

    /** Accepts the candidate as the best point. */
    abstract void accept(Walk walk, float[] candidates, int offset);

    /** Reverts the last change of the candidate. */
    abstract void reject(Walk walk, float[] candidates, int offset);

    /** Draws the position of a window within the image. */
    final int draw(SplittableRandom random) {
        int top = random.nextInt(shape.height() - window.height() + 1);
        int left = random.nextInt(shape.width() - window.width() + 1);
        return top * shape.width() + left;
    }

    /** Returns the index of the first pixel in a row of the window at a position. */
    final int index(int channel, int row, int at) {
        return (channel * shape.height() + row) * shape.width() + at;
    }

    /** Copies the pixels of a window in all channels. */
    final void copyWindow(float[] source, int sourceOffset, float[] target, int targetOffset, int at) {
        for (int channel = 0; channel < shape.channels(); channel++) {
            for (int row = 0; row < window.height(); row++) {
                int from = index(channel, row, at);
                System.arraycopy(source, sourceOffset + from, target, targetOffset + from, window.width());
            }
        }
    }

    static int sign(SplittableRandom random) {
        return random.nextBoolean() ? 1 : -1;
    }
}
