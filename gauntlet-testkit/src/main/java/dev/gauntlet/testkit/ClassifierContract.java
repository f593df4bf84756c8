package dev.gauntlet.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.ChangingImages;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Tests of the guarantees of every engine, for your own engines.
 *
 * <p>The tests of gradients are skipped for a model that is not a {@link DifferentiableClassifier} or returns only the
 * predicted class. The model should be small: the tests query some hundred images.
 *
 * <p>Example:
 *
 * <pre>{@code
 * class MyEngineTest extends ClassifierContract {
 *     @Override
 *     protected Classifier open(InputSpec contract) {
 *         return MyEngine.load(file, contract);
 *     }
 *
 *     @Override
 *     protected ImageShape shape() {
 *         return new ImageShape(1, 28, 28);
 *     }
 *
 *     @Override
 *     protected int classes() {
 *         return 10;
 *     }
 * }
 * }</pre>
 */
public abstract class ClassifierContract {
    /** Exactly a float, and large enough that differences of logits exceed their rounding errors. */
    private static final float STEP = 1f / 1024;

    private static final int SIZE = 8;
    private static final int ROUNDS = 8;
    private static final int THREADS = 4;
    private static final int CHANGES = 30;

    /** Creates the tests. */
    protected ClassifierContract() {}

    /**
     * Opens the model under test, always the same; the test closes it.
     *
     * @param contract the preprocessing
     * @return the model
     * @throws GauntletException if the engine supports only raw pixels and the preprocessing differs
     */
    protected abstract Classifier open(InputSpec contract);

    /**
     * Returns the shape of the model's images.
     *
     * @return the shape
     */
    protected abstract ImageShape shape();

    /**
     * Returns the number of classes.
     *
     * @return the number
     */
    protected abstract int classes();

    /**
     * Returns the largest relative difference of the logits of the same image in different batches; also for gradients.
     *
     * @return the tolerance; by default a few rounding errors of floats
     */
    protected double tolerance() {
        return 1e-5;
    }

    @Test
    final void returnsOneRowOfFiniteLogitsPerImage() {
        try (Classifier model = open(InputSpec.RAW)) {
            for (int size : new int[] {1, 3, SIZE}) {
                Logits logits = model.logits(images(size));
                assertThat(logits.size()).isEqualTo(size);
                assertThat(logits.classes()).isEqualTo(classes());
                for (int row = 0; row < size; row++) {
                    assertThat(logits.isFinite(row)).as("row %d", row).isTrue();
                }
            }
            assertThat(model.logits(images(0)).size()).isZero();
        }
    }

    @Test
    final void isDeterministicBitForBit() {
        Batch images = images(SIZE);
        Batch relabelled = new Batch(
                images.shape(),
                IntStream.range(0, SIZE).toArray(),
                new int[SIZE],
                images.pixels().clone());
        try (Classifier model = open(InputSpec.RAW);
                Classifier another = open(InputSpec.RAW)) {
            float[] first = model.logits(images).values();
            float[] kept = first.clone();
            model.logits(images(3, SIZE));
            assertThat(model.logits(images).values()).isEqualTo(kept);
            assertThat(model.logits(relabelled).values())
                    .as("with other ids and labels")
                    .isEqualTo(kept);
            assertThat(another.logits(images).values()).as("opened again").isEqualTo(kept);
            assertThat(first).as("an earlier result").isEqualTo(kept);
        }
    }

    @Test
    final void givesTheSameLogitsAloneAndInAnyBatch() {
        Batch images = images(SIZE);
        try (Classifier model = open(InputSpec.RAW)) {
            Logits together = model.logits(images);
            for (int[] rows : companies()) {
                Logits some = model.logits(images.select(rows));
                for (int i = 0; i < rows.length; i++) {
                    assertClose(
                            row(some.values(), i, classes()),
                            row(together.values(), rows[i], classes()),
                            "row %d among %s".formatted(rows[i], Arrays.toString(rows)));
                }
            }
        }
    }

    @Test
    final void givesTheSameLogitsForImagesThatChangeByAFewPixels() {
        SplittableRandom random = RandomKey.of(2).with("changes").generator();
        int length = shape().size();
        try (Classifier model = open(InputSpec.RAW)) {
            ChangingImages changing = model.changing();
            Batch accepted = images(SIZE);
            assertClose(
                    changing.logits(accepted).values(), model.logits(accepted).values(), "at first");
            changing.accept(accepted, IntStream.range(0, SIZE).toArray());
            for (int step = 0; step < CHANGES; step++) {
                if (step == CHANGES / 2) {
                    int[] some = {1, 2, 5};
                    accepted = accepted.select(some);
                    changing.select(some);
                }
                float[] pixels = accepted.pixels().clone();
                for (int row = 0; row < accepted.size(); row++) {
                    // sometimes none, sometimes all
                    int changes = random.nextInt(8) == 0 ? length : random.nextInt(4);
                    for (int change = 0; change < changes; change++) {
                        pixels[row * length + random.nextInt(length)] = random.nextInt(256) / 255f;
                    }
                }
                Batch candidates = accepted.withPixels(pixels);
                assertClose(
                        changing.logits(candidates).values(),
                        model.logits(candidates).values(),
                        "step " + step);
                int[] better = IntStream.range(0, candidates.size())
                        .filter(row -> random.nextBoolean())
                        .toArray();
                changing.accept(candidates, better);
                float[] next = accepted.pixels().clone();
                for (int row : better) {
                    System.arraycopy(pixels, row * length, next, row * length, length);
                }
                accepted = accepted.withPixels(next);
            }
        }
    }

    @Test
    final void doesNotModifyTheImages() {
        Batch images = images(SIZE);
        float[] pixels = images.pixels().clone();
        int[] labels = images.labels().clone();
        try (Classifier model = open(InputSpec.RAW)) {
            model.logits(images);
            answers(model, images);
        }
        assertThat(images.pixels()).isEqualTo(pixels);
        assertThat(images.labels()).isEqualTo(labels);
    }

    @Test
    final void appliesThePreprocessingOrRefusesIt() {
        Batch images = images(SIZE);
        int given = 0;
        for (InputSpec contract : contracts()) {
            Throwable refusal = catchThrowable(() -> {
                try (Classifier model = open(contract);
                        Classifier raw = open(InputSpec.RAW)) {
                    float[] expected = raw.logits(images.withPixels(contract.apply(images, Layout.NCHW)))
                            .values();
                    assertClose(model.logits(images).values(), expected, contract.toString());
                    assertThat(model.card().contract()).isEqualTo(contract);
                }
            });
            if (refusal != null) {
                assertThat(refusal).as("%s", contract).isInstanceOf(GauntletException.class);
            } else {
                given++;
            }
        }
        if (given > 0) {
            int channels = shape().channels() + 1;
            InputSpec unfit = InputSpec.RAW.withNormalization(
                    Collections.nCopies(channels, 0.5), Collections.nCopies(channels, 0.5));
            assertThatThrownBy(() -> {
                        try (Classifier model = open(unfit)) {
                            model.logits(images);
                        }
                    })
                    .as("%d channels for %s", channels, shape())
                    .isInstanceOf(GauntletException.class);
        }
    }

    @Test
    final void refusesUnsupportedShapesWithAMessage() {
        ImageShape other = new ImageShape(shape().channels() + 1, shape().height() + 2, shape().width() + 1);
        Batch images = new Batch(other, new int[2], new int[2], new float[2 * other.size()]);
        try (Classifier model = open(InputSpec.RAW)) {
            Throwable refusal = catchThrowable(() -> model.logits(images));
            if (refusal != null) {
                assertThat(refusal).isInstanceOf(GauntletException.class);
            }
        }
    }

    @Test
    final void hasAMatchingModelCard() {
        try (Classifier model = open(InputSpec.RAW);
                Classifier another = open(InputSpec.RAW)) {
            assertThat(model.card().name()).isNotBlank();
            assertThat(model.card().engine()).isNotBlank();
            assertThat(model.card().contract()).isEqualTo(InputSpec.RAW);
            assertThat(another.card()).isEqualTo(model.card());
        }
    }

    @Test
    final void returnsOnlyClassesIfItSaysSo() {
        try (Classifier model = open(InputSpec.RAW)) {
            assumeTrue(model.givesOnlyClasses(), "the model gives logits");
            Logits logits = model.logits(images(SIZE));
            for (int row = 0; row < SIZE; row++) {
                float[] expected = new float[classes()];
                Arrays.fill(expected, -1);
                expected[logits.prediction(row)] = 0;
                assertThat(row(logits.values(), row, classes())).isEqualTo(expected);
            }
        }
    }

    @Test
    final void givesTheSameResultsInSeveralThreads() throws ExecutionException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (Classifier model = open(InputSpec.RAW)) {
            List<float[]> expected = new ArrayList<>();
            for (int i = 0; i < 2 * THREADS; i++) {
                expected.add(answers(model, images(i, SIZE)));
            }
            List<Future<float[]>> futures = new ArrayList<>();
            for (int i = 0; i < 2 * THREADS; i++) {
                Batch images = images(i, SIZE);
                futures.add(threads.submit(() -> answers(model, images)));
            }
            for (int i = 0; i < futures.size(); i++) {
                assertThat(futures.get(i).get()).as("batch %d", i).isEqualTo(expected.get(i));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    final void afterCloseRefusesOrReturnsTheSameLogits() {
        Batch images = images(SIZE);
        Classifier model = open(InputSpec.RAW);
        float[] before = model.logits(images).values().clone();
        model.close();
        model.close();
        Throwable refusal =
                catchThrowable(() -> assertThat(model.logits(images).values()).isEqualTo(before));
        if (refusal != null) {
            assertThat(refusal).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
        }
    }

    @Test
    final void returnsLogitsAndLossesWithTheGradient() {
        Batch images = images(SIZE);
        try (Classifier opened = open(InputSpec.RAW)) {
            DifferentiableClassifier model = differentiable(opened);
            for (Loss loss : List.of(new CrossEntropy(), new Margin())) {
                Gradient gradient = model.gradient(images, loss);
                float[] logits = gradient.logits().values();
                assertClose(logits, model.logits(images).values(), "logits");
                assertThat(gradient.pixels()).hasSameSizeAs(images.pixels());
                for (int row = 0; row < SIZE; row++) {
                    assertThat(gradient.losses()[row])
                            .as("%s, row %d", loss.name(), row)
                            .isEqualTo(loss.value(logits, row * classes(), classes(), images.labels()[row]));
                }
                for (float value : gradient.pixels()) {
                    assertThat(Float.isFinite(value)).as(loss.name()).isTrue();
                }
            }
            assertThat(model.gradient(images(0), new CrossEntropy()).pixels()).isEmpty();
        }
    }

    @Test
    final void theGradientMatchesFiniteDifferences() {
        for (InputSpec contract : contracts()) {
            Classifier opened;
            try {
                opened = open(contract);
            } catch (GauntletException e) {
                continue;
            }
            try (Classifier model = opened) {
                requireGradient(differentiable(model), contract);
            }
        }
    }

    private void requireGradient(DifferentiableClassifier model, InputSpec contract) {
        int length = shape().size();
        Batch images = inside(SIZE);
        Gradient gradient = model.gradient(images, new Margin());
        SplittableRandom random = RandomKey.of(5).with("directions").generator();
        int compared = 0;
        List<String> wrong = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            float[] direction = new float[images.pixels().length];
            for (int i = 0; i < direction.length; i++) {
                direction[i] = random.nextBoolean() ? STEP : -STEP;
            }
            double[] above =
                    model.gradient(moved(images, direction, 1), new Margin()).losses();
            double[] below =
                    model.gradient(moved(images, direction, -1), new Margin()).losses();
            for (int row = 0; row < SIZE; row++) {
                double slope = 0;
                double squares = 0;
                double largest = 0;
                for (int i = row * length; i < (row + 1) * length; i++) {
                    slope += gradient.pixels()[i] * (double) direction[i] / STEP;
                    squares += gradient.pixels()[i] * (double) gradient.pixels()[i];
                }
                for (float logit : row(gradient.logits().values(), row, classes())) {
                    largest = Math.max(largest, Math.abs(logit));
                }
                double after = (above[row] - gradient.losses()[row]) / STEP;
                double before = (gradient.losses()[row] - below[row]) / STEP;
                double tolerated = 0.03 * Math.sqrt(squares) + 4 * tolerance() * largest / STEP;
                // if the two differ, there is a kink of a rectifier or a maximum in between
                if (Math.abs(after - before) <= tolerated) {
                    compared++;
                    if (Math.abs((after + before) / 2 - slope) > tolerated) {
                        wrong.add("%nround %d, row %d: %s, not %s".formatted(round, row, slope, (after + before) / 2));
                    }
                }
            }
        }
        assertThat(compared)
                .as("directions in which the model is smooth, %s", contract)
                .isGreaterThan(ROUNDS * SIZE / 4);
        assertThat(wrong).as("slopes in %d directions, %s", compared, contract).hasSizeLessThanOrEqualTo(compared / 20);
    }

    @Test
    final void theGradientOfAnImageDependsOnlyOnItsOwnLoss() {
        Batch images = images(SIZE);
        IntFunction<Loss> mixed = row -> row % 2 == 0 ? new CrossEntropy() : new Margin();
        int length = shape().size();
        try (Classifier opened = open(InputSpec.RAW)) {
            DifferentiableClassifier model = differentiable(opened);
            Gradient together = model.gradient(images, mixed);
            for (int row = 0; row < SIZE; row++) {
                Gradient alone = model.gradient(images.select(new int[] {row}), mixed.apply(row));
                assertClose(row(together.pixels(), row, length), alone.pixels(), "row " + row);
                assertThat(together.losses()[row])
                        .as("row %d", row)
                        .isCloseTo(alone.losses()[0], within(tolerance() * (1 + Math.abs(alone.losses()[0]))));
            }
        }
    }

    private static boolean hasGradient(Classifier model) {
        return model instanceof DifferentiableClassifier && !model.givesOnlyClasses();
    }

    private static DifferentiableClassifier differentiable(Classifier model) {
        assumeTrue(hasGradient(model), "the model has no gradient");
        return (DifferentiableClassifier) model;
    }

    private static float[] answers(Classifier model, Batch images) {
        return hasGradient(model)
                ? differentiable(model).gradient(images, new CrossEntropy()).pixels()
                : model.logits(images).values();
    }

    private void assertClose(float[] actual, float[] expected, String where) {
        double largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(actual).as(where).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i])
                    .as("%s, number %d", where, i)
                    .isCloseTo(expected[i], within(tolerance() * largest));
        }
    }

    private List<InputSpec> contracts() {
        int channels = shape().channels();
        List<Double> means =
                IntStream.range(0, channels).mapToObj(c -> 0.4 + 0.1 * c).toList();
        List<Double> deviations =
                IntStream.range(0, channels).mapToObj(c -> 0.25 + 0.125 * c).toList();
        return List.of(
                InputSpec.RAW,
                InputSpec.RAW.withInputMax(255),
                InputSpec.RAW.withNormalization(means, deviations),
                InputSpec.RAW.withInputMax(2).withNormalization(List.of(0.5), List.of(0.25)));
    }

    private static int[][] companies() {
        int[] reversed = IntStream.range(0, SIZE).map(row -> SIZE - 1 - row).toArray();
        return new int[][] {{0}, {SIZE - 1}, {2, 5}, {4, 4, 1}, reversed};
    }

    private Batch images(int size) {
        return images(0, size);
    }

    /** Draws images with 8-bit pixels, including black and white. */
    private Batch images(int seed, int size) {
        SplittableRandom random = RandomKey.of(seed).with("images").generator();
        float[] pixels = new float[size * shape().size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextInt(8) == 0 ? random.nextInt(2) : random.nextInt(256) / 255f;
        }
        return batch(size, pixels);
    }

    /** Draws images in which every pixel can increase and decrease. */
    private Batch inside(int size) {
        SplittableRandom random = RandomKey.of(1).with("inside").generator();
        float[] pixels = new float[size * shape().size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (256 + random.nextInt(512)) / 1024f;
        }
        return batch(size, pixels);
    }

    private Batch batch(int size, float[] pixels) {
        return new Batch(
                shape(),
                IntStream.range(0, size).map(row -> 1000 - 7 * row).toArray(),
                IntStream.range(0, size).map(row -> row % classes()).toArray(),
                pixels);
    }

    private static Batch moved(Batch images, float[] direction, int sign) {
        float[] pixels = images.pixels().clone();
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] += sign * direction[i];
        }
        return images.withPixels(pixels);
    }

    private static float[] row(float[] values, int row, int length) {
        return Arrays.copyOfRange(values, row * length, (row + 1) * length);
    }
}
