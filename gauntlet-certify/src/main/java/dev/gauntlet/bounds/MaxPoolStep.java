package dev.gauntlet.bounds;

import dev.gauntlet.model.LayerGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The largest number of each window.
 *
 * <p>It is at least its member with the largest lower bound. If this member is larger than all others it is exactly
 * that; otherwise the largest upper bound of the window bounds it from above.
 */
final class MaxPoolStep extends Step {
    private final int inputSize;

    /** For each place in a window the index of the input of each output; the input's size stands for no input. */
    private final Tensor[] members;

    MaxPoolStep(int input, int[] image, int[] output, LayerGraph.MaxPool pool) {
        super(new int[] {input}, output[0] * output[1] * output[2]);
        inputSize = image[0] * image[1] * image[2];
        List<Tensor> places = new ArrayList<>();
        for (int row = 0; row < pool.kernel()[0]; row++) {
            for (int column = 0; column < pool.kernel()[1]; column++) {
                int[] indices = new int[size()];
                Arrays.fill(indices, inputSize);
                for (int i = 0; i < indices.length; i++) {
                    int y = i / output[2] % output[1] * pool.strides()[0] - pool.pads()[0] + row;
                    int x = i % output[2] * pool.strides()[1] - pool.pads()[1] + column;
                    if (y >= 0 && y < image[1] && x >= 0 && x < image[2]) {
                        int channel = i / (output[1] * output[2]);
                        indices[i] = (channel * image[1] + y) * image[2] + x;
                    }
                }
                places.add(keep(Doubles.indices(indices)));
            }
        }
        members = places.toArray(Tensor[]::new);
    }

    /** Returns the members of all windows, of shape (places, examples, outputs). */
    private Tensor windows(Tensor x) {
        Tensor nothing = torch.full_like(x.narrow(1, 0, 1), new Scalar(Double.NEGATIVE_INFINITY));
        Tensor extended = torch.cat(new TensorVector(x, nothing), 1);
        Tensor[] gathered = new Tensor[members.length];
        for (int i = 0; i < members.length; i++) {
            gathered[i] = extended.index_select(1, members[i]);
        }
        return torch.stack(new TensorVector(gathered), 0);
    }

    private Tensor largest(Tensor x) {
        return windows(x).amax(new long[] {0}, false);
    }

    @Override
    Range forward(Range[] given, Precision precision) {
        return new Range(largest(given[0].lower()), largest(given[0].upper()));
    }

    @Override
    Tensor evaluate(Tensor[] given) {
        return largest(given[0]);
    }

    @Override
    Tensor deviation(Range[] given, Tensor[] off) {
        return largest(off[0]);
    }

    @Override
    void backward(Backward pass, Tensor rows) {
        Range given = pass.range(input());
        Tensor lowers = windows(given.lower());
        Tensor uppers = windows(given.upper());
        Tensor best = torch.argmax(lowers, new LongOptional(0), true);
        Tensor bestLower = lowers.gather(0, best);
        // the largest upper bound of the other members
        Tensor others =
                uppers.scatter(0, best, new Scalar(Double.NEGATIVE_INFINITY)).amax(new long[] {0}, true);
        Tensor dominated = Doubles.ones(bestLower.ge(others)).squeeze(0);
        Tensor highest = uppers.amax(new long[] {0}, false).mul(Doubles.plus(dominated.neg(), 1));
        Tensor chosen = torch.stack(new TensorVector(members), 0)
                .unsqueeze(1)
                .expand(members.length, best.size(1), size())
                .gather(0, best)
                .squeeze(0);
        Tensor positive = Doubles.atLeast(rows, 0);
        Tensor negative = Doubles.atMost(rows, 0);
        if (pass.isChecked()) {
            Tensor magnitude = given.magnitude().gather(1, chosen).add(highest.abs());
            pass.addError(rows.abs(), magnitude, pass.share(size()));
        }
        pass.addConstant(Doubles.dot(negative, highest));
        Tensor passed = positive.add(negative.mul(dominated.unsqueeze(1)));
        long examples = passed.size(0);
        long count = passed.size(1);
        Tensor target = Doubles.zeros(examples, count, inputSize);
        pass.send(input(), target.scatter_add(2, chosen.unsqueeze(1).expand(examples, count, size()), passed));
    }

    @Override
    boolean isAffine() {
        return false;
    }
}
