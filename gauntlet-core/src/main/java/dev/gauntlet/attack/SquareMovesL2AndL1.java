package dev.gauntlet.attack;

import dev.gauntlet.attack.SquareSearch.Walk;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.threat.Norm;

/**
 * In L2 and L1, the change within a window becomes more similar to a {@link SquareBump}, and the change within another
 * window is removed to compensate for it; section 4.3 of the paper, and AutoAttack for L1.
 *
 * <p>Sums of changes, squared in L2, are called weights; the weight of a whole perturbation is bounded by the budget. In L2
 * the window gets exactly the rest of the budget, so that no other pixel moves; in L1 it gets more, and a projection
 * reduces all pixels.
 */
final class SquareMovesL2AndL1 extends SquareMoves {
    /** The largest rounding error of a float in [0,1]. */
    private static final double ROUNDING = 0x1p-25;

    private final Norm norm;
    private final double radius;
    private double[] stacked = {};
    private double[] abreast = {};
    private double[] mixed = {};

    /** A whole example, because the projection requires the same offsets as in the clean one. */
    private final float[] point;

    SquareMovesL2AndL1(Norm norm, ImageShape shape, double epsilon) {
        super(shape);
        this.norm = norm;
        // the L1 projection handles the rounding itself
        this.radius = norm == Norm.L2 ? Math.max(0, epsilon - ROUNDING * Math.sqrt(shape.size())) : epsilon;
        this.point = new float[shape.size()];
    }

    /** Draws a grid of bumps, five along the shorter side unless the image is too small. */
    @Override
    void start(Walk walk, float[] candidates, int offset) {
        int side = Math.max(1, Math.min(shape.height(), shape.width()) / 5);
        SquareWindow tile = new SquareWindow(side, side);
        double[] stackedTile = SquareBump.of(norm, tile, true);
        double[] abreastTile = SquareBump.of(norm, tile, false);
        int tiles = (shape.height() / side) * (shape.width() / side) * shape.channels();
        // in L1 as in AutoAttack: each tile has size 1, and the projection distributes the budget
        double size = norm == Norm.L2 ? radius / Math.sqrt(tiles) : 1;
        for (int top = shape.height() % side / 2; top + side <= shape.height(); top += side) {
            for (int left = shape.width() % side / 2; left + side <= shape.width(); left += side) {
                double[] bump = walk.random.nextBoolean() ? stackedTile : abreastTile;
                int at = index(0, top, left);
                for (int channel = 0; channel < shape.channels(); channel++) {
                    put(bump, sign(walk.random) * size, tile, channel, at, walk, candidates, offset);
                }
            }
        }
        project(walk, candidates, offset);
        acceptAll(walk, candidates, offset);
    }

    @Override
    void resize(double share) {
        SquareWindow wanted = SquareWindow.oddCovering(share, shape);
        if (!wanted.equals(window)) {
            window = wanted;
            stacked = SquareBump.of(norm, window, true);
            abreast = SquareBump.of(norm, window, false);
            mixed = new double[stacked.length];
        }
    }

    @Override
    void change(Walk walk, float[] candidates, int offset) {
        walk.at = draw(walk.random);
        walk.otherAt = draw(walk.random);
        double[] bump = walk.random.nextBoolean() ? stacked : abreast;
        double left = (norm == Norm.L2 ? radius * radius : radius) - walk.weight;
        walk.candidateWeight = walk.weight;
        for (int channel = 0; channel < shape.channels(); channel++) {
            double mixedWeight = mix(bump, sign(walk.random), channel, walk);
            double taken = takeAway(channel, walk.at, walk, candidates, offset)
                    + takeAway(channel, walk.otherAt, walk, candidates, offset);
            // in L1 as in AutoAttack: more than the rest of the budget
            double size = norm == Norm.L2
                    ? Math.sqrt(Math.max(0, taken + left / shape.channels()) / mixedWeight)
                    : (shape.channels() * taken + Math.max(0, left)) / mixedWeight;
            double given = put(mixed, size, window, channel, walk.at, walk, candidates, offset);
            walk.candidateWeight += given - taken;
        }
        project(walk, candidates, offset);
    }

    /** Adds a bump of size 1 to the normalized change within a window, and returns the weight of the sum. */
    private double mix(double[] bump, int sign, int channel, Walk walk) {
        double weight = 0;
        for (int row = 0; row < window.height(); row++) {
            int from = index(channel, row, walk.at);
            for (int i = from; i < from + window.width(); i++) {
                weight += weight((double) walk.best[i] - walk.clean[i]);
            }
        }
        double size = norm == Norm.L2 ? Math.sqrt(weight) : weight;
        double mixedWeight = 0;
        for (int row = 0; row < window.height(); row++) {
            int from = index(channel, row, walk.at);
            for (int column = 0; column < window.width(); column++) {
                int i = row * window.width() + column;
                double change = (double) walk.best[from + column] - walk.clean[from + column];
                mixed[i] = sign * bump[i] + (size > 0 ? change / size : 0);
                mixedWeight += weight(mixed[i]);
            }
        }
        if (mixedWeight > 0) {
            return mixedWeight;
        }
        // the old change was the inverted bump
        System.arraycopy(bump, 0, mixed, 0, mixed.length);
        return 1;
    }

    /** Removes the change within a window and returns its weight. */
    private double takeAway(int channel, int at, Walk walk, float[] candidates, int offset) {
        double weight = 0;
        for (int row = 0; row < window.height(); row++) {
            int from = index(channel, row, at);
            for (int i = from; i < from + window.width(); i++) {
                weight += weight((double) candidates[offset + i] - walk.clean[i]);
                candidates[offset + i] = walk.clean[i];
            }
        }
        return weight;
    }

    /** Writes a change within a window, in L2 clamped to the box, and returns its weight. */
    private double put(
            double[] pattern,
            double size,
            SquareWindow area,
            int channel,
            int at,
            Walk walk,
            float[] candidates,
            int offset) {
        double weight = 0;
        for (int row = 0; row < area.height(); row++) {
            int from = index(channel, row, at);
            for (int column = 0; column < area.width(); column++) {
                int i = from + column;
                double wanted = walk.clean[i] + size * pattern[row * area.width() + column];
                candidates[offset + i] = (float) (norm == Norm.L2 ? Math.max(0, Math.min(1, wanted)) : wanted);
                weight += weight((double) candidates[offset + i] - walk.clean[i]);
            }
        }
        return weight;
    }

    /** Projects a candidate onto ball and box in L1; in L2 it is already inside. */
    private void project(Walk walk, float[] candidates, int offset) {
        if (norm == Norm.L1) {
            System.arraycopy(candidates, offset, point, 0, point.length);
            norm.project(walk.clean, point, 0, point.length, radius);
            System.arraycopy(point, 0, candidates, offset, point.length);
        }
    }

    @Override
    void accept(Walk walk, float[] candidates, int offset) {
        if (norm == Norm.L1) {
            acceptAll(walk, candidates, offset);
        } else {
            copyWindow(candidates, offset, walk.best, 0, walk.at);
            copyWindow(candidates, offset, walk.best, 0, walk.otherAt);
            walk.weight = walk.candidateWeight;
        }
    }

    private void acceptAll(Walk walk, float[] candidates, int offset) {
        System.arraycopy(candidates, offset, walk.best, 0, walk.best.length);
        double size = norm.distance(walk.clean, walk.best, 0, walk.best.length);
        walk.weight = norm == Norm.L2 ? size * size : size;
        walk.candidateWeight = walk.weight;
    }

    @Override
    void reject(Walk walk, float[] candidates, int offset) {
        if (norm == Norm.L1) {
            System.arraycopy(walk.best, 0, candidates, offset, walk.best.length);
        } else {
            copyWindow(walk.best, 0, candidates, offset, walk.at);
            copyWindow(walk.best, 0, candidates, offset, walk.otherAt);
        }
    }

    private double weight(double change) {
        return norm == Norm.L2 ? change * change : Math.abs(change);
    }
}
