package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.Sha256;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.TrainingHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
    private static final ImageShape SHAPE = new ImageShape(1, 6, 8);
    private static final String DENSE = "flatten, linear 20, relu, linear 3";
    private static final String CONVOLUTIONAL = "conv 6 k3 p1, relu, pool 2, flatten, linear 12, relu, linear 3";
    private static final String WITH_DROPOUT =
            "conv 8 k3 p1, relu, channel-dropout 0.25, pool 2, flatten, linear 24, relu, dropout 0.5, linear 3";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {DENSE, CONVOLUTIONAL, WITH_DROPOUT})
    void sameSeedGivesSameBytesAndAnotherSeedOthers(String description) throws IOException {
        Trainer trainer = new Trainer(2, 32, 0.003, 5);
        byte[] first = trained(trainer, description, "first");
        assertThat(trained(trainer, description, "second")).isEqualTo(first);
        assertThat(trained(trainer.withSeed(6), description, "third")).isNotEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(strings = {DENSE, CONVOLUTIONAL, WITH_DROPOUT, "linear 3"})
    void learnsWhatIsSeparable(String description) {
        ImageShape input = description.startsWith("linear") ? new ImageShape(SHAPE.size(), 1, 1) : SHAPE;
        List<TrainingHistory.Epoch> epochs = new ArrayList<>();
        Dataset train = Samples.bars(SHAPE, 3, 600, 1);
        Dataset test = Samples.bars(SHAPE, 3, 200, 2);
        try (NetworkClassifier model = new Trainer(8, 25, 0.01, 3)
                .train(Samples.network(input, description), train, test, listener(epochs, new ArrayList<>()))) {
            TrainingHistory.Epoch last = epochs.get(epochs.size() - 1);
            assertThat(last.testCorrect()).isEqualTo(200);
            assertThat(last.testLoss()).isLessThan(0.05);
            assertThat(last.trainingLoss()).isLessThan(epochs.get(0).trainingLoss());
            Batch batch = test.batch(IntStream.range(0, test.size()).toArray());
            float[] logits = model.logits(batch).values();
            assertThat(model.logits(batch).values())
                    .as("dropout is off outside training")
                    .isEqualTo(logits);
        }
    }

    @Test
    void theListenerHearsEveryStepAndTheLastBatchIsPartial() {
        List<TrainingHistory.Epoch> epochs = new ArrayList<>();
        List<List<Integer>> steps = new ArrayList<>();
        new Trainer(3, 40, 0.001, 0)
                .train(
                        Samples.network(SHAPE, DENSE),
                        Samples.bars(SHAPE, 3, 101, 1),
                        Samples.bars(SHAPE, 3, 7, 2),
                        listener(epochs, steps))
                .close();
        assertThat(steps)
                .isEqualTo(IntStream.rangeClosed(1, 3)
                        .boxed()
                        .flatMap(epoch -> List.of(List.of(epoch, 40), List.of(epoch, 40), List.of(epoch, 21)).stream())
                        .toList());
        assertThat(epochs).extracting(TrainingHistory.Epoch::number).containsExactly(1, 2, 3);
        assertThat(epochs).allSatisfy(epoch -> {
            assertThat(epoch.trainingExamples()).isEqualTo(101);
            assertThat(epoch.testExamples()).isEqualTo(7);
            assertThat(epoch.trainingCorrect()).isBetween(0, 101);
            assertThat(epoch.testCorrect()).isBetween(0, 7);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 101, 102, Integer.MAX_VALUE})
    void anyBatchSizeSeesEveryExample(int batchSize) {
        List<List<Integer>> steps = new ArrayList<>();
        new Trainer(1, batchSize, 0.001, 0)
                .train(
                        Samples.network(SHAPE, DENSE),
                        Samples.bars(SHAPE, 3, 101, 1),
                        Samples.bars(SHAPE, 3, 1, 2),
                        listener(new ArrayList<>(), steps))
                .close();
        assertThat(steps.stream().mapToInt(step -> step.get(1)).sum()).isEqualTo(101);
        assertThat(steps).hasSize(batchSize >= 101 ? 1 : (101 + batchSize - 1) / batchSize);
    }

    @ParameterizedTest
    @ValueSource(strings = {DENSE, WITH_DROPOUT})
    void whatIsSavedIsReadBack(String description) throws IOException {
        Path file = folder.resolve("a").resolve("model.safetensors");
        Batch batch = Samples.batch(SHAPE, 3, 5, 9);
        List<TrainingHistory.Epoch> epochs = new ArrayList<>();
        ModelCard card;
        float[] logits;
        try (NetworkClassifier model = new Trainer(2, 50, 0.01, -17)
                .train(
                        Samples.network(SHAPE, description),
                        Samples.bars(SHAPE, 3, 90, 1),
                        Samples.bars(SHAPE, 3, 30, 2),
                        listener(epochs, new ArrayList<>()))) {
            model.save(file);
            model.save(file);
            card = model.card();
            logits = model.logits(batch).values();
        }
        try (DifferentiableClassifier read = Models.load(file)) {
            assertThat(read.logits(batch).values()).isEqualTo(logits);
            assertThat(read.card())
                    .isEqualTo(new ModelCard(
                            card.name(),
                            card.architecture(),
                            card.parameters().orElseThrow(),
                            card.sha256().orElseThrow(),
                            Optional.of(file.toString()),
                            card.engine(),
                            card.training()));
        }
        assertThat(card.location()).isEmpty();
        assertThat(card.sha256()).hasValue(Sha256.of(Files.readAllBytes(file)));
        TrainingHistory history = card.training().orElseThrow();
        assertThat(history.epochs()).isEqualTo(epochs).hasSize(2);
        assertThat(history.seed()).isEqualTo(-17);
        assertThat(history.batchSize()).isEqualTo(50);
        assertThat(history.learningRate()).isEqualTo(0.01);
        assertThat(history.optimizer()).isEqualTo("adam");
        assertThat(history.data()).isEqualTo(Samples.bars(SHAPE, 3, 3, 1).origin());
        try (var files = Files.list(file.getParent())) {
            assertThat(files).as("nothing half-written is left").containsExactly(file);
        }
    }

    @Test
    void aLearningRateThatBreaksTheWeightsIsAnError() {
        // without ReLU nothing can die, so 40 products of weights that moved by 1 are beyond the range of floats
        String deep = "flatten, " + "linear 64, ".repeat(40) + "linear 3";
        BadInput.refused(
                () -> new Trainer(5, 10, 1, 0)
                        .train(
                                Samples.network(SHAPE, deep),
                                Samples.bars(SHAPE, 3, 300, 1),
                                Samples.bars(SHAPE, 3, 30, 2),
                                TrainingListener.NONE),
                "NaN or infinite",
                "lower the learning rate (now 1.0)");
    }

    @Test
    void badOptionsAreRefused() {
        BadInput.refused(() -> new Trainer(0, 1, 0.1, 0), "epochs", "got 0");
        BadInput.refused(() -> Trainer.defaults().withEpochs(-1), "epochs", "got -1");
        BadInput.refused(() -> new Trainer(1, 0, 0.1, 0), "batch size", "got 0");
        BadInput.refused(() -> new Trainer(1, -5, 0.1, 0), "batch size", "got -5");
        for (double rate : new double[] {0, -0.1, 1.0001, 2, Double.NaN, Double.POSITIVE_INFINITY}) {
            BadInput.refused(() -> new Trainer(1, 1, rate, 0), "learning rate", "got " + rate);
        }
    }

    @Test
    void dataThatDoesNotFitIsRefused() {
        Network network = Samples.network(SHAPE, CONVOLUTIONAL);
        Dataset good = Samples.bars(SHAPE, 3, 9, 1);
        Dataset empty = Samples.bars(SHAPE, 3, 0, 1);
        // as many pixels, but not the same image
        Dataset turned = Samples.bars(new ImageShape(1, 8, 6), 3, 9, 1);
        Dataset small = Samples.bars(new ImageShape(1, 6, 6), 3, 9, 1);
        Dataset more = Samples.bars(SHAPE, 4, 9, 1);
        refused(network, empty, good, "bars", "empty");
        refused(network, good, empty, "bars", "empty");
        refused(network, turned, good, "1x6x8", "1x8x6");
        refused(network, good, turned, "1x6x8", "1x8x6");
        refused(network, small, good, "1x6x8", "1x6x6");
        refused(network, more, good, "3 outputs", "4 classes");
        refused(network, good, more, "3 outputs", "4 classes");
    }

    private static void refused(Network network, Dataset train, Dataset test, String... texts) {
        BadInput.refused(() -> Trainer.defaults().train(network, train, test, TrainingListener.NONE), texts);
    }

    private byte[] trained(Trainer trainer, String description, String name) throws IOException {
        Path file = folder.resolve(name);
        try (NetworkClassifier model = trainer.train(
                Samples.network(SHAPE, description),
                Samples.bars(SHAPE, 3, 150, 1),
                Samples.bars(SHAPE, 3, 40, 2),
                TrainingListener.NONE)) {
            model.save(file);
        }
        return Files.readAllBytes(file);
    }

    private static TrainingListener listener(List<TrainingHistory.Epoch> epochs, List<List<Integer>> steps) {
        return new TrainingListener() {
            @Override
            public void step(int epoch, int examples) {
                steps.add(List.of(epoch, examples));
            }

            @Override
            public void epoch(TrainingHistory.Epoch epoch) {
                epochs.add(epoch);
            }
        };
    }
}
