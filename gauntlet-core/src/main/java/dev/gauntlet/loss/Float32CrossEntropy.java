package dev.gauntlet.loss;

/**
 * The cross-entropy with the derivative that PyTorch computes on a processor with AVX2: {@code exp(log_softmax(z)_k) - [k =
 * y]}, in 32-bit floats, bit for bit.
 *
 * <p>The order of additions matters: PyTorch adds the exponentials in eight lanes, which it adds at the end. With {@code
 * ATEN_CPU_CAPABILITY=avx512}, the default where a processor has it, PyTorch adds in sixteen lanes and up to fifteen classes
 * one after another, so its last digits are others.
 *
 * <p>For comparison with published numbers only. Where the probability of the true class rounds to 1, its derivative
 * rounds to 0, the derivatives no longer sum to 0 and the gradient points elsewhere; the attack gets weaker and a
 * confident network looks more robust than it is. {@link CrossEntropy} has no such loss of digits.
 */
public record Float32CrossEntropy() implements Loss {
    @Override
    public String name() {
        return "cross-entropy-float32";
    }

    @Override
    public double value(float[] logits, int offset, int classes, int label) {
        return new CrossEntropy().value(logits, offset, classes, label);
    }

    @Override
    public double valueAndDerivative(float[] logits, int offset, int classes, int label, float[] derivative) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int k = 0; k < classes; k++) {
            largest = Math.max(largest, logits[offset + k]);
        }
        float[] exponentials = new float[classes];
        for (int k = 0; k < classes; k++) {
            exponentials[k] = VectorMath.exp(logits[offset + k] - largest);
        }
        float logSum = VectorMath.log(VectorMath.sum(exponentials));
        for (int k = 0; k < classes; k++) {
            float logProbability = logits[offset + k] - largest - logSum;
            derivative[offset + k] = VectorMath.exp(logProbability) - (k == label ? 1 : 0);
        }
        return value(logits, offset, classes, label);
    }
}
