package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.ImageShape;
import java.util.List;

/**
 * One example that is right when clean and wrong under attack, kept with its pictures.
 *
 * @param choice why it was chosen
 * @param epsilon the budget of the attack
 * @param id the number of the example in its data set
 * @param label the true class
 * @param cleanPrediction the predicted class before the attack, which is the label
 * @param cleanConfidence the confidence in it
 * @param prediction the predicted class under attack
 * @param confidence the confidence in it
 * @param distance how far the attack went, in the norm of the plan
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
        float[] adversarial) {
    /** Why an example was chosen. */
    public enum Choice {
        /** By lot. */
        DRAWN,
        /** No other that the same attack broke with the same budget was changed less. */
        LEAST_CHANGED,
        /** No other that the same attack broke with the same budget was changed more; absent if all were changed alike. */
        MOST_CHANGED
    }

    public GalleryExample {
        Rules.requireMeasure(distance, "distance");
        Rules.requireShare(cleanConfidence, "cleanConfidence");
        Rules.requireShare(confidence, "confidence");
        requirePixels(clean, "clean");
        requirePixels(adversarial, "adversarial");
    }

    private static void requirePixels(float[] pixels, String place) {
        for (int i = 0; i < pixels.length; i++) {
            // written so that a NaN is outside
            if (!(pixels[i] >= -Admission.RANGE_TOLERANCE && pixels[i] <= 1 + Admission.RANGE_TOLERANCE)) {
                throw Rules.broken(place + "[" + i + "]", "is %s, a pixel is in [0,1]", pixels[i]);
            }
        }
    }

    /**
     * Requires that the example is one of the outcomes.
     *
     * @throws GauntletException if it is not
     */
    void requireFit(String place, Outcomes outcomes, List<Double> epsilons, ImageShape shape) {
        int budget = epsilons.indexOf(epsilon);
        Rules.require(budget >= 0, place + ".epsilon", "is %s, no result has it", epsilon);
        int position = outcomes.position(id)
                .orElseThrow(() -> Rules.broken(place + ".id", "is %s, which is not in outcomes.ids", id));
        requireSame(label, outcomes.label(position), place + ".label");
        requireSame(cleanPrediction, outcomes.cleanPrediction(position), place + ".cleanPrediction");
        requireSame(prediction, outcomes.prediction(position, budget), place + ".prediction");
        Rules.require(
                outcomes.successfulAttack(position, budget).isPresent(),
                place + ".id",
                "is %s, on which no attack succeeded at epsilon %s",
                id,
                epsilon);
        requireSize(clean, shape, place + ".clean");
        requireSize(adversarial, shape, place + ".adversarial");
    }

    private static void requireSame(int actual, int expected, String place) {
        Rules.require(actual == expected, place, "is %s, by the outcomes it is %s", actual, expected);
    }

    private static void requireSize(float[] pixels, ImageShape shape, String place) {
        Rules.require(
                pixels.length == shape.size(),
                place,
                "has %s pixels, an image of %s has %s",
                pixels.length,
                shape,
                shape.size());
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
