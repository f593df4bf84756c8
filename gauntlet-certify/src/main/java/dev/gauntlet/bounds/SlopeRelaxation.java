package dev.gauntlet.bounds;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Bounds every ReLU by two lines: the chord above, and below a line through 0 whose slope follows a rule. */
final class SlopeRelaxation implements Relaxation {
    private final Slope slope;
    private final Map<Integer, Lines> lines = new HashMap<>();

    SlopeRelaxation(Slope slope) {
        this.slope = slope;
    }

    /**
     * The lines of a ReLU, one row per example.
     *
     * @param lower the slopes below
     * @param upper the slopes above
     * @param offset the values of the upper lines at 0
     */
    record Lines(Tensor lower, Tensor upper, Tensor offset) {
        /** Places the lines; the upper one is rounded up so that it is above the ReLU at both ends of the interval. */
        static Lines of(Range range, Slope slope, Precision precision) {
            Tensor l = range.lower();
            Tensor u = range.upper();
            Tensor active = Doubles.ones(l.ge(new Scalar(0.0)));
            Tensor open = Doubles.ones(l.lt(new Scalar(0.0)).logical_and(u.gt(new Scalar(0.0))));
            // where the sign is known, the lower end is moved so that the quotient is a number
            Tensor chord = u.div(torch.maximum(u.sub(l), Doubles.plus(open.neg(), 1)));
            Tensor upper = Doubles.atMost(chord, 1).mul(open).add(active);
            Tensor offset = torch.maximum(
                            upper.neg().mul(l), Doubles.plus(upper.neg(), 1).mul(u))
                    .mul(open);
            if (precision.unit() > 0) {
                offset = offset.mul(new Scalar(1 + 16 * precision.unit())).add(open.mul(new Scalar(precision.tiny())));
            }
            Tensor lower = switch (slope) {
                case ADAPTIVE -> Doubles.ones(u.gt(l.neg())).mul(open).add(active);
                case ZERO -> active;
                case SAME -> upper;
            };
            return new Lines(lower, upper, offset);
        }
    }

    @Override
    public void backward(Backward pass, int node, int input, Tensor rows) {
        Lines line = lines.computeIfAbsent(node, key -> Lines.of(pass.range(input), slope, pass.precision()));
        Tensor positive = Doubles.atLeast(rows, 0);
        Tensor negative = Doubles.atMost(rows, 0);
        if (pass.isChecked()) {
            Tensor magnitude = pass.range(input).magnitude();
            pass.addError(rows.abs(), magnitude, pass.share(2));
            pass.addError(negative.abs(), line.offset(), pass.share(rows.size(2)));
        }
        pass.addConstant(Doubles.dot(negative, line.offset()));
        pass.send(
                input,
                positive.mul(line.lower().unsqueeze(1))
                        .add(negative.mul(line.upper().unsqueeze(1))));
    }
}
