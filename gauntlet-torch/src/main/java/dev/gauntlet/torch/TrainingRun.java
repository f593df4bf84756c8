package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.torch.objective.Objectives;
import dev.gauntlet.torch.objective.TrainingObjective;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.TensorVector;

/** A training in progress: the weights, and what was measured so far. */
final class TrainingRun implements AutoCloseable {
    private static final int TEST_SLICE = 1000;

    /** A network has not learned if its accuracy is at most this many times that of guessing. */
    private static final double LARGEST_CHANCE_RATIO = 1.5;

    private final Trainer trainer;
    private final Start start;
    private final Dataset train;
    private final Dataset test;
    private final TrainingListener listener;
    private final LiveWeights weights;
    private final LiveNetwork network;
    private final Optional<Watch> watch;

    /** The numbers of the training examples that are not held out. */
    private final int[] ids;

    private final List<TrainingHistory.Epoch> epochs = new ArrayList<>();
    private final List<TrainingHistory.Watched> watched = new ArrayList<>();
    private final List<String> findings = new ArrayList<>();
    private final Optional<TrainingJournal> journal;
    private TrainingObjective objective;
    private boolean saysThatNothingIsLearned;

    /** How often the training went back to better weights after catastrophic overfitting. */
    private int recoveries;

    /**
     * Where a training begins.
     *
     * @param network the layers
     * @param weights weight and bias of each layer in turn, then the means and variances of batch normalizations, by name
     * @param contract the preprocessing
     * @param sha256 the SHA-256 of the weights, if they are not new
     */
    record Start(Network network, Map<String, WeightTensor> weights, InputSpec contract, Optional<String> sha256) {}

    TrainingRun(
            Trainer trainer,
            Start start,
            Dataset train,
            Dataset test,
            TrainingListener listener,
            Optional<TrainingJournal> journal) {
        this.trainer = trainer;
        this.start = start;
        this.train = train;
        this.test = test;
        this.listener = listener;
        this.journal = journal;
        this.objective = trainer.objective();
        if (objective.isOnBounds()) {
            IntervalPass.requireSupported(start.network());
        }
        this.watch = trainer.guard()
                .filter(guard -> objective.epsilon() > 0)
                .map(guard -> Watch.of(guard, objective, trainer.seed(), train));
        this.ids = IntStream.range(0, train.size())
                .filter(id -> watch.isEmpty() || !watch.get().holdsOut(id))
                .toArray();
        this.weights = new LiveWeights(start.weights(), trainer.averaging());
        this.network = new LiveNetwork(start.network(), weights, start.contract());
    }

    /** Trains all epochs and returns the best network; the last one if the training is not watched. */
    NetworkClassifier train() {
        Optional<TrainingState> found = journal.flatMap(TrainingJournal::found);
        found.ifPresentOrElse(this::restore, this::sayMissingClasses);
        for (int epoch = epochs.size() + 1; epoch <= trainer.epochs(); epoch++) {
            TrainingHistory.Epoch measured = trainEpoch(epoch);
            epochs.add(measured);
            listener.epoch(measured);
            if (watch.isPresent()) {
                watch(watch.get(), epoch);
            } else {
                sayIfNothingIsLearned((double) measured.testCorrect() / measured.testExamples(), epoch);
            }
            journal.ifPresent(kept -> kept.write(state()));
        }
        return watch.flatMap(Watch::best)
                .map(best -> described(best.weights(), best.epoch()))
                .orElseGet(() -> described(weights.copy(), trainer.epochs()));
    }

    private TrainingState state() {
        Map<String, WeightTensor> tensors = new LinkedHashMap<>();
        weights.addTo(tensors);
        Optional<Watch.Best> best = watch.flatMap(Watch::best);
        best.ifPresent(kept -> TrainingState.put(tensors, TrainingState.BEST, kept.weights()));
        return new TrainingState(
                new TrainingState.Progress(
                        epochs,
                        watched,
                        findings,
                        recoveries,
                        saysThatNothingIsLearned,
                        weights.optimizerSteps(),
                        best.map(Watch.Best::epoch).orElse(0)),
                tensors);
    }

    /** Continues where another run stopped. */
    private void restore(TrainingState state) {
        weights.restore(state);
        watch.ifPresent(guard -> guard.restore(state));
        TrainingState.Progress progress = state.progress();
        epochs.addAll(progress.epochs());
        watched.addAll(progress.watched());
        findings.addAll(progress.findings());
        saysThatNothingIsLearned = progress.saysThatNothingIsLearned();
        recoveries = progress.recoveries();
        for (int i = 0; i < recoveries; i++) {
            objective = objective.afterOverfitting();
        }
        listener.continued(epochs.size());
    }

    private TrainingHistory.Epoch trainEpoch(int epoch) {
        int[] order = shuffled(RandomKey.of(trainer.seed()).with("shuffle").with(epoch));
        double loss = 0;
        int correct = 0;
        for (int first = 0; first < order.length; first += trainer.batchSize()) {
            int end = (int) Math.min(order.length, (long) first + trainer.batchSize());
            Batch batch = train.batch(Arrays.copyOfRange(order, first, end));
            TrainingObjective.Measurement measured = step(batch, epoch, first, order.length);
            loss += measured.loss();
            correct += measured.correct();
            listener.step(epoch, batch.size());
            if (end == order.length) {
                break;
            }
        }
        Tested tested = test(weights.copy());
        if (!Double.isFinite(loss + tested.loss)) {
            throw new GauntletException("The loss became NaN or infinite in epoch %d; lower the learning rate (now %s)."
                    .formatted(epoch, trainer.learningRate()));
        }
        return new TrainingHistory.Epoch(
                epoch,
                // the loss of MART may be below 0 by a ten-thousandth
                Math.max(0, loss / order.length),
                correct,
                order.length,
                tested.loss / test.size(),
                tested.correct,
                test.size());
    }

    private TrainingObjective.Measurement step(Batch batch, int epoch, int first, int examples) {
        double progress = (epoch - 1 + (double) first / examples) / trainer.epochs();
        double rate = trainer.learningRate()
                * Math.pow(0.5, recoveries)
                * trainer.schedule().factor(progress);
        RandomKey seed = RandomKey.of(trainer.seed());
        try (PointerScope scope = new PointerScope()) {
            NetworkStep step = new NetworkStep(
                    start.network(),
                    network,
                    weights,
                    batch,
                    progress,
                    seed.with("perturbation").with(epoch),
                    seed.with("dropout").with(epoch).with(first));
            float[] attacked = objective.attack(step);
            TrainingObjective.Measurement measured = objective.descend(step, attacked);
            TensorVector gradients = step.gradients();
            if (trainer.weightPerturbation() > 0) {
                LiveWeights.Saved saved = weights.perturb(gradients, trainer.weightPerturbation());
                measured = objective.descend(step, attacked);
                gradients = step.gradients();
                weights.restore(saved);
            }
            weights.step(gradients, rate);
            return measured;
        }
    }

    private void watch(Watch guard, int epoch) {
        Map<String, WeightTensor> now = weights.copy();
        TrainingHistory.Watched measured;
        try (NetworkClassifier model = plain(now)) {
            measured = guard.measure(model, epoch);
        }
        watched.add(measured);
        listener.watched(measured);
        double progress = (double) epoch / trainer.epochs();
        // while epsilon grows, the network has not yet seen what it is measured by
        boolean hasFullEpsilon = progress >= objective.rampEnd();
        Optional<String> overfitting = hasFullEpsilon ? guard.overfitting(measured, progress) : Optional.empty();
        boolean best = hasFullEpsilon && overfitting.isEmpty() && guard.keepIfBest(measured, now);
        overfitting.ifPresent(sign -> recover(guard, sign, epoch));
        sayIfNothingIsLearned((double) measured.clean() / measured.examples(), epoch);
        try (NetworkClassifier model = described(now, epoch)) {
            listener.checkpoint(new Checkpoint(epoch, best, model));
        }
    }

    /** Goes back to the best weights and trains more carefully from there. */
    private void recover(Watch guard, String sign, int epoch) {
        Optional<Watch.Best> best = guard.best();
        String back = best.map(kept -> "the weights of epoch %d".formatted(kept.epoch()))
                .orElse("the weights before the training");
        TrainingObjective remedy = objective.afterOverfitting();
        String change = remedy.equals(objective)
                ? "half the learning rate"
                : "%s and half the learning rate".formatted(Objectives.written(remedy));
        say(
                epoch < trainer.epochs()
                        ? "Catastrophic overfitting in epoch %d: %s. The training continues from %s with %s."
                                .formatted(epoch, sign, back, change)
                        : "Catastrophic overfitting in epoch %d, the last one: %s. Train again with %s."
                                .formatted(epoch, sign, change));
        if (epoch < trainer.epochs()) {
            recoveries++;
            objective = remedy;
            weights.set(best.map(Watch.Best::weights).orElse(start.weights()));
        }
    }

    private void sayIfNothingIsLearned(double accuracy, int epoch) {
        if (accuracy <= LARGEST_CHANCE_RATIO / start.network().classes() && !saysThatNothingIsLearned) {
            saysThatNothingIsLearned = true;
            say(
                    "The network had not learned anything after epoch %d: its accuracy is %.1f %%, and guessing gives %.1f %%. Lower the learning rate (now %s)%s."
                            .formatted(
                                    epoch,
                                    100 * accuracy,
                                    100.0 / start.network().classes(),
                                    trainer.learningRate(),
                                    objective.rampEnd() > 0 ? ", or let epsilon grow more slowly" : ""));
        }
    }

    private void sayMissingClasses() {
        boolean[] seen = new boolean[train.classes().size()];
        for (int id : ids) {
            seen[train.label(id)] = true;
        }
        List<String> missing = IntStream.range(0, seen.length)
                .filter(k -> !seen[k])
                .mapToObj(train.classes()::get)
                .toList();
        if (!missing.isEmpty()) {
            say("The training data has no example of %s, so the network will never predict it correctly."
                    .formatted(String.join(", ", missing)));
        }
    }

    private void say(String finding) {
        findings.add(finding);
        listener.finding(finding);
    }

    private Tested test(Map<String, WeightTensor> now) {
        Tested tested = new Tested();
        try (NetworkClassifier model = plain(now)) {
            for (int first = 0; first < test.size(); first += TEST_SLICE) {
                int[] slice = IntStream.range(first, Math.min(test.size(), first + TEST_SLICE))
                        .toArray();
                Batch batch = test.batch(slice);
                tested.add(batch, model.logits(batch));
            }
        }
        return tested;
    }

    /** Creates a network for measurements only, without the checksum of its weights. */
    private NetworkClassifier plain(Map<String, WeightTensor> now) {
        return classifier(now, Optional.empty(), Optional.of(""));
    }

    private NetworkClassifier described(Map<String, WeightTensor> kept, int epoch) {
        TrainingHistory record = new TrainingHistory(
                train.origin(),
                "adam",
                trainer.learningRate(),
                trainer.batchSize(),
                trainer.seed(),
                epochs,
                trainer.isStandard() && start.sha256().isEmpty() ? Optional.empty() : Optional.of(defense(epoch)));
        return classifier(kept, Optional.of(record), Optional.empty());
    }

    private NetworkClassifier classifier(
            Map<String, WeightTensor> kept, Optional<TrainingHistory> record, Optional<String> sha256) {
        TrainedTensors tensors = TrainedTensors.of(start.network(), kept);
        return new NetworkClassifier(
                start.network(),
                tensors.weights(),
                tensors.normalizations(),
                record,
                sha256,
                Optional.empty(),
                start.contract(),
                List.of());
    }

    private TrainingHistory.Defense defense(int kept) {
        return new TrainingHistory.Defense(
                Objectives.written(trainer.objective()),
                trainer.objective().epsilon(),
                trainer.schedule().id(),
                trainer.modifiers(),
                start.sha256(),
                watched,
                kept,
                findings);
    }

    private int[] shuffled(RandomKey key) {
        SplittableRandom random = key.generator();
        int[] order = new int[ids.length];
        for (int i = 0; i < order.length; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = ids[i];
        }
        return order;
    }

    @Override
    public void close() {
        network.close();
        weights.close();
    }

    /** The sums over the test data. */
    private static final class Tested {
        private double loss;
        private int correct;

        void add(Batch batch, Logits logits) {
            CrossEntropy crossEntropy = new CrossEntropy();
            for (int row = 0; row < batch.size(); row++) {
                int label = batch.labels()[row];
                loss += crossEntropy.value(logits.values(), row * logits.classes(), logits.classes(), label);
                if (logits.prediction(row) == label) {
                    correct++;
                }
            }
        }
    }
}
