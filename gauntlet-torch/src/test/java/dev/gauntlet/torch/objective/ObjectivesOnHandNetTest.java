package dev.gauntlet.torch.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Draw;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectivesOnHandNetTest {
    /**
     * Both hidden units are positive around (0.5, 0.4), so that the logits are linear there: class 1 minus class 0 is -2 times
     * the first unit plus 2 times the second, {@code -x + 6 y}. For label 0 the loss grows along (-1, +6), whose sign is (-1,
     * +1), from every point nearby.
     */
    private static final double[][] HIDDEN = {{1, -1}, {0.5, 2}};

    private static final double[][] OUTPUT = {{1, -1}, {-1, 1}};
    private static final Batch CLEAN = HandNet.one(0.5f, 0.4f, 0);

    private static HandNet net(double progress) {
        return new HandNet(HIDDEN, OUTPUT, CLEAN, progress);
    }

    private static double[] start(double epsilon) {
        SplittableRandom random = net(0).randomness(0).with("start").generator();
        return new double[] {epsilon * (2 * random.nextDouble() - 1), epsilon * (2 * random.nextDouble() - 1)};
    }

    private static double clip(double value, double radius) {
        return Math.min(radius, Math.max(-radius, value));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 1, 1.25})
    void fastMakesOneStepFromTheRandomPoint(double relativeStep) {
        double epsilon = 0.04;
        float[] x = new FastAdversarial(epsilon, relativeStep, false).attack(net(0.5));
        double[] start = start(epsilon);
        assertThat((double) x[0]).isEqualTo(0.5 + clip(start[0] - relativeStep * epsilon, epsilon), within(1e-6));
        assertThat((double) x[1]).isEqualTo(0.4 + clip(start[1] + relativeStep * epsilon, epsilon), within(1e-6));
    }

    @Test
    void fastTakesItsGradientOutsideTheBoxUnlessTheStartIsClamped() {
        // the hidden unit is on only below 0, where the pixel may be before it is clipped
        double[][] hidden = {{-1, 0}, {0, 1}};
        double[][] output = {{1, 0}, {-1, 0}};
        HandNet net = startingBelow(hidden, output);
        double epsilon = 0.3;
        SplittableRandom random = net.randomness(0).with("start").generator();
        double start = epsilon * (2 * random.nextDouble() - 1);
        // the loss of label 0 falls as the unit grows, so it grows with the pixel
        float[] free = new FastAdversarial(epsilon, 1.25, false).attack(net);
        float[] clamped = new FastAdversarial(epsilon, 1.25, true).attack(net);
        assertThat((double) free[0]).isEqualTo(Math.max(0, clip(start + 1.25 * epsilon, epsilon)), within(1e-6));
        assertThat(clamped[0]).as("the unit is off at 0").isZero();
    }

    /** Returns a step with a black image whose random point has a first pixel below 0. */
    private static HandNet startingBelow(double[][] hidden, double[][] output) {
        for (int id = 0; id < 100; id++) {
            Batch black = new Batch(HandNet.SHAPE, new int[] {id}, new int[] {0}, new float[] {0, 0.5f});
            HandNet net = new HandNet(hidden, output, black, 0);
            if (net.randomness(0).with("start").generator().nextDouble() < 0.4) {
                return net;
            }
        }
        throw new AssertionError("no example of 100 starts below 0");
    }

    @Test
    void pgdRepeatsTheStepWithinTheBallAndItsRamp() {
        double epsilon = 0.04;
        float[] x = new PgdAdversarial(epsilon, 3, 0.25, 0).attack(net(0));
        double[] start = start(epsilon);
        double first = start[0];
        double second = start[1];
        for (int i = 0; i < 3; i++) {
            first = clip(first - 0.25 * epsilon, epsilon);
            second = clip(second + 0.25 * epsilon, epsilon);
        }
        assertThat((double) x[0]).isEqualTo(0.5 + first, within(1e-6));
        assertThat((double) x[1]).isEqualTo(0.4 + second, within(1e-6));
        float[] half = new PgdAdversarial(epsilon, 20, 0.25, 0.2).attack(net(0.1));
        assertThat((double) half[0]).isEqualTo(0.5 - epsilon / 2, within(1e-6));
        assertThat((double) half[1]).isEqualTo(0.4 + epsilon / 2, within(1e-6));
        assertThat(new PgdAdversarial(epsilon, 20, 0.25, 0.2).attack(net(0))).containsExactly(CLEAN.pixels());
    }

    @Test
    void tradesMovesAwayFromTheCleanAnswerWhateverTheLabel() {
        double epsilon = 0.04;
        float[] x = new Trades(epsilon, 20, 0.25, 1, 0).attack(net(0));
        double[] noise = new double[2];
        Draw.normal(net(0).randomness(0).with("noise").generator(), noise);
        // the divergence grows with the distance of the difference of logits, -x + 6 y doubled, from that of the clean
        // image
        double moved = -0.001 * noise[0] + 6 * 0.001 * noise[1];
        double side = Math.signum(moved);
        assertThat((double) x[0]).isEqualTo(0.5 - side * epsilon, within(1e-6));
        assertThat((double) x[1]).isEqualTo(0.4 + side * epsilon, within(1e-6));
        float[] otherLabel =
                new Trades(epsilon, 20, 0.25, 1, 0).attack(new HandNet(HIDDEN, OUTPUT, HandNet.one(0.5f, 0.4f, 1), 0));
        assertThat(otherLabel).containsExactly(x);
    }

    @Test
    void intervalBoundsMixTheCleanAndTheWorstLossOfTheGrowingBox() {
        // in the middle of the ramp: half of 1.1 epsilon, and three quarters of the weight on the clean image
        HandNet net = net(0.35);
        TrainingObjective.Measurement measured =
                new IntervalBounds(0.04, 0.5, 0.1, 0.5, 1.1).descend(net, CLEAN.pixels());

        // clean: the units are 0.1 and 1.05; worst: the first is 0.056 at least, the second 1.105 at most
        double clean = 1.9;
        double worst = 2 * 1.105 - 2 * 0.056;
        assertThat(measured.loss())
                .isEqualTo(0.75 * Math.log1p(Math.exp(clean)) + 0.25 * Math.log1p(Math.exp(worst)), within(1e-5));
        HandNet.Recorded bounded = net.passes.get(1);
        assertThat(bounded.pixels).containsExactly(new float[] {0.478f, 0.378f, 0.522f, 0.422f}, within(1e-6f));
        assertThat((double) bounded.derivative[1]).isEqualTo(0.25 / (1 + Math.exp(-worst)), within(1e-6));
        assertThat((double) net.passes.get(0).derivative[1]).isEqualTo(0.75 / (1 + Math.exp(-clean)), within(1e-6));

        // no pixel leaves the range of the data
        HandNet bright = new HandNet(HIDDEN, OUTPUT, HandNet.one(0.99f, 0.01f, 0), 0.9);
        new IntervalBounds(0.04, 0.5, 0.1, 0.5, 1.1)
                .descend(bright, bright.clean().pixels());
        assertThat(bright.passes.get(1).pixels).containsExactly(new float[] {0.946f, 0, 1, 0.054f}, within(1e-6f));
    }

    @Test
    void crownBoundsMixTheWorstLossOfLinesAndOfIntervals() {
        // in the middle of the ramp beta is (1 + 0.4) / 2; both units are positive in the box, so that the lines are
        // exact:
        // the difference of logits is 6 y - x, at most 6 * 0.422 - 0.478
        HandNet net = net(0.35);
        TrainingObjective.Measurement measured =
                new CrownIntervalBounds(new IntervalBounds(0.04, 0.5, 0.1, 0.5, 1.1), 0.4).descend(net, CLEAN.pixels());
        double clean = 1.9;
        double intervals = 2 * 1.105 - 2 * 0.056;
        double lines = 6 * 0.422 - 0.478;
        assertThat(lines).isLessThan(intervals);
        double worst = 0.3 * intervals + 0.7 * lines;
        assertThat(measured.loss())
                .isEqualTo(0.75 * Math.log1p(Math.exp(clean)) + 0.25 * Math.log1p(Math.exp(worst)), within(1e-5));
        assertThat((double) net.passes.get(1).derivative[1]).isEqualTo(0.25 / (1 + Math.exp(-worst)), within(1e-6));
    }

    @Test
    void derivativesOfTradesAreThoseOfItsLoss() {
        requireDerivatives(new Trades(0.1, 1, 0.25, 1.5, 0), (p, q) -> -Math.log(p[0]) + 1.5 * divergence(p, q));
    }

    @Test
    void derivativesOfMartAreThoseOfItsLoss() {
        requireDerivatives(
                new Mart(0.1, 1, 0.25, 5, 0),
                (p, q) ->
                        -Math.log(q[0]) - Math.log(1.0001 + 1e-12 - q[1]) + 5 * divergence(p, q) * (1.0000001 - p[0]));
    }

    /** Three rows with four classes: the divisor, the offsets of the rows and the rival of MART matter. */
    @Test
    void derivativesOverSeveralRowsAndClassesAreThoseOfTheMeanLoss() {
        requireDerivativesOfRows(
                new Trades(0.1, 1, 0.25, 1.5, 0), (p, q, label) -> -Math.log(p[label]) + 1.5 * divergence(p, q));
        requireDerivativesOfRows(new Mart(0.1, 1, 0.25, 5, 0), (p, q, label) -> {
            double rival = 0;
            for (int k = 0; k < q.length; k++) {
                rival = k == label ? rival : Math.max(rival, q[k]);
            }
            return -Math.log(q[label])
                    - Math.log(1.0001 + 1e-12 - rival)
                    + 5 * divergence(p, q) * (1.0000001 - p[label]);
        });
    }

    @Test
    void noiseIsNotClippedAndIsNormal() {
        int examples = 4000;
        int[] ids = IntStream.range(0, examples).toArray();
        Batch black = new Batch(HandNet.SHAPE, ids, new int[examples], new float[2 * examples]);
        float[] noisy = new GaussianAugmentation(0.25).attack(new HandNet(HIDDEN, OUTPUT, black, 0));
        double mean = 0;
        double square = 0;
        for (float value : noisy) {
            mean += value;
            square += value * value;
        }
        assertThat(mean / noisy.length).isEqualTo(0, within(0.01));
        assertThat(Math.sqrt(square / noisy.length)).isEqualTo(0.25, within(0.01));
    }

    private static double divergence(double[] p, double[] q) {
        return IntStream.range(0, p.length)
                .mapToDouble(k -> p[k] * Math.log(p[k] / q[k]))
                .sum();
    }

    private static double[] softmax(double... logits) {
        double sum = Arrays.stream(logits).map(Math::exp).sum();
        return Arrays.stream(logits).map(logit -> Math.exp(logit) / sum).toArray();
    }

    /** The loss of one example, by the probabilities of its clean and of its attacked image. */
    private interface RowLoss {
        double of(double[] p, double[] q, int label);
    }

    private static void requireDerivativesOfRows(TrainingObjective objective, RowLoss loss) {
        int classes = 4;
        int[] labels = {2, 0, 3};
        double[][] clean = {{0.5, -1, 1.5, 0.25}, {-0.5, 2, 0.75, 1}, {0, 0.5, -2, 1.25}};
        double[][] attacked = {{1.25, -0.5, 0.5, 0.75}, {0.25, 1, -1, 0.5}, {-0.25, 1.5, -0.5, 0.125}};
        TwoAnswers step = new TwoAnswers(labels, clean, attacked);
        TrainingObjective.Measurement measured = objective.descend(step, step.attackedPixels());
        double sum = IntStream.range(0, labels.length)
                .mapToDouble(row -> loss.of(softmax(clean[row]), softmax(attacked[row]), labels[row]))
                .sum();
        assertThat(measured.loss()).isEqualTo(sum, within(1e-9));
        for (int row = 0; row < labels.length; row++) {
            for (int k = 0; k < classes; k++) {
                for (double[][] moved : new double[][][] {clean, attacked}) {
                    double middle = moved[row][k];
                    moved[row][k] = middle + 1e-5;
                    double up = loss.of(softmax(clean[row]), softmax(attacked[row]), labels[row]);
                    moved[row][k] = middle - 1e-5;
                    double down = loss.of(softmax(clean[row]), softmax(attacked[row]), labels[row]);
                    moved[row][k] = middle;
                    assertThat((double) step.derivative(moved == clean)[row * classes + k])
                            .as("%s, row %d, class %d, clean %s", objective.name(), row, k, moved == clean)
                            .isEqualTo((up - down) / 2e-5 / labels.length, within(1e-6));
                }
            }
        }
    }

    /** Compares with central differences of the loss, in the logits of the clean and of the attacked image. */
    private static void requireDerivatives(TrainingObjective objective, ToDoubleBiFunction<double[], double[]> loss) {
        HandNet net = net(0);
        float[] attacked = {0.45f, 0.47f};
        TrainingObjective.Measurement measured = objective.descend(net, attacked);
        Logits clean = net.logits(CLEAN.pixels());
        Logits other = net.logits(attacked);
        double[] z = {clean.values()[0], clean.values()[1], other.values()[0], other.values()[1]};
        assertThat(measured.loss())
                .isEqualTo(loss.applyAsDouble(softmax(z[0], z[1]), softmax(z[2], z[3])), within(1e-9));
        assertThat(net.passes).hasSize(2);
        for (int i = 0; i < 4; i++) {
            double[] up = z.clone();
            double[] down = z.clone();
            up[i] += 1e-5;
            down[i] -= 1e-5;
            double expected = (loss.applyAsDouble(softmax(up[0], up[1]), softmax(up[2], up[3]))
                            - loss.applyAsDouble(softmax(down[0], down[1]), softmax(down[2], down[3])))
                    / 2e-5;
            HandNet.Recorded pass = net.passes.get(i / 2);
            assertThat(pass.pixels).containsExactly(i < 2 ? CLEAN.pixels() : attacked);
            assertThat((double) pass.derivative[i % 2]).isEqualTo(expected, within(1e-6));
        }
    }
}
