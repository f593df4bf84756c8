package dev.gauntlet.certify;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.Sha256;
import dev.gauntlet.certify.Certificate.Standing;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Draw;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.apache.commons.statistics.distribution.BetaDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * Randomized smoothing: certifies in L2 the classifier that answers with the most likely prediction under Gaussian
 * noise.
 *
 * <p>Cohen et al. 2019, "Certified Adversarial Robustness via Randomized Smoothing". It works for any classifier, but
 * what is certified is the smoothed classifier, not the model. Each certificate holds with the confidence by itself,
 * not all of them together. The noise is not limited to pixels in [0,1]. The lower bound of a certificate is by how
 * much the certified radius exceeds that of the ball.
 *
 * <p>Cost: {@code selection + samples} forward passes per image.
 *
 * @param sigma the standard deviation of the noise in pixel units, above 0
 * @param selection the number of noisy images that choose the class, at least 1
 * @param samples the number of noisy images that bound its probability, at least 1
 * @param errorRate the probability that a certificate is wrong, above 0 and below 1
 * @param seed what the noise is drawn from, together with the number of the image
 */
public record Smoothing(double sigma, int selection, int samples, double errorRate, long seed) implements Certifier {
    private static final int AT_ONCE = 500;
    private static final NormalDistribution STANDARD = NormalDistribution.of(0, 1);

    public Smoothing {
        if (!(sigma > 0) || !Double.isFinite(sigma)) {
            throw new GauntletException("The sigma of smoothing must be a positive number, got %s.".formatted(sigma));
        }
        if (selection < 1 || samples < 1) {
            throw new GauntletException(
                    "Smoothing needs at least 1 noisy image to select and 1 to certify, got %d and %d."
                            .formatted(selection, samples));
        }
        if (!(errorRate > 0 && errorRate < 1)) {
            throw new GauntletException(
                    "The error rate of smoothing must be above 0 and below 1, got %s.".formatted(errorRate));
        }
    }

    /**
     * Returns smoothing with the numbers of the paper: 100 images to select, 100,000 to certify, error rate 0.001.
     *
     * @param sigma the standard deviation of the noise
     * @return the certifier
     */
    public static Smoothing of(double sigma) {
        return new Smoothing(sigma, 100, 100_000, 0.001, 0);
    }

    @Override
    public String name() {
        return "smoothing";
    }

    @Override
    public String title() {
        return "randomized smoothing";
    }

    @Override
    public Set<Norm> norms() {
        return EnumSet.of(Norm.L2);
    }

    /**
     * Returns a lower limit of a probability (Clopper and Pearson 1934, one-sided).
     *
     * @param successes the number of successes
     * @param trials the number of trials
     * @param errorRate the probability that the limit is above the probability
     * @return the limit
     */
    static double lowerLimit(int successes, int trials, double errorRate) {
        return successes == 0
                ? 0
                : BetaDistribution.of(successes, trials - successes + 1.0).inverseCumulativeProbability(errorRate);
    }

    /**
     * Returns the radius that some predictions certify.
     *
     * @param successes how many of the noisy images have the class
     * @return the radius; empty if the class may be the less likely one
     */
    OptionalDouble radius(int successes) {
        double limit = lowerLimit(successes, samples, errorRate);
        return limit > 0.5
                ? OptionalDouble.of(sigma * STANDARD.inverseCumulativeProbability(limit))
                : OptionalDouble.empty();
    }

    /**
     * Returns the radius that is certified if all noisy images get the same prediction; no larger one can be.
     *
     * @return the radius; 0 if there are too few samples for any
     */
    public double largestRadius() {
        return radius(samples).orElse(0);
    }

    /**
     * Returns the radius behind a certificate.
     *
     * @param certificate a certificate of this method
     * @param ball the ball that it is about
     * @return the radius; empty if the class may be the less likely one, or is the wrong one
     */
    public OptionalDouble radius(Certificate certificate, LpBall ball) {
        return Double.isFinite(certificate.lowerBound())
                ? OptionalDouble.of(certificate.lowerBound() + ball.reach())
                : OptionalDouble.empty();
    }

    /** The noisy images do not depend on the ball, so another ball costs no passes. */
    @Override
    public Certification open(Classifier model) {
        return new SmoothedClassifier(model);
    }

    /**
     * What the smoothed classifier answered.
     *
     * @param prediction the class
     * @param radius the certified radius; empty if the class may be the less likely one
     */
    private record Answer(int prediction, OptionalDouble radius) {}

    /** An image, by its number and its pixels. */
    private record Asked(int id, String pixels) {
        static Asked of(Batch example) {
            ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * example.pixels().length);
            bytes.asFloatBuffer().put(example.pixels());
            return new Asked(example.ids()[0], Sha256.of(bytes.array()));
        }
    }

    private final class SmoothedClassifier implements Certification {
        private final Classifier model;
        private final Map<Asked, Answer> answers = new HashMap<>();

        SmoothedClassifier(Classifier model) {
            this.model = model;
        }

        @Override
        public List<Certificate> certify(Batch batch, LpBall ball) {
            requireFit(ball);
            List<Certificate> certificates = new ArrayList<>();
            for (int row = 0; row < batch.size(); row++) {
                Batch example = batch.select(new int[] {row});
                Answer answer = answers.computeIfAbsent(Asked.of(example), key -> ask(model, example));
                certificates.add(certificate(answer, example, ball));
            }
            return certificates;
        }

        @Override
        public void close() {
            // the caller closes the model
        }
    }

    private static Certificate certificate(Answer answer, Batch example, LpBall ball) {
        int id = example.ids()[0];
        if (answer.radius().isPresent() && answer.prediction() != example.labels()[0]) {
            return Certificate.mistake(id);
        }
        double beyond = answer.radius().orElse(Double.NEGATIVE_INFINITY) - ball.reach();
        return new Certificate(
                id, beyond > 0 ? Standing.CERTIFIED : Standing.UNDECIDED, beyond, false, Optional.empty(), 1);
    }

    private Answer ask(Classifier model, Batch example) {
        RandomKey key = RandomKey.of(seed).with("smoothing").with(example.ids()[0]);
        int[] first = count(model, example, key.with("selection"), selection);
        int best = 0;
        for (int k = 1; k < first.length; k++) {
            best = first[k] > first[best] ? k : best;
        }
        int[] second = count(model, example, key.with("samples"), samples);
        return new Answer(best, radius(best < second.length ? second[best] : 0));
    }

    /** Counts the predictions of noisy images. */
    private int[] count(Classifier model, Batch example, RandomKey key, int number) {
        int length = example.shape().size();
        double[] noise = new double[length];
        int[] counts = new int[0];
        for (int from = 0; from < number; from += AT_ONCE) {
            int size = Math.min(AT_ONCE, number - from);
            float[] pixels = new float[size * length];
            for (int row = 0; row < size; row++) {
                Draw.normal(key.with(from + row).generator(), noise);
                for (int i = 0; i < length; i++) {
                    pixels[row * length + i] = (float) (example.pixels()[i] + sigma * noise[i]);
                }
            }
            int[] ids = new int[size];
            Logits logits = model.logits(new Batch(example.shape(), ids, new int[size], pixels));
            if (counts.length == 0) {
                counts = new int[logits.classes()];
            }
            for (int row = 0; row < size; row++) {
                if (!logits.isFinite(row)) {
                    throw new GauntletException(
                            "The logits of a noisy copy of example %d are not finite.".formatted(example.ids()[0]));
                }
                counts[logits.prediction(row)]++;
            }
        }
        return counts;
    }
}
