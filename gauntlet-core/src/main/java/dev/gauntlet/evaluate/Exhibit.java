package dev.gauntlet.evaluate;

/**
 * One example that is right when clean and wrong under attack, kept with its pictures.
 *
 * @param epsilon the budget of the attack
 * @param id the number of the example in its data set
 * @param label the true class
 * @param cleanPrediction the predicted class before the attack, which is the label
 * @param cleanConfidence the confidence in it
 * @param prediction the predicted class under attack
 * @param confidence the confidence in it
 * @param clean the clean pixels, as channels, rows, columns, in [0,1]
 * @param adversarial the pixels under attack, in the same layout
 */
public record Exhibit(
        double epsilon,
        int id,
        int label,
        int cleanPrediction,
        double cleanConfidence,
        int prediction,
        double confidence,
        float[] clean,
        float[] adversarial) {}
