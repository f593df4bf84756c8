package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.torch.objective.FastAdversarial;
import dev.gauntlet.torch.objective.IntervalBounds;
import dev.gauntlet.torch.objective.PgdAdversarial;
import dev.gauntlet.torch.objective.Standard;
import dev.gauntlet.torch.objective.Trades;
import dev.gauntlet.torch.objective.TrainingObjective;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BatchNormAndResidualTest {
    private static final ImageShape SHAPE = new ImageShape(1, 6, 8);
    private static final ImageShape FOUR = new ImageShape(4, 1, 1);
    private static final String BLOCKS =
            "conv 4 k3 p1, bn, relu, residual(conv 4 k3 p1, bn, relu, conv 4 k3 p1, bn), relu, "
                    + "residual(conv 6 k3 s2 p1, bn, relu | conv 6 k1 s2), flatten, linear 12, bn, relu, linear 3";

    @TempDir
    private Path folder;

    @Test
    void blocksAreReadAndWritten() {
        Network network = Network.parse(BLOCKS, SHAPE);
        assertThat(network.description())
                .isEqualTo(
                        "conv 4 k3 s1 p1, batchnorm, relu, "
                                + "residual(conv 4 k3 s1 p1, batchnorm, relu, conv 4 k3 s1 p1, batchnorm), relu, "
                                + "residual(conv 6 k3 s2 p1, batchnorm, relu | conv 6 k1 s2 p0), flatten, linear 12, batchnorm, relu, linear 3");
        assertThat(Network.parse(network.description(), SHAPE).layers()).isEqualTo(network.layers());
        assertThat(WeightNames.of(network))
                .containsExactly(
                        "0",
                        "1",
                        "3.body.0",
                        "3.body.1",
                        "3.body.3",
                        "3.body.4",
                        "5.body.0",
                        "5.body.1",
                        "5.shortcut.0",
                        "7",
                        "8",
                        "10");
        BadInput.refused(() -> Network.parse("residual(conv 4 k3 p1, flatten, linear 3", SHAPE), "'(' without a ')'");
        BadInput.refused(() -> Network.parse("conv 4 k3), flatten, linear 3", SHAPE), "')' without a '('");
        BadInput.refused(() -> Network.parse("residual, flatten, linear 3", SHAPE), "lacks its layers");
        BadInput.refused(
                () -> Network.parse("residual(conv 4 k3 p1 | conv 4 k1 | conv 4 k1), flatten, linear 3", SHAPE),
                "more than one shortcut");
        BadInput.refused(
                () -> Network.parse("residual(conv 4 k3 p1), flatten, linear 3", SHAPE),
                "adds 4x6x8 to 1x6x8",
                "add a shortcut");
        BadInput.refused(() -> Network.parse("flatten, residual(linear 48, dropout 0.5), linear 3", SHAPE), "dropout");
        BadInput.refused(
                () -> Network.parse("residual(konv 4 k3), flatten, linear 3", SHAPE), "Unknown layer 'konv 4 k3'");
    }

    /** In a step, a channel is normalized with its mean and variance over the batch; outside, with the running ones. */
    @Test
    void aBatchNormIsComputedAsByHand() {
        Network network = Samples.network(FOUR, "batchnorm 0.01, linear 2");
        Batch batch = Samples.batch(FOUR, 2, 3, 5);
        Map<String, WeightTensor> tensors = new LinkedHashMap<>(Samples.weights(network, 8));
        tensors.put("0.running_mean", new WeightTensor(new long[] {4}, new float[] {0.1f, 0.2f, 0.3f, 0.4f}));
        tensors.put("0.running_var", new WeightTensor(new long[] {4}, new float[] {0.5f, 0.6f, 0.7f, 0.8f}));
        double[] mean = new double[4];
        double[] variance = new double[4];
        for (int channel = 0; channel < 4; channel++) {
            for (int row = 0; row < 3; row++) {
                mean[channel] += batch.pixels()[4 * row + channel] / 3.0;
            }
            for (int row = 0; row < 3; row++) {
                variance[channel] += Math.pow(batch.pixels()[4 * row + channel] - mean[channel], 2) / 3;
            }
        }
        Libtorch.load();
        try (LiveWeights live = new LiveWeights(tensors, 0);
                LiveNetwork model = new LiveNetwork(network, live, InputSpec.RAW);
                PointerScope scope = new PointerScope()) {
            requireLogits(
                    model.logits(batch).values(),
                    normalized(batch, tensors, new double[] {0.1, 0.2, 0.3, 0.4}, new double[] {0.5, 0.6, 0.7, 0.8}));
            NetworkStep step = new NetworkStep(network, model, live, batch, 0, RandomKey.of(0), RandomKey.of(0));
            requireLogits(step.forward(batch.pixels()).logits().values(), normalized(batch, tensors, mean, variance));
            Map<String, WeightTensor> after = live.copy();
            double[] runningMean = new double[4];
            double[] runningVariance = new double[4];
            for (int channel = 0; channel < 4; channel++) {
                runningMean[channel] = 0.9 * (channel + 1) / 10 + 0.1 * mean[channel];
                // the running variance is unbiased
                runningVariance[channel] = 0.9 * (channel + 5) / 10 + 0.1 * variance[channel] * 3 / 2;
                assertThat((double) after.get("0.running_mean").values()[channel])
                        .isEqualTo(runningMean[channel], within(1e-6));
                assertThat((double) after.get("0.running_var").values()[channel])
                        .isEqualTo(runningVariance[channel], within(1e-6));
            }
            float[][] expected = normalized(batch, tensors, runningMean, runningVariance);
            requireLogits(model.logits(batch).values(), expected);
            TrainedTensors trained = TrainedTensors.of(network, after);
            try (NetworkClassifier saved = Samples.classifier(network, trained.weights())) {
                requireLogits(saved.logits(batch).values(), expected);
            }
        }
    }

    private static void requireLogits(float[] found, float[][] expected) {
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isEqualTo(expected[i / 2][i % 2], within(1e-5f));
        }
    }

    private static float[][] normalized(
            Batch batch, Map<String, WeightTensor> tensors, double[] mean, double[] variance) {
        float[][] logits = new float[batch.size()][2];
        for (int row = 0; row < batch.size(); row++) {
            for (int k = 0; k < 2; k++) {
                double sum = tensors.get("1.bias").values()[k];
                for (int channel = 0; channel < 4; channel++) {
                    double h =
                            (batch.pixels()[4 * row + channel] - mean[channel]) / Math.sqrt(variance[channel] + 0.01);
                    h = h * tensors.get("0.weight").values()[channel]
                            + tensors.get("0.bias").values()[channel];
                    sum += h * tensors.get("1.weight").values()[4 * k + channel];
                }
                logits[row][k] = (float) sum;
            }
        }
        return logits;
    }

    @Test
    void aBlockAddsItsInputOrItsShortcut() {
        Batch batch = Samples.batch(FOUR, 2, 3, 5);
        for (boolean shortcut : new boolean[] {false, true}) {
            Network network = Samples.network(
                    FOUR,
                    shortcut ? "residual(linear 4, relu | linear 4), linear 2" : "residual(linear 4, relu), linear 2");
            Map<String, WeightTensor> weights = Samples.weights(network, 8);
            try (NetworkClassifier model = Samples.classifier(network, weights)) {
                float[] logits = model.logits(batch).values();
                for (int row = 0; row < 3; row++) {
                    double[] x = new double[4];
                    for (int i = 0; i < 4; i++) {
                        x[i] = batch.pixels()[4 * row + i];
                    }
                    double[] body = product(weights, "0.body.0", x);
                    double[] beside = shortcut ? product(weights, "0.shortcut.0", x) : x;
                    double[] sum = new double[4];
                    for (int i = 0; i < 4; i++) {
                        sum[i] = Math.max(0, body[i]) + beside[i];
                    }
                    double[] expected = product(weights, "1", sum);
                    assertThat((double) logits[2 * row]).isEqualTo(expected[0], within(1e-5));
                    assertThat((double) logits[2 * row + 1]).isEqualTo(expected[1], within(1e-5));
                }
            }
        }
    }

    private static double[] product(Map<String, WeightTensor> weights, String layer, double[] x) {
        float[] w = weights.get(layer + ".weight").values();
        float[] b = weights.get(layer + ".bias").values();
        double[] y = new double[b.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = b[i];
            for (int j = 0; j < x.length; j++) {
                y[i] += w[i * x.length + j] * x[j];
            }
        }
        return y;
    }

    @Test
    void derivativesOfAStepAreThoseByDifferences() {
        Network network = Samples.network(
                SHAPE, "conv 3 k3 p1, bn, sigmoid, residual(conv 3 k3 p1, bn, tanh), flatten, linear 3");
        Batch batch = Samples.batch(SHAPE, 3, 4, 5);
        Map<String, WeightTensor> tensors = new LinkedHashMap<>(Samples.weights(network, 8));
        tensors.putAll(TrainedTensors.initialStatistics(network));
        float[] factors = {0.5f, -1, 0.25f, 1, 0.75f, -0.5f, 0.125f, 1, -1, 0.5f, 0.25f, -0.75f};
        List<float[]> derivatives = derivatives(network, tensors, batch, factors);
        int tensor = 0;
        for (Network.Weighted weighted : network.weighted()) {
            for (String part : List.of(".weight", ".bias")) {
                float[] values = tensors.get(weighted.path() + part).values();
                for (int i = 0; i < values.length; i += 1 + values.length / 3) {
                    float middle = values[i];
                    double expected = 0;
                    for (int sign : new int[] {1, -1}) {
                        values[i] = middle + sign * 5e-3f;
                        float[] logits = logits(network, tensors, batch);
                        for (int k = 0; k < logits.length; k++) {
                            expected += sign * factors[k] * logits[k] / 1e-2;
                        }
                    }
                    values[i] = middle;
                    assertThat((double) derivatives.get(tensor)[i])
                            .as("%s%s %d", weighted.path(), part, i)
                            .isEqualTo(expected, within(0.01 * Math.max(1, Math.abs(expected))));
                }
                tensor++;
            }
        }
    }

    private static float[] logits(Network network, Map<String, WeightTensor> tensors, Batch batch) {
        try (LiveWeights live = new LiveWeights(tensors, 0);
                LiveNetwork model = new LiveNetwork(network, live, InputSpec.RAW);
                PointerScope scope = new PointerScope()) {
            return new NetworkStep(network, model, live, batch, 0, RandomKey.of(0), RandomKey.of(0))
                    .forward(batch.pixels())
                    .logits()
                    .values();
        }
    }

    private static List<float[]> derivatives(
            Network network, Map<String, WeightTensor> tensors, Batch batch, float[] factors) {
        Libtorch.load();
        try (LiveWeights live = new LiveWeights(tensors, 0);
                LiveNetwork model = new LiveNetwork(network, live, InputSpec.RAW);
                PointerScope scope = new PointerScope()) {
            NetworkStep step = new NetworkStep(network, model, live, batch, 0, RandomKey.of(0), RandomKey.of(0));
            step.forward(batch.pixels()).descend(factors);
            TensorVector gradients = step.gradients();
            List<float[]> derivatives = new ArrayList<>();
            for (int i = 0; i < live.parameters().size(); i++) {
                float[] values = new float[Math.toIntExact(gradients.get(i).numel())];
                Libtorch.copy(gradients.get(i).contiguous(), values, 0);
                derivatives.add(values);
            }
            return derivatives;
        }
    }

    static Stream<TrainingObjective> objectives() {
        return Stream.of(
                new Standard(),
                FastAdversarial.within(0.1),
                new PgdAdversarial(0.1, 3, 0.5, 0.2),
                new Trades(0.1, 3, 0.5, 1, 0.2));
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void aNetworkWithBlocksIsTrainedSavedReadAndContinued(TrainingObjective objective) throws IOException {
        Network network = Network.parse(BLOCKS, SHAPE);
        Dataset train = Samples.bars(SHAPE, 3, 301, 1);
        Dataset test = Samples.bars(SHAPE, 3, 60, 2);
        Batch batch = test.batch(IntStream.range(0, 60).toArray());
        Trainer trainer = new Trainer(4, 30, 0.005, 3)
                .withObjective(objective)
                .withAveraging(0.5)
                .withWeightPerturbation(0.005);
        Path file = folder.resolve("model.safetensors");
        float[] logits;
        try (NetworkClassifier model = trainer.train(network, train, test, TrainingListener.NONE)) {
            TrainingHistory history = model.card().training().orElseThrow();
            assertThat(history.epochs().get(3).testCorrect()).as("it learns").isGreaterThan(50);
            model.save(file);
            logits = model.logits(batch).values();
        }
        try (NetworkClassifier read = (NetworkClassifier) Models.load(file)) {
            assertThat(read.logits(batch).values()).isEqualTo(logits);
            assertThat(read.card().notices()).isEmpty();
            try (var described = Models.load(file, Optional.of(network), InputSpec.RAW, Optional.empty())) {
                assertThat(described.logits(batch).values()).isEqualTo(logits);
            }
            Path again = folder.resolve("again.safetensors");
            read.save(again);
            assertThat(again).hasSameBinaryContentAs(file);
            // trained further, the normalizations are part of the layers before them
            try (NetworkClassifier further =
                    new Trainer(1, 50, 1e-12, 0).fineTune(read, train, test, TrainingListener.NONE)) {
                assertThat(further.network().description())
                        .doesNotContain("batchnorm")
                        .contains("residual(");
                float[] same = further.logits(batch).values();
                for (int i = 0; i < same.length; i++) {
                    assertThat(same[i]).isEqualTo(logits[i], within(1e-3f));
                }
            }
        }
        Path journal = Files.createTempDirectory(folder, "journal");
        RuntimeException interruption = new IllegalStateException("interrupted");
        assertThat(catchThrowable(() -> trainer.withJournal(journal)
                        .train(network, train, test, new TrainingListener() {
                            @Override
                            public void step(int epoch, int examples) {
                                if (epoch == 3) {
                                    throw interruption;
                                }
                            }
                        })))
                .isSameAs(interruption);
        Path continued = folder.resolve("continued.safetensors");
        try (NetworkClassifier model =
                trainer.withJournal(journal).train(network, train, test, TrainingListener.NONE)) {
            model.save(continued);
        }
        assertThat(continued).hasSameBinaryContentAs(file);
    }

    @Test
    void boundsOfTheseLayersAreNotTrained() {
        Dataset data = Samples.bars(SHAPE, 3, 60, 1);
        Trainer trainer = new Trainer(1, 20, 0.01, 3).withObjective(IntervalBounds.within(0.1));
        for (String layers :
                List.of("flatten, linear 9, bn, linear 3", "flatten, residual(linear 48, relu), linear 3")) {
            BadInput.refused(
                    () -> trainer.train(Network.parse(layers, SHAPE), data, data, TrainingListener.NONE),
                    "for which interval bounds cannot be trained");
        }
    }
}
