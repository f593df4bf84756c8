package dev.gauntlet.torch;

/**
 * The tensors of a batch normalization.
 *
 * @param weight by what each channel is multiplied
 * @param bias what is added to each channel
 * @param mean the running mean of each channel
 * @param variance the running variance of each channel
 */
record Normalization(WeightTensor weight, WeightTensor bias, WeightTensor mean, WeightTensor variance) {
    /** Returns by what a channel is multiplied outside training: the mean and the variance are part of it. */
    WeightTensor scale(double epsilon) {
        float[] scale = new float[weight.values().length];
        for (int i = 0; i < scale.length; i++) {
            scale[i] = (float) factor(i, epsilon);
        }
        return new WeightTensor(weight.shape(), scale);
    }

    /** Returns what is added then. */
    WeightTensor shift(double epsilon) {
        float[] shift = new float[bias.values().length];
        for (int i = 0; i < shift.length; i++) {
            shift[i] = (float) (bias.values()[i] - mean.values()[i] * factor(i, epsilon));
        }
        return new WeightTensor(bias.shape(), shift);
    }

    private double factor(int channel, double epsilon) {
        return weight.values()[channel] / Math.sqrt(variance.values()[channel] + epsilon);
    }

    /** Returns the first channel for which these are not numbers; -1 if there is none. */
    int firstNotFinite(double epsilon) {
        float[] scale = scale(epsilon).values();
        float[] shift = shift(epsilon).values();
        for (int i = 0; i < scale.length; i++) {
            if (!Float.isFinite(scale[i]) || !Float.isFinite(shift[i])) {
                return i;
            }
        }
        return -1;
    }
}
