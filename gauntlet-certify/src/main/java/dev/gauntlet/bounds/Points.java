package dev.gauntlet.bounds;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.LpBall;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tries points as counterexamples, as an evaluation does: the image is in the ball, and the model misclassifies it.
 *
 * @param model the model
 * @param ball what the adversary may do
 */
record Points(Classifier model, LpBall ball) {
    /** Tells whether an image is a counterexample. */
    boolean isBroken(Batch clean, float[] image) {
        return firstBroken(clean, List.of(List.of(image)))[0] != null;
    }

    /**
     * Tries several images for each example, all of them in one pass.
     *
     * @param clean the examples
     * @param images the images for each
     * @return the first counterexample of each example, or null
     */
    float[] @Nullable [] firstBroken(Batch clean, List<List<float[]>> images) {
        List<Integer> rows = new ArrayList<>();
        List<float[]> tried = new ArrayList<>();
        int length = clean.shape().size();
        for (int row = 0; row < clean.size(); row++) {
            for (float[] image : images.get(row)) {
                if (isAllowed(clean, row, image)) {
                    rows.add(row);
                    tried.add(image);
                }
            }
        }
        float[] @Nullable [] found = new float[clean.size()][];
        if (tried.isEmpty()) {
            return found;
        }
        float[] pixels = new float[tried.size() * length];
        for (int i = 0; i < tried.size(); i++) {
            System.arraycopy(tried.get(i), 0, pixels, i * length, length);
        }
        Batch asked = clean.select(rows.stream().mapToInt(Integer::intValue).toArray())
                .withPixels(pixels);
        Logits logits = model.logits(asked);
        for (int i = tried.size() - 1; i >= 0; i--) {
            if (logits.isFinite(i) && logits.prediction(i) != asked.labels()[i]) {
                found[rows.get(i)] = tried.get(i);
            }
        }
        return found;
    }

    private boolean isAllowed(Batch clean, int row, float[] image) {
        for (float pixel : image) {
            if (!(pixel >= 0 && pixel <= 1)) {
                return false;
            }
        }
        float[] before = clean.select(new int[] {row}).pixels();
        return ball.allows(ball.norm().distance(before, image, 0, image.length));
    }

    /**
     * Moves from a clean image against some coefficients as far as the ball allows: to the point at which a bound is smallest.
     *
     * @param clean the pixels of the image
     * @param coefficients one per pixel
     */
    float[] corner(float[] clean, double[] coefficients) {
        float[] direction = new float[coefficients.length];
        float[] narrow = new float[coefficients.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = (float) coefficients[i];
        }
        ball.norm().steepest(narrow, 0, narrow.length, direction);
        float[] point = new float[narrow.length];
        for (int i = 0; i < point.length; i++) {
            point[i] = Math.max(0, Math.min(1, (float) (clean[i] - ball.epsilon() * direction[i])));
        }
        ball.norm().project(clean, point, 0, point.length, ball.epsilon());
        return point;
    }
}
