package dev.gauntlet.attack;

import dev.gauntlet.attack.SquareSearch.Walk;
import dev.gauntlet.data.ImageShape;

/**
 * In L-infinity every pixel has the largest allowed change, and within a window all changes of a channel have the same sign;
 * section 4.2 of the paper.
 */
final class SquareMovesLinf extends SquareMoves {
    private final float epsilon;

    SquareMovesLinf(ImageShape shape, double epsilon) {
        super(shape);
        this.epsilon = (float) epsilon;
    }

    /** Draws vertical stripes, one pixel wide. */
    @Override
    void start(Walk walk, float[] candidates, int offset) {
        for (int channel = 0; channel < shape.channels(); channel++) {
            for (int column = 0; column < shape.width(); column++) {
                float step = sign(walk.random) * epsilon;
                for (int row = 0; row < shape.height(); row++) {
                    move(walk, candidates, offset, index(channel, row, column), step);
                }
            }
        }
        System.arraycopy(candidates, offset, walk.best, 0, walk.best.length);
    }

    @Override
    void resize(double share) {
        window = SquareWindow.covering(share, shape);
    }

    @Override
    void change(Walk walk, float[] candidates, int offset) {
        walk.at = draw(walk.random);
        for (int channel = 0; channel < shape.channels(); channel++) {
            float step = sign(walk.random) * epsilon;
            for (int row = 0; row < window.height(); row++) {
                int from = index(channel, row, walk.at);
                for (int i = from; i < from + window.width(); i++) {
                    move(walk, candidates, offset, i, step);
                }
            }
        }
    }

    @Override
    void accept(Walk walk, float[] candidates, int offset) {
        copyWindow(candidates, offset, walk.best, 0, walk.at);
    }

    @Override
    void reject(Walk walk, float[] candidates, int offset) {
        copyWindow(walk.best, 0, candidates, offset, walk.at);
    }

    private static void move(Walk walk, float[] candidates, int offset, int i, float step) {
        candidates[offset + i] = Math.max(0f, Math.min(1f, walk.clean[i] + step));
    }
}
