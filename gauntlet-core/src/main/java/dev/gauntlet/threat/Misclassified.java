package dev.gauntlet.threat;

import dev.gauntlet.loss.Loss;

/** Any prediction other than the true class is a success. */
public record Misclassified() implements Criterion {
    @Override
    public String name() {
        return "misclassified";
    }

    @Override
    public boolean appliesTo(int label) {
        return true;
    }

    @Override
    public boolean isMet(int prediction, int label) {
        return prediction != label;
    }

    @Override
    public Loss objective(Loss loss, int label) {
        return loss;
    }
}
