package dev.gauntlet.evaluate.shard;

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
