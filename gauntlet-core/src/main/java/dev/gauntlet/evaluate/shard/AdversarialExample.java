package dev.gauntlet.evaluate.shard;

/**
 * One success of an attack, as the evaluator measured it.
 *
 * @param epsilon the budget
 * @param id the number of the example in its data set
 * @param label the true class
 * @param prediction the predicted class under attack
 * @param predictionAfterRounding the predicted class when the image under attack is rounded to 8 bits
 * @param attack the position in the list of attacks of the one that found it
 * @param distance how far it is from the clean image, in the plan's norm
 * @param clean the clean pixels, as channels, rows, columns, in [0,1]
 * @param adversarial the pixels under attack, in the same layout
 */
public record AdversarialExample(
        double epsilon,
        int id,
        int label,
        int prediction,
        int predictionAfterRounding,
        int attack,
        double distance,
        float[] clean,
        float[] adversarial) {
    /** The levels of an image of 8 bits, without 0. */
    private static final double LEVELS = 255;

    private static final double HALF = .5;

    private static final float[] PIXELS = new float[(int) LEVELS + 1];

    static {
        for (int level = 0; level < PIXELS.length; level++) {
            PIXELS[level] = (float) (level / LEVELS);
        }
    }

    /**
     * Returns the level of a pixel in an image of 8 bits.
     *
     * @param pixel the pixel in [0,1]
     * @return the nearest level from 0 to 255
     */
    public static int level(float pixel) {
        return (int) (LEVELS * pixel + HALF);
    }

    /** Returns the pixel nearest to this one that an image of 8 bits can have. */
    static float rounded(float pixel) {
        return PIXELS[level(pixel)];
    }
}
