package dev.gauntlet.bounds;

import dev.gauntlet.model.LayerGraph;
import org.bytedeco.pytorch.Tensor;

/** Takes numbers from other places, or constants. */
final class RearrangementStep extends Step {
    private final int inputSize;

    /** The places; 0 where there is a constant. */
    private final Tensor places;

    /** 1 where a number is taken, 0 where there is a constant. */
    private final Tensor taken;

    private final Tensor constants;

    RearrangementStep(int input, int inputSize, LayerGraph.Rearrangement rearrangement) {
        super(new int[] {input}, rearrangement.source().length);
        this.inputSize = inputSize;
        int[] indices = new int[size()];
        double[] mask = new double[size()];
        double[] numbers = new double[size()];
        for (int i = 0; i < indices.length; i++) {
            int source = rearrangement.source()[i];
            indices[i] = Math.max(0, source);
            mask[i] = source >= 0 ? 1 : 0;
            numbers[i] = source >= 0 ? 0 : rearrangement.constants()[i];
        }
        places = keep(Doubles.indices(indices));
        taken = keep(Doubles.of(mask, size()));
        constants = keep(Doubles.of(numbers, size()));
    }

    private Tensor moved(Tensor x) {
        return x.index_select(1, places).mul(taken);
    }

    @Override
    Range forward(Range[] given, Precision precision) {
        return new Range(
                moved(given[0].lower()).add(constants), moved(given[0].upper()).add(constants));
    }

    @Override
    Tensor evaluate(Tensor[] given) {
        return moved(given[0]).add(constants);
    }

    @Override
    Tensor deviation(Range[] given, Tensor[] off) {
        return moved(off[0]);
    }

    @Override
    void backward(Backward pass, Tensor rows) {
        if (pass.isChecked()) {
            Tensor magnitude = moved(pass.range(input()).magnitude()).add(constants.abs());
            pass.addError(rows.abs(), magnitude, pass.share(size()));
        }
        pass.addConstant(Doubles.dot(rows, constants));
        Tensor target = Doubles.zeros(rows.size(0), rows.size(1), inputSize);
        pass.send(input(), target.index_add(2, places, rows.mul(taken)));
    }
}
