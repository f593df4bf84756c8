package dev.gauntlet.bounds;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A product with weights and a sum with biases. */
abstract class AffineStep extends Step {
    /** Weights of more numbers are not written out as a matrix: 64 MB. */
    private static final long LARGEST_MATRIX = 1L << 23;

    private @Nullable Tensor matrix;

    AffineStep(int input, int size) {
        super(new int[] {input}, size);
    }

    /** Multiplies with the weights. */
    abstract Tensor product(Tensor x);

    /** Multiplies with the absolute values of the weights. */
    abstract Tensor absoluteProduct(Tensor x);

    /** Multiplies rows of coefficients with the weights. */
    abstract Tensor transposedProduct(Tensor rows);

    /** Returns the biases, one per output. */
    abstract Tensor bias();

    /** Returns the number of products in each sum. */
    abstract long terms();

    /** Returns bounds of the products and the bias, of which rounding errors are a share. */
    final Tensor weightOfErrors(Range given) {
        return absoluteProduct(given.magnitude()).add(bias().abs());
    }

    /**
     * Returns the weights as a matrix with one row per output, from which passes begin; null if it is too large.
     *
     * @param inputs the number of inputs
     */
    final synchronized @Nullable Tensor matrix(int inputs) {
        if (matrix == null && (long) size() * inputs <= LARGEST_MATRIX) {
            try (PointerScope scope = new PointerScope()) {
                Tensor identity = torch.eye(size(), new TensorOptions(torch.ScalarType.Double));
                // exact, because each sum has one term that is not 0
                matrix =
                        keep(transposedProduct(identity.unsqueeze(0)).squeeze(0).contiguous());
            }
        }
        return matrix;
    }

    @Override
    final Range forward(Range[] given, Precision precision) {
        Tensor lower = given[0].lower();
        Tensor upper = given[0].upper();
        Tensor middle = lower.add(upper).mul(new Scalar(0.5));
        Tensor half = upper.sub(lower).mul(new Scalar(0.5));
        double share = precision.of(terms());
        if (share > 0) {
            half = half.add(middle.abs().add(half).mul(new Scalar(share)));
        }
        Tensor output = product(middle).add(bias());
        Tensor spread = absoluteProduct(half);
        if (share > 0) {
            spread = spread.add(bias().abs().add(spread).mul(new Scalar(share)))
                    .add(output.abs().add(spread).mul(new Scalar(8 * precision.unit())))
                    .add(new Scalar(precision.tiny()));
        }
        return new Range(output.sub(spread), output.add(spread));
    }

    @Override
    final Tensor evaluate(Tensor[] given) {
        return product(given[0]).add(bias());
    }

    @Override
    final Tensor deviation(Range[] given, Tensor[] off) {
        double share = Precision.SINGLE.of(terms());
        Tensor computed =
                given[0].magnitude().add(off[0]).mul(new Scalar(share)).add(off[0]);
        return absoluteProduct(computed)
                .add(bias().abs().mul(new Scalar(share)))
                .add(new Scalar(Deviation.UNDERFLOW));
    }

    @Override
    final void backward(Backward pass, Tensor rows) {
        if (pass.isChecked()) {
            pass.addError(rows.abs(), pass.weightOfErrors(this), pass.share(size()));
        }
        pass.addConstant(Doubles.dot(rows, bias()));
        pass.send(input(), transposedProduct(rows));
    }
}
