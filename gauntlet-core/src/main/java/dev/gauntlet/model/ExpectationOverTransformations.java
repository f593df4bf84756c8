package dev.gauntlet.model;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The mean of a randomized classifier over several draws: the mean of its logits, and of the gradients of its losses.
 *
 * <p>Athalye, Engstrom, Ilyas and Kwok, "Synthesizing Robust Adversarial Examples", ICML 2018, <a
 * href="https://arxiv.org/abs/1707.07397">arXiv:1707.07397</a>: expectation over transformation (EOT). The gradient of
 * a single draw of a randomized defence is mostly noise; the mean gives a useful direction.
 *
 * <p>The draws are made once, so this is a deterministic classifier: the same seed gives the same result. An evaluation
 * therefore judges the classifier that averages over these draws; the more draws, the closer it is to the expectation.
 *
 * <p>Cost: one query per draw for each query. {@code close()} does nothing, because the draws may share resources; the
 * caller closes what they were drawn from.
 *
 * <p>Example: {@code new ExpectationOverTransformations(key -> new StraightThrough(batch -> noisy(batch, key), model),
 * 20, RandomKey.of(1))}.
 */
public final class ExpectationOverTransformations implements DifferentiableClassifier {
    private final List<DifferentiableClassifier> draws;

    /**
     * Draws the classifiers.
     *
     * @param randomized the distribution of the classifiers
     * @param count the number of draws, at least 1; AutoAttack uses 20
     * @param randomness the source of the draws
     * @throws GauntletException if the count is below 1
     */
    public ExpectationOverTransformations(RandomizedClassifier randomized, int count, RandomKey randomness) {
        if (count < 1) {
            throw new GauntletException("An expectation needs at least 1 draw, got " + count + ".");
        }
        draws = IntStream.range(0, count)
                .mapToObj(number -> randomized.draw(randomness.with(number)))
                .toList();
    }

    /**
     * Returns the number of draws.
     *
     * @return the number
     */
    public int count() {
        return draws.size();
    }

    @Override
    public ModelCard card() {
        return draws.get(0).card().behind("the mean of %d draws".formatted(draws.size()));
    }

    @Override
    public Logits logits(Batch batch) {
        Mean logits = new Mean();
        int classes = 0;
        for (DifferentiableClassifier draw : draws) {
            Logits drawn = draw.logits(batch);
            classes = drawn.classes();
            logits.add(drawn.values());
        }
        return new Logits(classes, logits.values());
    }

    @Override
    public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
        Mean logits = new Mean();
        Mean pixels = new Mean();
        double[] losses = new double[batch.size()];
        int classes = 0;
        for (DifferentiableClassifier draw : draws) {
            Gradient drawn = draw.gradient(batch, lossOfRow);
            classes = drawn.logits().classes();
            logits.add(drawn.logits().values());
            pixels.add(drawn.pixels());
            for (int row = 0; row < losses.length; row++) {
                losses[row] += drawn.losses()[row] / draws.size();
            }
        }
        return new Gradient(new Logits(classes, logits.values()), losses, pixels.values());
    }

    /** A mean over the draws, summed in double precision. */
    private final class Mean {
        private double[] sums = new double[0];

        void add(float[] values) {
            if (sums.length == 0) {
                sums = new double[values.length];
            }
            for (int i = 0; i < values.length; i++) {
                sums[i] += values[i];
            }
        }

        float[] values() {
            float[] values = new float[sums.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (sums[i] / draws.size());
            }
            return values;
        }
    }

    @Override
    public void close() {
        // the draws may share one model, which belongs to the caller
    }
}
