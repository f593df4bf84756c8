package dev.gauntlet.certify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.certify.Certificate.Standing;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.threat.LpBall;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmoothingTest {
    /** Counts the images that a model is asked about. */
    private record CountingClassifier(Classifier model, AtomicInteger asked) implements Classifier {
        @Override
        public ModelCard card() {
            return model.card();
        }

        @Override
        public Logits logits(Batch batch) {
            asked.addAndGet(batch.size());
            return model.logits(batch);
        }

        @Override
        public void close() {
            model.close();
        }
    }

    /** Computed with SciPy. */
    @ParameterizedTest
    @CsvSource({
        "100000, 100000, 0.9999309248330094, 1.9057282816949572",
        "99000, 100000, 0.9889893403774748, 1.144999977606883",
        "990, 1000, 0.9760361871553114, 0.9890047910705997",
        "100, 100, 0.933254300796991, 0.7502375120603182"
    })
    void givesTheLimitsAndRadiiOfOthers(int successes, int samples, double limit, double radius) {
        assertThat(Smoothing.lowerLimit(successes, samples, 0.001)).isCloseTo(limit, within(1e-12));
        assertThat(new Smoothing(0.5, 1, samples, 0.001, 0).radius(successes).orElseThrow())
                .isCloseTo(radius, within(1e-10));
    }

    /**
     * The largest radii, to three digits, in the certificates that Cohen's code gave for 10,000 images of MNIST (logs of the
     * repository smoothing-consistency): those of images of which none, one, two, ... of 100,000 noisy copies were answered
     * otherwise. At sigma 1 the three most certain answers do not occur.
     */
    @ParameterizedTest
    @CsvSource({
        "0.25, 0, 0.953 0.935 0.922 0.913 0.905 0.898 0.892 0.886, 0.0005",
        "0.5, 0, 1.91 1.87 1.84 1.83 1.81 1.8 1.78 1.77, 0.005",
        "1, 3, 3.65, 0.005"
    })
    void givesTheLargestRadiiOfCohensCode(double sigma, int others, String radii, double rounding) {
        Smoothing smoothing = new Smoothing(sigma, 1, 100_000, 0.001, 0);
        int successes = 100_000 - others;
        for (String radius : radii.split(" ", -1)) {
            assertThat(smoothing.radius(successes).orElseThrow())
                    .as("%d successes", successes)
                    .isCloseTo(Double.parseDouble(radius), within(rounding));
            successes--;
        }
    }

    @Test
    void certifiesNothingNearEvenChances() {
        Smoothing smoothing = new Smoothing(0.5, 1, 100_000, 0.001, 0);

        assertThat(Smoothing.lowerLimit(50_500, 100_000, 0.001)).isCloseTo(0.5001089517395879, within(1e-12));
        assertThat(smoothing.radius(50_500).orElseThrow()).isCloseTo(1.366e-4, within(1e-7));
        assertThat(smoothing.radius(50_000)).isEmpty();
        assertThat(Smoothing.lowerLimit(1, 1, 0.05)).isCloseTo(0.05, within(1e-12));
        assertThat(Smoothing.lowerLimit(0, 10, 0.05)).isZero();
    }

    @Test
    void certifiesALinearModelNearlyUpToItsBoundary() {
        double[][] weights = {{3, 4}, {0, 0}};
        LinearModel model = new LinearModel(weights, new double[] {-3, 0});
        Batch batch = new Batch(new ImageShape(2, 1, 1), new int[] {7}, new int[] {0}, new float[] {0.5f, 0.5f});
        // the margin 0.5, and weights of length 5
        double exact = 0.1;
        Smoothing smoothing = new Smoothing(0.1, 100, 100_000, 0.001, 0);
        try (Certification certification = smoothing.open(model)) {
            Certificate within =
                    certification.certify(batch, LpBall.l2(0.97 * exact)).get(0);
            assertThat(within.standing()).isEqualTo(Standing.CERTIFIED);
            assertThat(within.id()).isEqualTo(7);
            assertThat(within.lowerBound() + 0.97 * exact).isLessThan(exact);
            assertThat(certification.certify(batch, LpBall.l2(exact)).get(0).standing())
                    .isEqualTo(Standing.UNDECIDED);
            Batch wrong = new Batch(batch.shape(), batch.ids(), new int[] {1}, batch.pixels());
            assertThat(certification.certify(wrong, LpBall.l2(0.01)).get(0).standing())
                    .isEqualTo(Standing.MISTAKE);
        }
    }

    /** A linear model under noise has the radius of the model itself: the margin over the length of the weights. */
    @ParameterizedTest
    @CsvSource({"0.05, 1", "0.1, 1", "0.25, 1", "0.1, 2", "0.25, 2"})
    void certifiesLinearModelsUpToOnePercent(double sigma, double distance) {
        double exact = distance * sigma;
        double[][] weights = {{3, 4}, {0, 0}};
        LinearModel model = new LinearModel(weights, new double[] {5 * exact - 3.5, 0});
        Batch batch = new Batch(new ImageShape(2, 1, 1), new int[] {1}, new int[] {0}, new float[] {0.5f, 0.5f});
        Smoothing smoothing = new Smoothing(sigma, 100, 1_000_000, 0.001, 3);
        LpBall ball = LpBall.l2(0.5 * exact);
        try (Certification certification = smoothing.open(model)) {
            Certificate found = certification.certify(batch, ball).get(0);
            assertThat(found.standing()).isEqualTo(Standing.CERTIFIED);
            assertThat(smoothing.radius(found, ball).orElseThrow()).isBetween(0.99 * exact, exact);
        }
    }

    @Test
    void asksTheModelOncePerImage() {
        AtomicInteger asked = new AtomicInteger();
        LinearModel model = new LinearModel(new double[][] {{3, 4}, {0, 0}}, new double[] {-3, 0});
        Classifier counting = new CountingClassifier(model, asked);
        ImageShape shape = new ImageShape(2, 1, 1);
        Batch batch = new Batch(shape, new int[] {3}, new int[] {0}, new float[] {0.5f, 0.5f});
        Batch other = new Batch(shape, new int[] {3}, new int[] {0}, new float[] {0.1f, 0.5f});
        Smoothing smoothing = new Smoothing(0.1, 10, 1000, 0.001, 0);
        try (Certification certification = smoothing.open(counting)) {
            Certificate near = certification.certify(batch, LpBall.l2(0.01)).get(0);
            Certificate far = certification.certify(batch, LpBall.l2(0.2)).get(0);
            assertThat(asked).hasValue(1010);
            assertThat(near.standing()).isEqualTo(Standing.CERTIFIED);
            assertThat(far.standing()).isEqualTo(Standing.UNDECIDED);
            assertThat(smoothing.radius(far, LpBall.l2(0.2)).orElseThrow())
                    .isCloseTo(smoothing.radius(near, LpBall.l2(0.01)).orElseThrow(), within(1e-12));
            // the same number, but other pixels
            assertThat(certification.certify(other, LpBall.l2(0.01)).get(0).standing())
                    .isEqualTo(Standing.MISTAKE);
            assertThat(asked).hasValue(2020);
        }
    }

    @Test
    void knowsItsLargestRadius() {
        assertThat(new Smoothing(0.5, 1, 100_000, 0.001, 0).largestRadius())
                .isCloseTo(1.9057282816949572, within(1e-10));
        assertThat(new Smoothing(0.5, 1, 5, 0.001, 0).largestRadius()).isZero();
    }

    @Test
    void givesTheSameCertificateAgain() {
        LinearModel model = new LinearModel(new double[][] {{3, 4}, {0, 0}}, new double[] {-3, 0});
        ImageShape shape = new ImageShape(2, 1, 1);
        Batch two = new Batch(shape, new int[] {3, 9}, new int[] {0, 0}, new float[] {0.5f, 0.5f, 0.6f, 0.4f});
        Smoothing smoothing = new Smoothing(0.2, 20, 1000, 0.01, 5);
        try (Certification certification = smoothing.open(model)) {
            Certificate together = certification.certify(two, LpBall.l2(0.05)).get(1);
            Certificate alone = certification
                    .certify(two.select(new int[] {1}), LpBall.l2(0.05))
                    .get(0);
            assertThat(alone).isEqualTo(together);
        }
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> Smoothing.of(0)).isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> new Smoothing(1, 0, 10, 0.1, 0)).isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> new Smoothing(1, 1, 10, 1, 0)).isInstanceOf(GauntletException.class);
        assertThatThrownBy(() -> Smoothing.of(0.5).requireFit(LpBall.linf(0.1)))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("The method smoothing does not certify in L-infinity; it certifies in L2.");
    }
}
