package dev.gauntlet.loss;

/**
 * The cross-entropy with the derivative that PyTorch computes with the vector code of a processor: {@code
 * exp(log_softmax(z)_k) - [k = y]}, in 32-bit floats, bit for bit.
 *
 * <p>The order of additions matters: PyTorch adds the exponentials in the lanes of a vector register and then adds the
 * lanes; fewer classes than lanes are added sequentially. There are eight lanes with AVX2 and sixteen with AVX-512,
 * which PyTorch uses if the processor supports it, unless {@code ATEN_CPU_CAPABILITY=avx2} is set. The counts of the
 * same program differ by a few images in 10,000 between the two.
 *
 * <p>Use it only for comparison with published numbers. Where the probability of the true class rounds to 1, its
 * derivative rounds to 0, the derivatives no longer sum to 0, and the gradient points in a wrong direction; the attack
 * becomes weaker, and a confident network looks more robust than it is. {@link CrossEntropy} avoids this cancellation.
 *
 * @param registers the registers of the processor
 */
public record Float32CrossEntropy(Registers registers) implements Loss {
    /** The vector registers of a processor. */
    public enum Registers {
        /** Eight floats. */
        AVX2(8, "cross-entropy-float32"),
        /** Sixteen floats. */
        AVX512(16, "cross-entropy-float32-avx512");

        private final int lanes;
        private final String loss;

        Registers(int lanes, String loss) {
            this.lanes = lanes;
            this.loss = loss;
        }
    }

    @Override
    public String name() {
        return registers.loss;
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
        float logSum = VectorMath.log(VectorMath.sum(exponentials, registers.lanes));
        for (int k = 0; k < classes; k++) {
            float logProbability = logits[offset + k] - largest - logSum;
            derivative[offset + k] = VectorMath.exp(logProbability) - (k == label ? 1 : 0);
        }
        return value(logits, offset, classes, label);
    }
}
