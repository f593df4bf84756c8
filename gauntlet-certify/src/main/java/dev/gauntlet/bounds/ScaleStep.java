package dev.gauntlet.bounds;

import dev.gauntlet.model.LayerGraph;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Subtracts, multiplies and adds numbers of each element's own. */
final class ScaleStep extends Step {
    /** The factor itself may be off by four rounding errors. */
    private static final int TERMS = 8;

    private final Tensor subtracted;
    private final Tensor factors;
    private final Tensor added;
    private final Tensor offset;

    /** The absolute values of what the offset is made of. */
    private final Tensor offsetTerms;

    ScaleStep(int input, LayerGraph.Scale scale) {
        super(new int[] {input}, scale.factors().length);
        subtracted = keep(Doubles.of(scale.subtracted(), size()));
        factors = keep(Doubles.of(scale.factors(), size()));
        added = keep(Doubles.of(scale.added(), size()));
        offset = keep(added.sub(factors.mul(subtracted)));
        offsetTerms = keep(added.abs().add(factors.mul(subtracted).abs()));
    }

    @Override
    Range forward(Range[] given, Precision precision) {
        Tensor middle = given[0].lower().add(given[0].upper()).mul(new Scalar(0.5));
        Tensor half = given[0].upper().sub(given[0].lower()).mul(new Scalar(0.5));
        Tensor output = evaluate(new Tensor[] {middle});
        double share = precision.of(TERMS);
        Tensor spread = half.mul(factors.abs());
        if (share > 0) {
            Tensor terms = middle.abs().add(half).mul(factors.abs()).add(offsetTerms);
            spread = spread.add(terms.mul(new Scalar(2 * share))).add(new Scalar(precision.tiny()));
        }
        return new Range(output.sub(spread), output.add(spread));
    }

    @Override
    Tensor evaluate(Tensor[] given) {
        return given[0].sub(subtracted).mul(factors).add(added);
    }

    @Override
    Tensor deviation(Range[] given, Tensor[] off) {
        double share = Precision.SINGLE.of(TERMS);
        Tensor terms = given[0].magnitude().add(off[0]).mul(factors.abs()).add(offsetTerms);
        return terms.mul(new Scalar(share))
                .add(off[0].mul(factors.abs()).mul(new Scalar(1 + share)))
                .add(new Scalar(Deviation.UNDERFLOW));
    }

    @Override
    void backward(Backward pass, Tensor rows) {
        if (pass.isChecked()) {
            Tensor terms = pass.range(input()).magnitude().mul(factors.abs()).add(offsetTerms);
            pass.addError(rows.abs(), terms, pass.share(size()));
        }
        pass.addConstant(Doubles.dot(rows, offset));
        pass.send(input(), rows.mul(factors));
    }
}
