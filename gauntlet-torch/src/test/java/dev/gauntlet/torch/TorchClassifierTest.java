package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.testkit.WireRunner;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchClassifierTest {
    private static final ImageShape SHAPE = new ImageShape(1, 9, 9);
    private static final String DENSE = "flatten, linear 30, relu, linear 4";
    private static final String CONVOLUTIONAL =
            "conv 8 k3 p1, relu, pool 2, conv 12 k3, relu, flatten, linear 16, relu, linear 4";
    private static final int CONVOLUTIONAL_SLICE = 200;
    private static final int DENSE_SLICE = 1000;

    @ParameterizedTest
    @ValueSource(strings = {DENSE, CONVOLUTIONAL})
    void anEvaluationIsTheSameForAnyNumberOfWorkers(String description) {
        Dataset data = Samples.bars(SHAPE, 4, 330, 1);
        Plan<DifferentiableClassifier> plan =
                Plan.linf(Fgsm.defaults(), 0.05, 0.1, 0.3).withShardSize(50);
        try (NetworkClassifier model = Samples.classifier(Samples.network(SHAPE, description), 5)) {
            RobustnessReport one = Evaluator.on(new WireRunner(1)).evaluate(model, data, plan);
            for (int workers = 1; workers <= 3; workers++) {
                RobustnessReport other = Evaluator.on(new WireRunner(workers)).evaluate(model, data, plan);
                assertThat(other)
                        .as("%d workers", workers)
                        .usingRecursiveComparison()
                        .ignoringFields("timing")
                        .isEqualTo(one);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, false", "1, false", "2, false", "999, false", "1000, false", "1001, false", "2001, false",
        "0, true", "1, true", "2, true", "199, true", "200, true", "201, true", "401, true"
    })
    void aLargeBatchIsTheSameAsItsSlices(int examples, boolean convolutional) {
        int slice = convolutional ? CONVOLUTIONAL_SLICE : DENSE_SLICE;
        Batch batch = Samples.batch(SHAPE, 4, examples, 3);
        try (NetworkClassifier model =
                Samples.classifier(Samples.network(SHAPE, convolutional ? CONVOLUTIONAL : DENSE), 5)) {
            Gradient whole = model.gradient(batch, new CrossEntropy());
            assertThat(model.logits(batch).values()).isEqualTo(whole.logits().values());
            assertThat(whole.logits().size()).isEqualTo(examples);
            assertThat(whole.losses()).hasSize(examples);
            assertThat(whole.pixels()).hasSize(examples * SHAPE.size());
            for (int first = 0; first < examples; first += slice) {
                int end = Math.min(examples, first + slice);
                Gradient part = model.gradient(Samples.slice(batch, first, end), new CrossEntropy());
                for (int row = first; row < end; row++) {
                    assertThat(whole.losses()[row]).isEqualTo(part.losses()[row - first]);
                    for (int i = 0; i < SHAPE.size(); i++) {
                        assertThat(whole.pixels()[row * SHAPE.size() + i]
                                        == part.pixels()[(row - first) * SHAPE.size() + i])
                                .as("example %d, pixel %d", row, i)
                                .isTrue();
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {DENSE, CONVOLUTIONAL})
    void anExampleDoesNotDependOnItsNeighbours(String description) {
        Batch batch = Samples.batch(SHAPE, 4, 23, 3);
        try (NetworkClassifier model = Samples.classifier(Samples.network(SHAPE, description), 5)) {
            Gradient together = model.gradient(batch, new CrossEntropy());
            for (int row = 0; row < batch.size(); row++) {
                Gradient alone = model.gradient(Samples.slice(batch, row, row + 1), new CrossEntropy());
                // another batch size may add in another order, which costs a float's rounding
                for (int k = 0; k < 4; k++) {
                    assertThat(together.logits().values()[row * 4 + k])
                            .isCloseTo(alone.logits().values()[k], within(1e-5f));
                }
                for (int i = 0; i < SHAPE.size(); i++) {
                    assertThat(together.pixels()[row * SHAPE.size() + i]).isCloseTo(alone.pixels()[i], within(1e-5f));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {DENSE, CONVOLUTIONAL})
    void threadsGetTheSameBitsAsOneAlone(String description) throws ExecutionException, InterruptedException {
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            batches.add(Samples.batch(SHAPE, 4, 50 + i, i));
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (NetworkClassifier model = Samples.classifier(Samples.network(SHAPE, description), 5)) {
            List<Gradient> serial = batches.stream()
                    .map(batch -> model.gradient(batch, new CrossEntropy()))
                    .toList();
            for (int round = 0; round < 5; round++) {
                List<Future<Gradient>> futures = batches.stream()
                        .map(batch -> threads.submit(() -> model.gradient(batch, new CrossEntropy())))
                        .toList();
                for (int i = 0; i < futures.size(); i++) {
                    Gradient concurrent = futures.get(i).get();
                    assertThat(concurrent.logits().values())
                            .isEqualTo(serial.get(i).logits().values());
                    assertThat(concurrent.losses()).isEqualTo(serial.get(i).losses());
                    assertThat(concurrent.pixels()).isEqualTo(serial.get(i).pixels());
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aClosedModelSaysSo() {
        Batch batch = Samples.batch(SHAPE, 4, 2, 3);
        NetworkClassifier model = Samples.classifier(Samples.network(SHAPE, DENSE), 5);
        model.close();
        model.close();
        assertThatThrownBy(() -> model.logits(batch))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("sample is closed");
        assertThatThrownBy(() -> model.gradient(batch, new CrossEntropy()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("sample is closed");
        assertThat(model.card().parameters()).hasValue(81 * 30 + 30 + 30 * 4 + 4);
    }

    /** When one worker fails, the others are still computing while the caller already closes the model. */
    @Test
    void closingWaitsForThoseWhoCompute() throws ExecutionException, InterruptedException {
        Batch batch = Samples.batch(SHAPE, 4, 400, 3);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            for (int round = 0; round < 10; round++) {
                NetworkClassifier model = Samples.classifier(Samples.network(SHAPE, CONVOLUTIONAL), round);
                CountDownLatch computing = new CountDownLatch(3);
                List<Future<String>> futures = new ArrayList<>();
                for (int thread = 0; thread < 3; thread++) {
                    futures.add(threads.submit(() -> computeUntilClosed(model, batch, computing)));
                }
                computing.await();
                model.close();
                for (Future<String> future : futures) {
                    assertThat(future.get()).contains("is closed");
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static String computeUntilClosed(NetworkClassifier model, Batch batch, CountDownLatch computing) {
        while (true) {
            try {
                model.gradient(batch, new CrossEntropy());
                computing.countDown();
            } catch (IllegalStateException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }

    @Test
    void otherImagesAreRefused() {
        try (NetworkClassifier dense = Samples.classifier(Samples.network(SHAPE, DENSE), 5);
                NetworkClassifier convolutional = Samples.classifier(Samples.network(SHAPE, CONVOLUTIONAL), 5);
                NetworkClassifier vectors = Samples.classifier(Network.mlp(81, 4), 5)) {
            Batch flat = Samples.batch(new ImageShape(81, 1, 1), 4, 2, 3);
            Batch colour = Samples.batch(new ImageShape(3, 9, 9), 4, 2, 3);
            Batch image = Samples.batch(SHAPE, 4, 2, 3);
            BadInput.refused(() -> convolutional.logits(flat), "sample", "1x9x9", "81x1x1");
            BadInput.refused(() -> convolutional.gradient(colour, new CrossEntropy()), "1x9x9", "3x9x9");
            BadInput.refused(() -> dense.logits(colour), "1x9x9", "3x9x9");
            assertThat(dense.logits(flat).values())
                    .isEqualTo(dense.logits(image).values());
            assertThat(vectors.logits(flat).values())
                    .isEqualTo(vectors.logits(image).values());
        }
    }

    @Test
    void mistakesInALossAreNotBlamedOnTheModel() {
        Batch batch = new Batch(SHAPE, new int[1], new int[] {77}, new float[81]);
        try (NetworkClassifier model = Samples.classifier(Samples.network(SHAPE, DENSE), 5)) {
            assertThatThrownBy(() -> model.gradient(batch, new CrossEntropy()))
                    .isInstanceOf(ArrayIndexOutOfBoundsException.class);
        }
    }
}
