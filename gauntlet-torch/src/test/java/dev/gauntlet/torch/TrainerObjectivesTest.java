package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrainerObjectivesTest {
    private static final ImageShape SHAPE = new ImageShape(1, 6, 8);
    private static final String CONVOLUTIONAL =
            "conv 6 k3 p1, relu, pool 2, channel-dropout 0.2, flatten, linear 12, relu, dropout 0.25, linear 3";

    @TempDir
    private Path folder;

    static Stream<TrainingObjective> withoutEffect() {
        return Stream.of(
                FastAdversarial.within(0),
                new FastAdversarial(0, 1, true),
                PgdAdversarial.within(0),
                Trades.within(0),
                new Trades(0.3, 3, 0.25, 0, 0),
                new IntervalBounds(0.3, 1, 0, 0.5, 1.1),
                new CrownIntervalBounds(new IntervalBounds(0.3, 1, 0, 0.5, 1.1), 0.5),
                new GaussianAugmentation(0));
    }

    @ParameterizedTest
    @MethodSource("withoutEffect")
    void anObjectiveWithoutEffectGivesTheBitsOfStandardTraining(TrainingObjective objective) {
        Trainer trainer = new Trainer(2, 32, 0.003, 5).withoutGuard();
        assertThat(weights(trainer.withObjective(objective), CONVOLUTIONAL)).isEqualTo(weights(trainer, CONVOLUTIONAL));
    }

    static Stream<TrainingObjective> withEffect() {
        return Stream.of(
                FastAdversarial.within(0.1),
                PgdAdversarial.within(0.1),
                Trades.within(0.1),
                Mart.within(0.1),
                IntervalBounds.within(0.1),
                CrownIntervalBounds.within(0.1),
                new GaussianAugmentation(0.1));
    }

    @ParameterizedTest
    @MethodSource("withEffect")
    void theSameSeedGivesTheSameBytes(TrainingObjective objective) {
        Trainer trainer = new Trainer(2, 32, 0.003, 5)
                .withObjective(objective)
                .withSchedule(LearningRateSchedule.COSINE)
                .withAveraging(0.9)
                .withWeightPerturbation(0.01);
        List<Integer> first = weights(trainer, CONVOLUTIONAL);
        assertThat(weights(trainer, CONVOLUTIONAL)).isEqualTo(first);
        assertThat(weights(trainer.withSeed(6), CONVOLUTIONAL)).isNotEqualTo(first);
        // without a guard both see the same images
        Trainer unguarded = trainer.withoutGuard();
        assertThat(weights(unguarded.withObjective(new Standard()), CONVOLUTIONAL))
                .as("it does something")
                .isNotEqualTo(weights(unguarded, CONVOLUTIONAL));
    }

    /**
     * For two classes and a linear network, the worst image in the ball moves every pixel by epsilon against the difference
     * of the weights, so the loss is log(1 + exp(-(margin - epsilon * L1 norm of the difference))).
     */
    @Test
    void adversarialTrainingOfALogisticRegressionIsItsClosedForm() {
        for (double averaging : new double[] {0, 0.7}) {
            for (double perturbation : new double[] {0, 0.05}) {
                requireClosedForm(0.05, averaging, perturbation);
            }
        }
        requireClosedForm(0, 0, 0);
    }

    private static void requireClosedForm(double epsilon, double averaging, double perturbation) {
        Dataset data = grey(60);
        int steps = 12;
        Trainer trainer = new Trainer(steps, data.size(), 0.02, 4)
                .withObjective(new FastAdversarial(epsilon, 2, false))
                .withSchedule(LearningRateSchedule.TRIANGLE)
                .withAveraging(averaging)
                .withWeightPerturbation(perturbation)
                .withoutGuard();
        Network network = Samples.network(SHAPE, "flatten, linear 2");
        LogisticRegression expected = new LogisticRegression(
                trainer.initialWeights(network),
                data.batch(IntStream.range(0, data.size()).toArray()));
        for (int step = 0; step < steps; step++) {
            double rate = 0.02 * LearningRateSchedule.TRIANGLE.factor((double) step / steps);
            expected.step(epsilon, rate, averaging, perturbation);
        }
        try (NetworkClassifier model = trainer.train(network, data, data, TrainingListener.NONE)) {
            WeightTensor weight = model.weights().values().iterator().next();
            for (int i = 0; i < weight.values().length; i++) {
                assertThat((double) weight.values()[i])
                        .as("weight %d at averaging %s, perturbation %s", i, averaging, perturbation)
                        .isEqualTo(expected.kept(averaging)[i], within(2e-5));
            }
        }
    }

    /** Two classes in pixels between 0.3 and 0.7, so that no perturbation is clipped at black or white. */
    private static Dataset grey(int size) {
        Batch random = Samples.batch(SHAPE, 2, size, 11);
        byte[] labels = new byte[size];
        byte[] pixels = new byte[size * SHAPE.size()];
        for (int i = 0; i < pixels.length; i++) {
            int label = random.labels()[i / SHAPE.size()];
            labels[i / SHAPE.size()] = (byte) label;
            int place = i % SHAPE.size();
            int shift = place % 3 == 0 ? (label == 0 ? 15 : -15) : 0;
            pixels[i] = (byte) (127 + shift + (int) (60 * (random.pixels()[i] - 0.5f)));
        }
        return Samples.dataset(SHAPE, 2, labels, pixels);
    }

    @Test
    void theBestWeightsAreKeptAndNamed() {
        List<Checkpointed> checkpoints = new ArrayList<>();
        List<TrainingHistory.Watched> watched = new ArrayList<>();
        Trainer trainer = new Trainer(6, 20, 0.01, 3)
                .withObjective(PgdAdversarial.within(0.2))
                .withGuard(new Guard(50, 3, 1, 1, 0));
        try (NetworkClassifier model = trainer.train(
                Samples.network(SHAPE, "flatten, linear 20, relu, linear 3"),
                Samples.bars(SHAPE, 3, 300, 1),
                Samples.bars(SHAPE, 3, 60, 2),
                new TrainingListener() {
                    @Override
                    public void watched(TrainingHistory.Watched measured) {
                        watched.add(measured);
                    }

                    @Override
                    public void checkpoint(Checkpoint checkpoint) {
                        checkpoints.add(new Checkpointed(
                                checkpoint.epoch(),
                                checkpoint.best(),
                                values(checkpoint.model()),
                                checkpoint.model().card().sha256().orElseThrow()));
                    }
                })) {
            TrainingHistory history = model.card().training().orElseThrow();
            TrainingHistory.Defense defense = history.defense().orElseThrow();
            assertThat(defense.watched()).isEqualTo(watched).hasSize(6).allSatisfy(entry -> {
                assertThat(entry.examples()).isEqualTo(50);
                assertThat(entry.pgd()).isLessThanOrEqualTo(entry.clean());
                assertThat(entry.fgsm()).isLessThanOrEqualTo(entry.clean());
            });
            int best = watched.stream()
                    .max((a, b) -> a.pgd() != b.pgd() ? a.pgd() - b.pgd() : b.epoch() - a.epoch())
                    .orElseThrow()
                    .epoch();
            assertThat(defense.keptEpoch()).isEqualTo(best);
            assertThat(history.epochs())
                    .allSatisfy(epoch -> assertThat(epoch.trainingExamples())
                            .as("without those held out")
                            .isEqualTo(250));
            Checkpointed kept = checkpoints.get(best - 1);
            assertThat(kept.best()).isTrue();
            assertThat(values(model)).isEqualTo(kept.weights());
            assertThat(checkpoints).extracting(Checkpointed::epoch).containsExactly(1, 2, 3, 4, 5, 6);
        }
    }

    private record Checkpointed(int epoch, boolean best, List<Integer> weights, String sha256) {}

    @Test
    void aTrainingOnBoundsKeepsTheEpochWithTheMostCertificates() {
        Dataset train = Samples.bars(SHAPE, 3, 300, 1);
        List<TrainingHistory.Watched> watched = new ArrayList<>();
        List<Long> byHand = new ArrayList<>();
        double epsilon = 0.2;
        Trainer trainer = new Trainer(8, 20, 0.01, 3)
                .withObjective(new IntervalBounds(epsilon, 0.5, 0, 0.25, 1))
                .withGuard(new Guard(50, 3, 1, 1, 0));
        try (NetworkClassifier model = trainer.train(
                Samples.network(SHAPE, "flatten, linear 20, relu, linear 3"),
                train,
                Samples.bars(SHAPE, 3, 60, 2),
                new TrainingListener() {
                    @Override
                    public void watched(TrainingHistory.Watched measured) {
                        watched.add(measured);
                    }

                    @Override
                    public void checkpoint(Checkpoint checkpoint) {
                        byHand.add(certified(checkpoint.model(), train, epsilon));
                    }
                })) {
            assertThat(watched).hasSize(8);
            assertThat(watched.stream()
                            .map(measured -> (long) measured.certified().orElseThrow())
                            .toList())
                    .isEqualTo(byHand);
            assertThat(watched)
                    .allSatisfy(measured ->
                            assertThat(measured.certified().orElseThrow()).isLessThanOrEqualTo(measured.pgd()));
            int most = watched.stream()
                    .skip(1)
                    .mapToInt(TrainingHistory.Watched::score)
                    .max()
                    .orElseThrow();
            TrainingHistory.Defense defense =
                    model.card().training().orElseThrow().defense().orElseThrow();
            assertThat(watched.get(defense.keptEpoch() - 1).certified()).hasValue(most);
            assertThat(most).as("it can be certified").isGreaterThan(25);
        }
    }

    /** Counts the images held out that intervals in doubles certify. */
    private static long certified(NetworkClassifier model, Dataset train, double epsilon) {
        Watch watch = Watch.of(new Guard(50, 3, 1, 1, 0), IntervalBounds.within(epsilon), 3, train);
        List<WeightTensor> weights = List.copyOf(model.weights().values());
        return IntStream.range(0, train.size())
                .filter(watch::holdsOut)
                .filter(id -> {
                    Batch one = train.batch(id);
                    double[] lower = new double[20];
                    double[] upper = new double[20];
                    for (int unit = 0; unit < 20; unit++) {
                        lower[unit] = weights.get(1).values()[unit];
                        upper[unit] = lower[unit];
                        for (int p = 0; p < SHAPE.size(); p++) {
                            double w = weights.get(0).values()[unit * SHAPE.size() + p];
                            double low = w * Math.max(0, one.pixels()[p] - epsilon);
                            double high = w * Math.min(1, one.pixels()[p] + epsilon);
                            lower[unit] += Math.min(low, high);
                            upper[unit] += Math.max(low, high);
                        }
                    }
                    int label = one.labels()[0];
                    for (int k = 0; k < 3; k++) {
                        double worst =
                                weights.get(3).values()[k] - weights.get(3).values()[label];
                        for (int unit = 0; unit < 20; unit++) {
                            double w = (double) weights.get(2).values()[k * 20 + unit]
                                    - weights.get(2).values()[label * 20 + unit];
                            worst += w * Math.max(0, w > 0 ? upper[unit] : lower[unit]);
                        }
                        if (k != label && worst >= 0) {
                            return false;
                        }
                    }
                    return true;
                })
                .count();
    }

    @Test
    void catastrophicOverfittingIsSaidAndTheTrainingContinuesMoreCarefully() {
        List<String> findings = new ArrayList<>();
        // with a gap this small, every difference between FGSM and PGD counts
        Trainer trainer = new Trainer(4, 20, 0.01, 3)
                .withObjective(FastAdversarial.within(0.25))
                .withGuard(new Guard(60, 10, 1e-6, 1, 0));
        try (NetworkClassifier model = trainer.train(
                Samples.network(SHAPE, "flatten, linear 20, relu, linear 3"),
                Samples.bars(SHAPE, 3, 300, 1),
                Samples.bars(SHAPE, 3, 60, 2),
                new TrainingListener() {
                    @Override
                    public void finding(String finding) {
                        findings.add(finding);
                    }
                })) {
            TrainingHistory.Defense defense =
                    model.card().training().orElseThrow().defense().orElseThrow();
            assertThat(defense.objective()).isEqualTo("fast:clamp-start=false,relative-step=1.25");
            assertThat(defense.findings()).isEqualTo(findings);
            List<String> overfitting = findings.stream()
                    .filter(finding -> finding.startsWith("Catastrophic overfitting in epoch"))
                    .toList();
            assertThat(overfitting).isNotEmpty();
            assertThat(overfitting.get(0))
                    .contains("robust under FGSM, but only")
                    .contains("pgd:ramp=0.0,relative-step=0.625,steps=2 and half the learning rate");
        }
    }

    @Test
    void overfittingInTheLastEpochLeavesTheWeightsOfThatEpoch() {
        Dataset test = Samples.bars(SHAPE, 3, 60, 2);
        Trainer trainer = new Trainer(1, 20, 0.01, 3)
                .withObjective(FastAdversarial.within(0.25))
                .withGuard(new Guard(60, 10, 1e-6, 1, 0));
        try (NetworkClassifier model = trainer.train(
                Samples.network(SHAPE, "flatten, linear 20, relu, linear 3"),
                Samples.bars(SHAPE, 3, 300, 1),
                test,
                TrainingListener.NONE)) {
            TrainingHistory history = model.card().training().orElseThrow();
            assertThat(history.defense().orElseThrow().findings())
                    .singleElement()
                    .asString()
                    .startsWith("Catastrophic overfitting in epoch 1, the last one");
            Batch all = test.batch(IntStream.range(0, test.size()).toArray());
            Logits logits = model.logits(all);
            long correct = IntStream.range(0, test.size())
                    .filter(row -> logits.prediction(row) == all.labels()[row])
                    .count();
            assertThat(correct).isEqualTo(history.epochs().get(0).testCorrect());
            // guessing would give a third
            assertThat(correct).isGreaterThan(30);
        }
    }

    @Test
    void aFallOfTheAccuracyUnderPgdIsSeen() {
        Dataset train = Samples.bars(SHAPE, 3, 500, 1);
        Watch watch = Watch.of(Guard.defaults(), FastAdversarial.within(0.1), 0, train);
        assertThat(IntStream.range(0, 500).filter(watch::holdsOut).count()).isEqualTo(100);
        assertThat(watch.overfitting(new TrainingHistory.Watched(1, 100, 90, 80, 70), 0.5))
                .isEmpty();
        assertThat(watch.keepIfBest(new TrainingHistory.Watched(1, 100, 90, 80, 70), Map.of()))
                .isTrue();
        assertThat(watch.keepIfBest(new TrainingHistory.Watched(2, 100, 99, 80, 70), Map.of()))
                .as("as good, but later")
                .isFalse();
        assertThat(watch.overfitting(new TrainingHistory.Watched(2, 100, 90, 86, 70), 0.5))
                .hasValueSatisfying(sign -> assertThat(sign).contains("86.0 %", "70.0 %"));
        assertThat(watch.overfitting(new TrainingHistory.Watched(2, 100, 90, 60, 60), 0.5))
                .isEmpty();
        assertThat(watch.overfitting(new TrainingHistory.Watched(2, 100, 90, 60, 59), 0.5))
                .hasValueSatisfying(sign -> assertThat(sign).contains("from 70.0 % to 59.0 %"));
        assertThat(watch.overfitting(new TrainingHistory.Watched(2, 100, 90, 84, 9), 0.4))
                .as("too early to tell")
                .isEmpty();
        assertThat(watch.overfitting(new TrainingHistory.Watched(2, 100, 90, 85, 9), 0.4))
                .isPresent();
    }

    @Test
    void aNetworkThatLearnsNothingAndAMissingClassAreSaid() {
        Dataset bars = Samples.bars(SHAPE, 3, 90, 1);
        byte[] labels = new byte[90];
        byte[] pixels = new byte[90 * SHAPE.size()];
        for (int i = 0; i < labels.length; i++) {
            // noise whose labels say nothing, and none of them is class 2
            labels[i] = (byte) (i % 2);
            pixels[i * SHAPE.size()] = (byte) (7 * i);
        }
        List<String> findings = new ArrayList<>();
        new Trainer(2, 30, 1e-9, 0)
                .train(
                        Samples.network(SHAPE, "flatten, linear 3"),
                        Samples.dataset(SHAPE, 3, labels, pixels),
                        bars,
                        new TrainingListener() {
                            @Override
                            public void finding(String finding) {
                                findings.add(finding);
                            }
                        })
                .close();
        assertThat(findings).hasSize(2);
        assertThat(findings.get(0)).contains("no example of class 2");
        assertThat(findings.get(1))
                .contains("not learned anything after epoch 1", "guessing gives 33.3 %", "learning rate (now 1.0E-9)");
    }

    @Test
    void boundsOfIntervalsAreSoundAndExactForALinearNetwork() {
        requireSound("flatten, linear 3", true);
        requireSound("flatten, linear 9, relu, linear 5, tanh, linear 3", false);
        requireSound("conv 4 k3 s2 p1, relu, pool 2, flatten, linear 6, leaky-relu 0.1, linear 3", false);
        requireSound("conv 4 k3 p1, sigmoid, average-pool 2, flatten, linear 6, elu, linear 3", false);
    }

    private static void requireSound(String description, boolean exact) {
        for (double linearShare : new double[] {0, 1, 0.5}) {
            requireSound(description, exact, linearShare);
        }
    }

    private static void requireSound(String description, boolean exact, double linearShare) {
        Network network = Samples.network(SHAPE, description);
        Batch clean = Samples.batch(SHAPE, 3, 5, 3);
        float radius = 0.05f;
        float[] lower = clean.pixels().clone();
        float[] upper = clean.pixels().clone();
        for (int i = 0; i < lower.length; i++) {
            lower[i] -= radius;
            upper[i] += radius;
        }
        Map<String, WeightTensor> weights = Samples.weights(network, 8);
        float[] worst = Steps.worstLogits(network, weights, clean, lower, upper, linearShare);
        float[] highest = new float[worst.length];
        Arrays.fill(highest, Float.NEGATIVE_INFINITY);
        try (NetworkClassifier model = Samples.classifier(network, weights)) {
            for (int draw = 0; draw < 300; draw++) {
                Batch random = Samples.batch(SHAPE, 3, 5, 100 + draw);
                float[] x = lower.clone();
                for (int i = 0; i < x.length; i++) {
                    x[i] += 2 * radius * Math.round(random.pixels()[i]);
                }
                float[] logits = model.logits(clean.withPixels(x)).values();
                for (int i = 0; i < worst.length; i++) {
                    int label = clean.labels()[i / 3];
                    highest[i] = Math.max(highest[i], logits[i] - logits[i / 3 * 3 + label]);
                }
            }
        }
        for (int i = 0; i < worst.length; i++) {
            assertThat(worst[i]).as(description).isGreaterThanOrEqualTo(highest[i] - 1e-5f);
            if (i % 3 == clean.labels()[i / 3]) {
                assertThat(worst[i]).isZero();
            }
        }
        if (exact) {
            float[] w = weights.values().iterator().next().values();
            float[] b = List.copyOf(weights.values()).get(1).values();
            for (int i = 0; i < worst.length; i++) {
                int label = clean.labels()[i / 3];
                double sum = b[i % 3] - b[label];
                for (int p = 0; p < SHAPE.size(); p++) {
                    double difference = w[i % 3 * SHAPE.size() + p] - w[label * SHAPE.size() + p];
                    sum += difference * clean.pixels()[i / 3 * SHAPE.size() + p] + radius * Math.abs(difference);
                }
                assertThat((double) worst[i]).isEqualTo(sum, within(1e-4));
            }
        }
    }

    @Test
    void aReluAfterAReluAndAPoolIsTrained() {
        // the output of the first is needed for its derivative, so that the second may not overwrite it
        assertThat(weights(new Trainer(1, 50, 0.01, 3), "conv 3 k3, relu, pool 2, relu, flatten, linear 3"))
                .isNotEmpty();
    }

    @Test
    void derivativesOfBoundsAreThoseByDifferences() {
        for (double linearShare : new double[] {0, 1, 0.3}) {
            requireDerivatives("flatten, linear 6, relu, linear 5, leaky-relu 0.2, linear 3", linearShare);
            requireDerivatives("conv 3 k3 s2 p1, relu, pool 2, flatten, linear 5, sigmoid, linear 3", linearShare);
        }
    }

    private static void requireDerivatives(String description, double linearShare) {
        Network network = Samples.network(SHAPE, description);
        Batch clean = Samples.batch(SHAPE, 3, 2, 3);
        float[] lower = clean.pixels().clone();
        float[] upper = clean.pixels().clone();
        for (int i = 0; i < lower.length; i++) {
            lower[i] -= 0.05f;
            upper[i] += 0.05f;
        }
        float[] factors = {0.5f, -1, 0.25f, 1, 0.75f, -0.5f};
        Map<String, WeightTensor> weights = Samples.weights(network, 8);
        List<float[]> derivatives =
                Steps.derivativesOfWorstLogits(network, weights, clean, lower, upper, linearShare, factors);
        int tensor = 0;
        for (WeightTensor weight : weights.values()) {
            float[] values = weight.values();
            for (int i = 0; i < values.length; i += 1 + values.length / 4) {
                double expected = 0;
                float middle = values[i];
                for (int sign : new int[] {1, -1}) {
                    values[i] = middle + sign * 2e-3f;
                    float[] worst = Steps.worstLogits(network, weights, clean, lower, upper, linearShare);
                    for (int k = 0; k < worst.length; k++) {
                        expected += sign * factors[k] * worst[k] / 4e-3;
                    }
                }
                values[i] = middle;
                assertThat((double) derivatives.get(tensor)[i])
                        .as("%s, share %s, tensor %d, weight %d", description, linearShare, tensor, i)
                        .isEqualTo(expected, within(0.01 * Math.max(1, Math.abs(expected))));
            }
            tensor++;
        }
    }

    @Test
    void networksWithoutBoundsAreRefused() {
        Trainer trainer = new Trainer(1, 20, 0.01, 3).withObjective(IntervalBounds.within(0.1));
        Dataset data = Samples.bars(SHAPE, 3, 60, 1);
        BadInput.refused(
                () -> trainer.train(
                        Samples.network(SHAPE, "flatten, linear 9, gelu, linear 3"), data, data, TrainingListener.NONE),
                "'gelu'",
                "interval bounds");
        BadInput.refused(
                () -> trainer.train(
                        Samples.network(SHAPE, "flatten, linear 3, relu"), data, data, TrainingListener.NONE),
                "ends with 'relu'");
    }

    @Test
    void badOptionsAreRefused() {
        BadInput.refused(() -> Trainer.defaults().withAveraging(1), "at least 0 and below 1, got 1.0");
        BadInput.refused(() -> Trainer.defaults().withWeightPerturbation(-0.5), "from 0 to 1, got -0.5");
        BadInput.refused(() -> new Guard(0, 10, 0.15, 0.1, 0), "at least 1 image, got 0");
        BadInput.refused(() -> new Guard(1, 0, 0.15, 0.1, 0), "at least 1 step, got 0");
        BadInput.refused(() -> new Guard(1, 1, 0, 0.1, 0), "gap", "got 0.0");
        BadInput.refused(() -> new Guard(1, 1, 0.1, 2, 0), "drop", "got 2.0");
        BadInput.refused(() -> new Guard(1, 1, 0.1, 0.1, 1.5), "share of the training", "got 1.5");
    }

    @Test
    void theRecordOfTheDefenseIsReadBack() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Trainer trainer = new Trainer(2, 30, 0.01, 3)
                .withObjective(Trades.within(0.1))
                .withSchedule(LearningRateSchedule.TRIANGLE)
                .withAveraging(0.5);
        TrainingHistory history;
        try (NetworkClassifier model = trainer.train(
                Samples.network(SHAPE, "flatten, linear 3"),
                Samples.bars(SHAPE, 3, 90, 1),
                Samples.bars(SHAPE, 3, 30, 2),
                TrainingListener.NONE)) {
            model.save(file);
            history = model.card().training().orElseThrow();
        }
        try (var read = Models.load(file)) {
            assertThat(read.card().training()).hasValue(history);
        }
        TrainingHistory.Defense defense = history.defense().orElseThrow();
        assertThat(defense.objective()).isEqualTo("trades:beta=1.0,ramp=0.2,relative-step=0.25,steps=10");
        assertThat(defense.epsilon()).isEqualTo(0.1);
        assertThat(defense.schedule()).isEqualTo("triangle");
        assertThat(defense.modifiers()).containsExactly("averaging=0.5");
        assertThat(defense.startedFrom()).isEmpty();
    }

    @Test
    void aTrainingGoesOnFromTheWeightsOfAModel() throws IOException {
        Dataset train = Samples.bars(SHAPE, 3, 200, 1);
        Dataset test = Samples.bars(SHAPE, 3, 60, 2);
        Network network = Samples.network(
                SHAPE, "conv 4 k3 p1 nobias, batchnorm, relu, pool 2, flatten, linear 9, batchnorm, relu, linear 3");
        InputSpec contract = InputSpec.RAW.withNormalization(List.of(0.3), List.of(0.4));
        Map<String, WeightTensor> weights = Samples.weights(network, 8);
        try (NetworkClassifier model = new NetworkClassifier(
                        network, weights, Optional.empty(), Optional.of("abc"), Optional.empty(), contract, List.of());
                NetworkClassifier same =
                        new Trainer(1, 50, 1e-12, 0).fineTune(model, train, test, TrainingListener.NONE);
                NetworkClassifier better = new Trainer(4, 50, 0.01, 0)
                        .withObjective(FastAdversarial.within(0.1))
                        .fineTune(model, train, test, TrainingListener.NONE)) {
            Batch batch = test.batch(IntStream.range(0, 60).toArray());
            float[] before = model.logits(batch).values();
            float[] after = same.logits(batch).values();
            for (int i = 0; i < before.length; i++) {
                assertThat(after[i]).isEqualTo(before[i], within(2e-4f));
            }
            assertThat(same.network().description())
                    .isEqualTo("conv 4 k3 s1 p1, relu, pool 2, flatten, linear 9, relu, linear 3");
            assertThat(better.card().contract()).isEqualTo(contract);
            TrainingHistory history = better.card().training().orElseThrow();
            assertThat(history.defense().orElseThrow().startedFrom()).hasValue("abc");
            assertThat(history.epochs().get(3).trainingLoss())
                    .isLessThan(history.epochs().get(0).trainingLoss());
            Path file = folder.resolve("tuned.safetensors");
            better.save(file);
            try (var read = Models.load(file)) {
                assertThat(read.card().contract()).isEqualTo(contract);
                assertThat(read.logits(batch).values())
                        .isEqualTo(better.logits(batch).values());
            }
        }
        Network strange = Samples.network(SHAPE, "conv 4 k3 p1, relu, batchnorm, flatten, linear 3");
        try (NetworkClassifier model = Samples.classifier(strange, 3)) {
            BadInput.refused(
                    () -> Trainer.defaults().fineTune(model, train, test, TrainingListener.NONE),
                    "does not follow 'conv' or 'linear'");
        }
    }

    private static List<Integer> weights(Trainer trainer, String description) {
        try (NetworkClassifier model = trainer.train(
                Samples.network(SHAPE, description),
                Samples.bars(SHAPE, 3, 150, 1),
                Samples.bars(SHAPE, 3, 40, 2),
                TrainingListener.NONE)) {
            return values(model);
        }
    }

    /** Returns all weights as their bits, which have an equality. */
    private static List<Integer> values(NetworkClassifier model) {
        return model.weights().values().stream()
                .flatMap(weight -> IntStream.range(0, weight.values().length)
                        .mapToObj(i -> Float.floatToRawIntBits(weight.values()[i])))
                .toList();
    }
}
