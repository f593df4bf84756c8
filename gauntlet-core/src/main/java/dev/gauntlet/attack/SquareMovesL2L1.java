package dev.gauntlet.attack;

import dev.gauntlet.data.ImageShape;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;

/**
 * In L2 and L1 the change within a window becomes more like a {@link Bump}, and that within another window is taken away to
 * pay for it; section 4.3 of the paper, and AutoAttack for L1.
 *
 * <p>Sums of changes, squared in L2, are called weights; the weight of a whole perturbation is bounded by the budget. The
 * candidate is computed anew from the best one, because all of the perturbation is fitted to ball and box.
 */
final class SquareMovesL2L1 implements SquareMoves {
    /** A number in [0,1] is rounded to a float by no more than this. */
    private static final double ROUNDING = 0x1p-25;

    private final Norm norm;
    private final ImageShape shape;
    private final double radius;
    private Window window = new Window(0, 0);
    private double[] stacked = {};
    private double[] abreast = {};
    private double[] mixed = {};

    /** What is added to the clean pixels of the example at hand. */
    private final float[] change;

    private final float[] point;

    SquareMovesL2L1(Norm norm, ImageShape shape, double epsilon) {
        this.norm = norm;
        this.shape = shape;
        // the L1 projection takes care of the rounding itself
        this.radius = norm == Norm.L2 ? Math.max(0, epsilon - ROUNDING * Math.sqrt(shape.size())) : epsilon;
        this.change = new float[shape.size()];
        this.point = new float[shape.size()];
    }

    /** Draws a grid of bumps, five along the shorter side unless the image is too small. */
    @Override
    public void start(SquareWalk walk, float[] candidates, int offset) {
        int side = Math.max(1, Math.min(shape.height(), shape.width()) / 5);
        Window tile = new Window(side, side);
        double[] stackedTile = Bump.of(norm, tile, true);
        double[] abreastTile = Bump.of(norm, tile, false);
        Arrays.fill(change, 0);
        double weight = 0;
        for (int top = shape.height() % side / 2; top + side <= shape.height(); top += side) {
            for (int left = shape.width() % side / 2; left + side <= shape.width(); left += side) {
                double[] bump = walk.random.nextBoolean() ? stackedTile : abreastTile;
                for (int channel = 0; channel < shape.channels(); channel++) {
                    put(bump, sign(walk), tile, channel, top, left);
                    weight++;
                }
            }
        }
        fit(walk, weight, candidates, offset);
        accept(walk, candidates, offset);
    }

    @Override
    public void resize(double share) {
        Window wanted = Window.oddCovering(share, shape);
        if (!wanted.equals(window)) {
            window = wanted;
            stacked = Bump.of(norm, window, true);
            abreast = Bump.of(norm, window, false);
            mixed = new double[stacked.length];
        }
    }

    @Override
    public void change(SquareWalk walk, float[] candidates, int offset) {
        int top = drawTop(walk);
        int left = drawLeft(walk);
        int otherTop = drawTop(walk);
        int otherLeft = drawLeft(walk);
        double[] bump = walk.random.nextBoolean() ? stacked : abreast;
        for (int i = 0; i < change.length; i++) {
            change[i] = walk.best[i] - walk.clean[i];
        }
        double unused = Math.max(0, (norm == Norm.L2 ? radius * radius : radius) - walk.weight);
        double total = walk.weight;
        for (int channel = 0; channel < shape.channels(); channel++) {
            double mixedWeight = mix(bump, sign(walk), channel, top, left);
            double taken = takeAway(channel, top, left) + takeAway(channel, otherTop, otherLeft);
            if (norm == Norm.L2) {
                double wanted = taken + unused / shape.channels();
                put(mixed, Math.sqrt(wanted / mixedWeight), window, channel, top, left);
                total += wanted - taken;
            } else {
                // as AutoAttack has it: more than there is, which the projection puts right
                put(mixed, (shape.channels() * taken + unused) / mixedWeight, window, channel, top, left);
            }
        }
        fit(walk, total, candidates, offset);
    }

    /** Adds a bump of size 1 to the change within a window, made to have size 1, and returns the weight of the sum. */
    private double mix(double[] bump, int sign, int channel, int top, int left) {
        double weight = 0;
        for (int row = 0; row < window.height(); row++) {
            int from = index(channel, top + row, left);
            for (int i = from; i < from + window.width(); i++) {
                weight += weight(change[i]);
            }
        }
        double size = norm == Norm.L2 ? Math.sqrt(weight) : weight;
        double mixedWeight = 0;
        for (int row = 0; row < window.height(); row++) {
            int from = index(channel, top + row, left);
            for (int column = 0; column < window.width(); column++) {
                int i = row * window.width() + column;
                mixed[i] = sign * bump[i] + (size > 0 ? change[from + column] / size : 0);
                mixedWeight += weight(mixed[i]);
            }
        }
        if (mixedWeight > 0) {
            return mixedWeight;
        }
        // the old change was the bump upside down
        System.arraycopy(bump, 0, mixed, 0, mixed.length);
        return 1;
    }

    /** Leaves no change within a window and returns what weight it had. */
    private double takeAway(int channel, int top, int left) {
        double weight = 0;
        for (int row = 0; row < window.height(); row++) {
            int from = index(channel, top + row, left);
            for (int i = from; i < from + window.width(); i++) {
                weight += weight(change[i]);
                change[i] = 0;
            }
        }
        return weight;
    }

    private void put(double[] pattern, double factor, Window area, int channel, int top, int left) {
        for (int row = 0; row < area.height(); row++) {
            int from = index(channel, top + row, left);
            for (int column = 0; column < area.width(); column++) {
                change[from + column] = (float) (factor * pattern[row * area.width() + column]);
            }
        }
    }

    /** Adds the change to the clean pixels: in L2 scaled to the radius and clamped, in L1 projected. */
    private void fit(SquareWalk walk, double weight, float[] candidates, int offset) {
        if (norm == Norm.L2) {
            float scale = weight > 0 ? (float) (radius / Math.sqrt(weight)) : 0;
            for (int i = 0; i < change.length; i++) {
                candidates[offset + i] = Math.max(0f, Math.min(1f, walk.clean[i] + scale * change[i]));
            }
        } else {
            for (int i = 0; i < change.length; i++) {
                point[i] = walk.clean[i] + change[i];
            }
            norm.project(walk.clean, point, 0, point.length, radius);
            System.arraycopy(point, 0, candidates, offset, point.length);
        }
    }

    @Override
    public void accept(SquareWalk walk, float[] candidates, int offset) {
        System.arraycopy(candidates, offset, walk.best, 0, walk.best.length);
        double size = norm.distance(walk.clean, walk.best, 0, walk.best.length);
        walk.weight = norm == Norm.L2 ? size * size : size;
    }

    @Override
    public void reject(SquareWalk walk, float[] candidates, int offset) {
        // the next change writes all of the candidate
    }

    private double weight(double change) {
        return norm == Norm.L2 ? change * change : Math.abs(change);
    }

    private int drawTop(SquareWalk walk) {
        return walk.random.nextInt(shape.height() - window.height() + 1);
    }

    private int drawLeft(SquareWalk walk) {
        return walk.random.nextInt(shape.width() - window.width() + 1);
    }

    private static int sign(SquareWalk walk) {
        return walk.random.nextBoolean() ? 1 : -1;
    }

    private int index(int channel, int row, int column) {
        return (channel * shape.height() + row) * shape.width() + column;
    }
}
