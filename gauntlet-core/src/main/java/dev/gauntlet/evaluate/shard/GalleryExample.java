package dev.gauntlet.evaluate.shard;

import dev.gauntlet.GauntletException;

/**
 * One example that is classified correctly clean and misclassified under attack, with its images.
 *
 * @param choice why it was chosen
 * @param epsilon the budget of the attack
 * @param id the number of the example in its data set
 * @param label the true class
 * @param cleanPrediction the predicted class before the attack, which is the label
 * @param cleanConfidence the confidence in it
 * @param prediction the predicted class under attack
 * @param confidence the confidence in it
 * @param distance the distance from the clean image, in the norm of the plan
 * @param clean the clean pixels, as channels, rows, columns, in [0,1]
 * @param adversarial the pixels under attack, in the same layout
 */
public record GalleryExample(
        Choice choice,
        double epsilon,
        int id,
        int label,
        int cleanPrediction,
        double cleanConfidence,
        int prediction,
        double confidence,
        double distance,
        float[] clean,
        float[] adversarial)
        implements GallerySelection.Candidate {
    /** Why an example was chosen. */
    public enum Choice {
        /** It was drawn at random. */
        DRAWN,
        /** The same attack changed no other of its successes with this budget less. */
        LEAST_CHANGED,
        /** The same attack changed no other of its successes with this budget more; absent if all were changed equally. */
        MOST_CHANGED
    }

    public GalleryExample {
        if (!(distance >= 0 && Double.isFinite(distance))) {
            throw broken("distance", distance, "it is a finite number of at least 0");
        }
        requireShare(cleanConfidence, "cleanConfidence");
        requireShare(confidence, "confidence");
        requirePixels(clean, "clean");
        requirePixels(adversarial, "adversarial");
    }

    private static void requireShare(double value, String place) {
        if (!(value >= 0 && value <= 1)) {
            throw broken(place, value, "a share is in [0,1]");
        }
    }

    private static void requirePixels(float[] pixels, String place) {
        for (int i = 0; i < pixels.length; i++) {
            // written so that a NaN is outside
            if (!(pixels[i] >= -CleanExamples.RANGE_TOLERANCE && pixels[i] <= 1 + CleanExamples.RANGE_TOLERANCE)) {
                throw broken(place + "[" + i + "]", pixels[i], "a pixel is in [0,1]");
            }
        }
    }

    private static GauntletException broken(String place, Object value, String rule) {
        return new GauntletException("%s is %s, %s.".formatted(place, value, rule));
    }

    /** Returns the same example, chosen for another reason. */
    GalleryExample as(Choice other) {
        return new GalleryExample(
                other,
                epsilon,
                id,
                label,
                cleanPrediction,
                cleanConfidence,
                prediction,
                confidence,
                distance,
                clean,
                adversarial);
    }
}
