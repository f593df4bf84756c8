package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.torch.objective.CrownIntervalBounds;
import dev.gauntlet.torch.objective.FastAdversarial;
import dev.gauntlet.torch.objective.GaussianAugmentation;
import dev.gauntlet.torch.objective.IntervalBounds;
import dev.gauntlet.torch.objective.LearningRateSchedule;
import dev.gauntlet.torch.objective.Mart;
import dev.gauntlet.torch.objective.PgdAdversarial;
import dev.gauntlet.torch.objective.Standard;
import dev.gauntlet.torch.objective.Trades;
import dev.gauntlet.torch.objective.TrainingObjective;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrainingJournalTest {
    private static final ImageShape SHAPE = new ImageShape(1, 6, 8);
    private static final Network NETWORK = Samples.network(
            SHAPE, "conv 6 k3 p1, relu, pool 2, channel-dropout 0.2, flatten, linear 12, relu, dropout 0.25, linear 3");
    private static final Dataset TRAIN = Samples.bars(SHAPE, 3, 150, 1);
    private static final Dataset TEST = Samples.bars(SHAPE, 3, 40, 2);

    @TempDir
    private Path folder;

    /** Ends a training in the middle of an epoch. */
    private static final class Interruption extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    static Stream<TrainingObjective> objectives() {
        return Stream.of(
                new Standard(),
                FastAdversarial.within(0.1),
                PgdAdversarial.within(0.1),
                Trades.within(0.1),
                Mart.within(0.1),
                IntervalBounds.within(0.1),
                CrownIntervalBounds.within(0.1),
                new GaussianAugmentation(0.1));
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void anInterruptedTrainingContinuesToTheSameBytes(TrainingObjective objective) throws IOException {
        requireSameBytes(new Trainer(5, 32, 0.003, 5)
                .withObjective(objective)
                .withSchedule(LearningRateSchedule.COSINE)
                .withAveraging(0.9)
                .withWeightPerturbation(0.01));
        requireSameBytes(new Trainer(5, 32, 0.003, 6)
                .withObjective(objective)
                .withSchedule(LearningRateSchedule.TRIANGLE)
                .withoutGuard());
    }

    @Test
    void whatTheGuardDidIsContinued() throws IOException {
        // with a gap this small, every difference between FGSM and PGD counts
        Trainer trainer = new Trainer(5, 20, 0.01, 3)
                .withObjective(FastAdversarial.within(0.25))
                .withAveraging(0.9)
                .withGuard(new Guard(30, 10, 1e-6, 1, 0));
        TrainingHistory.Defense defense = requireSameBytes(trainer).defense().orElseThrow();
        assertThat(defense.findings())
                .as("it went back before an interruption")
                .anyMatch(text -> text.matches("Catastrophic overfitting in epoch [1-4]:.*"));
    }

    /** Interrupts a training in its third epoch and again in its fifth, and compares with an undisturbed one. */
    private TrainingHistory requireSameBytes(Trainer trainer) throws IOException {
        Path expected = folder.resolve("undisturbed.safetensors");
        TrainingHistory record = trained(trainer, expected, TrainingListener.NONE);
        Path journal = Files.createTempDirectory(folder, "journal");
        Trainer journaled = trainer.withJournal(journal);
        Path file = folder.resolve("continued.safetensors");
        List<Integer> continued = new ArrayList<>();
        for (int epoch : new int[] {3, 5}) {
            assertThatThrownBy(() -> trained(journaled, file, new TrainingListener() {
                        @Override
                        public void continued(int epochs) {
                            continued.add(epochs);
                        }

                        @Override
                        public void step(int number, int examples) {
                            if (number == epoch) {
                                throw new Interruption();
                            }
                        }
                    }))
                    .isInstanceOf(Interruption.class);
        }
        List<Integer> epochs = new ArrayList<>();
        trained(journaled, file, new TrainingListener() {
            @Override
            public void continued(int finished) {
                continued.add(finished);
            }

            @Override
            public void epoch(TrainingHistory.Epoch epoch) {
                epochs.add(epoch.number());
            }
        });
        assertThat(continued).containsExactly(2, 4);
        assertThat(epochs).containsExactly(5);
        assertThat(file).hasSameBinaryContentAs(expected);
        // all epochs are finished now
        trained(journaled, file, TrainingListener.NONE);
        assertThat(file).hasSameBinaryContentAs(expected);
        return record;
    }

    private static TrainingHistory trained(Trainer trainer, Path file, TrainingListener listener) {
        try (NetworkClassifier model = trainer.train(NETWORK, TRAIN, TEST, listener)) {
            model.save(file);
            return model.card().training().orElseThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aModelTrainedFurtherIsContinuedToo() throws IOException {
        Trainer trainer = new Trainer(3, 32, 0.003, 5).withObjective(FastAdversarial.within(0.1));
        Path expected = folder.resolve("undisturbed.safetensors");
        Path file = folder.resolve("continued.safetensors");
        try (NetworkClassifier model = Samples.classifier(NETWORK, 3);
                NetworkClassifier other = Samples.classifier(NETWORK, 4)) {
            try (NetworkClassifier better = trainer.fineTune(model, TRAIN, TEST, TrainingListener.NONE)) {
                better.save(expected);
            }
            Trainer journaled = trainer.withJournal(folder);
            assertThatThrownBy(() -> journaled.fineTune(model, TRAIN, TEST, new TrainingListener() {
                        @Override
                        public void step(int epoch, int examples) {
                            if (epoch == 2) {
                                throw new Interruption();
                            }
                        }
                    }))
                    .isInstanceOf(Interruption.class);
            BadInput.refused(
                    () -> journaled.fineTune(other, TRAIN, TEST, TrainingListener.NONE), "initial weights was");
            try (NetworkClassifier better = journaled.fineTune(model, TRAIN, TEST, TrainingListener.NONE)) {
                better.save(file);
            }
        }
        assertThat(file).hasSameBinaryContentAs(expected);
    }

    @Test
    void theJournalOfAnotherTrainingIsRefusedWithWhatDiffers() {
        Trainer trainer = new Trainer(1, 50, 0.003, 5).withJournal(folder);
        Path file = folder.resolve("model.safetensors");
        trained(trainer, file, TrainingListener.NONE);
        BadInput.refused(
                () -> trained(trainer.withEpochs(2).withSeed(7), file, TrainingListener.NONE),
                "is of another training",
                "epochs was 1 and is 2; seed was 5 and is 7");
        BadInput.refused(
                () -> trained(trainer.withObjective(Trades.within(0.1)), file, TrainingListener.NONE),
                "objective was standard and is trades:beta=1.0",
                "epsilon was 0.0 and is 0.1");
        BadInput.refused(() -> trained(trainer.withBatchSize(49), file, TrainingListener.NONE), "batch size was 50");
        BadInput.refused(
                () -> trained(trainer.withLearningRate(0.1), file, TrainingListener.NONE), "learning rate was 0.003");
        BadInput.refused(
                () -> trained(trainer.withSchedule(LearningRateSchedule.COSINE), file, TrainingListener.NONE),
                "schedule was constant and is cosine");
        BadInput.refused(() -> trained(trainer.withAveraging(0.5), file, TrainingListener.NONE), "averaging was 0.0");
        BadInput.refused(
                () -> trained(trainer.withWeightPerturbation(0.5), file, TrainingListener.NONE),
                "weight perturbation was 0.0");
        BadInput.refused(() -> trained(trainer.withoutGuard(), file, TrainingListener.NONE), "guard was Guard[");
        BadInput.refused(
                () -> trainer.train(NETWORK, Samples.bars(SHAPE, 3, 151, 1), TEST, TrainingListener.NONE),
                "training data was bars sample, 150 images");
        BadInput.refused(
                () -> trainer.train(NETWORK, Samples.bars(SHAPE, 3, 150, 9), TEST, TrainingListener.NONE),
                "training data was bars sample, 150 images");
        BadInput.refused(
                () -> trainer.train(Samples.network(SHAPE, "flatten, linear 3"), TRAIN, TEST, TrainingListener.NONE),
                "network was 1x6x8, conv 6");
    }

    @Test
    void whatAKilledProcessWasWritingIsDeleted() throws IOException {
        Path unfinished = Files.createFile(folder.resolve(".training.safetensors-1.tmp"));
        Path weights = Files.createFile(folder.resolve(".training-last.safetensors-2.tmp"));
        Path other = Files.createFile(folder.resolve(".model.safetensors-3.tmp"));

        trained(new Trainer(1, 50, 0.003, 5).withJournal(folder), folder.resolve("m"), TrainingListener.NONE);

        assertThat(unfinished).doesNotExist();
        assertThat(weights).doesNotExist();
        assertThat(other).exists();
    }

    @Test
    void aDamagedJournalIsRefused() throws IOException {
        Trainer trainer = new Trainer(1, 50, 0.003, 5).withJournal(folder);
        trained(trainer, folder.resolve("model.safetensors"), TrainingListener.NONE);
        Path state = folder.resolve("training.safetensors");
        byte[] content = Files.readAllBytes(state);
        for (int position : new int[] {3, 40, content.length / 2, content.length - 1}) {
            byte[] changed = content.clone();
            changed[position] ^= 1;
            Files.write(state, changed);
            BadInput.refused(
                    () -> trained(trainer, folder.resolve("model.safetensors"), TrainingListener.NONE),
                    "training.safetensors is damaged; delete it");
        }
    }
}
