package dev.gauntlet.model;

import dev.gauntlet.testkit.PlainModel;

/** A model that rounds its input to a few levels first, so that its gradient is 0 and says nothing. */
public final class QuantisedModel extends PlainModel {
    private final PlainModel model;
    private final int steps;

    /** Takes the model behind the rounding, and into how many steps the way from black to white is divided. */
    public QuantisedModel(PlainModel model, int classes, int steps) {
        super(classes);
        this.model = model;
        this.steps = steps;
    }

    @Override
    public double[] logitsOf(double[] x) {
        double[] rounded = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            rounded[i] = Math.rint(steps * x[i]) / steps;
        }
        return model.logitsOf(rounded);
    }

    @Override
    public double[] backward(double[] x, double[] byLogits) {
        return new double[x.length];
    }
}
