package dev.gauntlet.attack;

import dev.gauntlet.data.ImageShape;

/**
 * In L-infinity every pixel is as far from the clean one as it may be, and all of a window, in one channel, are on the same
 * side of it; section 4.2 of the paper.
 *
 * <p>The candidate is the best example but for the window of the last change.
 */
final class SquareMovesLinf implements SquareMoves {
    private final ImageShape shape;
    private final float epsilon;
    private Window window = new Window(1, 1);

    SquareMovesLinf(ImageShape shape, double epsilon) {
        this.shape = shape;
        this.epsilon = (float) epsilon;
    }

    /** Draws vertical stripes, one pixel wide. */
    @Override
    public void start(SquareWalk walk, float[] candidates, int offset) {
        for (int channel = 0; channel < shape.channels(); channel++) {
            for (int column = 0; column < shape.width(); column++) {
                float step = step(walk);
                for (int row = 0; row < shape.height(); row++) {
                    int i = (channel * shape.height() + row) * shape.width() + column;
                    walk.best[i] = moved(walk, i, step);
                }
            }
        }
        System.arraycopy(walk.best, 0, candidates, offset, walk.best.length);
    }

    @Override
    public void resize(double share) {
        window = Window.covering(share, shape);
    }

    @Override
    public void change(SquareWalk walk, float[] candidates, int offset) {
        walk.top = walk.random.nextInt(shape.height() - window.height() + 1);
        walk.left = walk.random.nextInt(shape.width() - window.width() + 1);
        for (int channel = 0; channel < shape.channels(); channel++) {
            float step = step(walk);
            for (int row = 0; row < window.height(); row++) {
                int from = index(walk, channel, row);
                for (int i = from; i < from + window.width(); i++) {
                    candidates[offset + i] = moved(walk, i, step);
                }
            }
        }
    }

    @Override
    public void accept(SquareWalk walk, float[] candidates, int offset) {
        for (int channel = 0; channel < shape.channels(); channel++) {
            for (int row = 0; row < window.height(); row++) {
                int from = index(walk, channel, row);
                System.arraycopy(candidates, offset + from, walk.best, from, window.width());
            }
        }
    }

    @Override
    public void reject(SquareWalk walk, float[] candidates, int offset) {
        for (int channel = 0; channel < shape.channels(); channel++) {
            for (int row = 0; row < window.height(); row++) {
                int from = index(walk, channel, row);
                System.arraycopy(walk.best, from, candidates, offset + from, window.width());
            }
        }
    }

    private int index(SquareWalk walk, int channel, int row) {
        return (channel * shape.height() + walk.top + row) * shape.width() + walk.left;
    }

    private float step(SquareWalk walk) {
        return walk.random.nextBoolean() ? epsilon : -epsilon;
    }

    private static float moved(SquareWalk walk, int i, float step) {
        return Math.max(0f, Math.min(1f, walk.clean[i] + step));
    }
}
