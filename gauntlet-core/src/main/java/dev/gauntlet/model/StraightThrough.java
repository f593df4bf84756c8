package dev.gauntlet.model;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * A classifier behind a step without a useful gradient, such as rounding or compression: the forward pass applies the
 * step, the backward pass treats it as the identity.
 *
 * <p>Athalye, Carlini and Wagner, "Obfuscated Gradients Give a False Sense of Security: Circumventing Defenses to
 * Adversarial Examples", ICML 2018, <a href="https://arxiv.org/abs/1802.00420">arXiv:1802.00420</a>, section 4.1.1: the
 * backward pass differentiable approximation (BPDA) with the identity as the approximation. It is a good approximation
 * if the step changes an image little. Use it to attack a defence with such a step; otherwise its missing gradient
 * looks like robustness.
 *
 * <p>The step takes a batch and returns a batch of the same shape, ids and labels with other pixels; it must not modify
 * its input. It must be deterministic; for a random step see {@link ExpectationOverTransformations}.
 *
 * <p>Cost: that of the classifier, and the step once for each query. Closing it closes the classifier.
 *
 * <p>Example: {@code new StraightThrough(batch -> batch.withPixels(rounded(batch.pixels())), model)}.
 */
public final class StraightThrough implements DifferentiableClassifier {
    private final UnaryOperator<Batch> step;
    private final DifferentiableClassifier model;

    /**
     * Puts a step before a classifier.
     *
     * @param step the step
     * @param model the classifier behind it
     */
    public StraightThrough(UnaryOperator<Batch> step, DifferentiableClassifier model) {
        this.step = step;
        this.model = model;
    }

    @Override
    public ModelCard card() {
        return model.card().behind("a step with a straight-through gradient");
    }

    @Override
    public boolean givesOnlyClasses() {
        return model.givesOnlyClasses();
    }

    /**
     * Computes the logits of each example after the step.
     *
     * @throws GauntletException if the step returns another number of examples, or pixels of another shape
     */
    @Override
    public Logits logits(Batch batch) {
        return model.logits(through(batch));
    }

    @Override
    public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        return model.gradient(through(batch), lossOfRow);
    }

    private Batch through(Batch batch) {
        Batch changed = step.apply(batch);
        if (!changed.shape().equals(batch.shape()) || changed.size() != batch.size()) {
            throw new GauntletException(
                    "The step before the model returned %d images of shape %s for %d of shape %s; it must preserve both."
                            .formatted(changed.size(), changed.shape(), batch.size(), batch.shape()));
        }
        return changed;
    }

    @Override
    public void close() {
        model.close();
    }
}
