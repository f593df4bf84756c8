package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.Sha256;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.InMemoryDataset;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.torch.objective.LearningRateSchedule;
import dev.gauntlet.torch.objective.Objectives;
import dev.gauntlet.torch.objective.Standard;
import dev.gauntlet.torch.objective.TrainingObjective;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Trains a network with Adam on the mean cross-entropy or another objective.
 *
 * <p>Weights and biases are initialized uniformly within plus or minus {@code 1 / sqrt(inputs of a unit)}, as in
 * PyTorch's layers; a batch normalization begins as the identity. The same options, network and data give bit-identical weights on the same machine: the random numbers
 * depend on seed, epoch and example only.
 *
 * <p>Batch normalizations use the means and variances of the batch in the steps, and the running ones (a tenth of which each
 * pass replaces) when the adversary searches, as in the programs of TRADES and MART, and when the network is measured or used.
 *
 * <p>A training with an adversary is watched by a {@link Guard}: after each epoch it attacks images of the training data
 * that were held out. The weights that are kept are those of the epoch with the highest accuracy under PGD. After
 * catastrophic overfitting, the training continues from the best weights with half the learning rate, and a single-step
 * objective continues with two steps. Standard training has no guard, because it has no adversary. Every training reports a
 * network that did not learn.
 *
 * <p>Cost: the passes of the objective for each example and epoch, and one forward pass per test example and epoch. A guard
 * needs at most 12 forward and backward passes and some forward passes for each of its images and epochs.
 *
 * <p>Example: {@code Trainer.defaults().withEpochs(3).train(Network.parse("mlp"), train, test, TrainingListener.NONE)}.
 */
public final class Trainer {
    private int epochs;
    private int batchSize;
    private double learningRate;
    private long seed;
    private TrainingObjective objective = new Standard();
    private LearningRateSchedule schedule = LearningRateSchedule.CONSTANT;
    private double averaging;
    private double weightPerturbation;
    private Optional<Guard> guard = Optional.of(Guard.defaults());
    private Optional<Path> journal = Optional.empty();

    /**
     * Creates a trainer for standard training with a constant learning rate.
     *
     * @param epochs the number of passes over the training data, at least 1
     * @param batchSize the number of examples per step, at least 1
     * @param learningRate the step size of Adam, above 0 and at most 1
     * @param seed the seed of the initial weights, the order of the examples, dropout and perturbations
     */
    public Trainer(int epochs, int batchSize, double learningRate, long seed) {
        this.epochs = epochs;
        this.batchSize = batchSize;
        this.learningRate = learningRate;
        this.seed = seed;
        requireValid();
    }

    /** Returns the same trainer, changed in one respect; none is changed once it was handed out. */
    private Trainer with(Consumer<Trainer> change) {
        Trainer copy = new Trainer(epochs, batchSize, learningRate, seed);
        copy.objective = objective;
        copy.schedule = schedule;
        copy.averaging = averaging;
        copy.weightPerturbation = weightPerturbation;
        copy.guard = guard;
        copy.journal = journal;
        change.accept(copy);
        copy.requireValid();
        return copy;
    }

    private void requireValid() {
        if (epochs < 1) {
            throw new GauntletException("The number of epochs must be at least 1, got " + epochs + ".");
        }
        if (batchSize < 1) {
            throw new GauntletException("The batch size must be at least 1, got " + batchSize + ".");
        }
        if (!(learningRate > 0 && learningRate <= 1)) {
            throw new GauntletException("The learning rate must be above 0 and at most 1, got " + learningRate + ".");
        }
        if (!(averaging >= 0 && averaging < 1)) {
            throw new GauntletException(
                    "The averaging of the weights must be at least 0 and below 1, got %s.".formatted(averaging));
        }
        if (!(weightPerturbation >= 0 && weightPerturbation <= 1)) {
            throw new GauntletException(
                    "The perturbation of the weights must be from 0 to 1, got %s.".formatted(weightPerturbation));
        }
    }

    /**
     * Returns 5 epochs of batches of 128 with learning rate 0.001 and seed 0.
     *
     * @return the trainer
     */
    public static Trainer defaults() {
        return new Trainer(5, 128, 1e-3, 0);
    }

    /**
     * Returns the number of passes over the training data.
     *
     * @return at least 1
     */
    public int epochs() {
        return epochs;
    }

    /**
     * Returns the number of examples per step.
     *
     * @return at least 1
     */
    public int batchSize() {
        return batchSize;
    }

    /**
     * Returns the step size of Adam.
     *
     * @return above 0 and at most 1
     */
    public double learningRate() {
        return learningRate;
    }

    /**
     * Returns the seed of the initial weights, the order of the examples, dropout and perturbations.
     *
     * @return any number
     */
    public long seed() {
        return seed;
    }

    /**
     * Returns what is minimized.
     *
     * @return the objective
     */
    public TrainingObjective objective() {
        return objective;
    }

    /**
     * Returns how the learning rate changes.
     *
     * @return the schedule
     */
    public LearningRateSchedule schedule() {
        return schedule;
    }

    /**
     * Returns the share of the running average of the weights that a step keeps.
     *
     * @return at least 0 and below 1; 0 for no averaging
     */
    public double averaging() {
        return averaging;
    }

    /**
     * Returns the share of its norm by which each weight is moved against the training before the gradient is computed.
     *
     * @return from 0 to 1; 0 for no perturbation
     */
    public double weightPerturbation() {
        return weightPerturbation;
    }

    /**
     * Returns what watches a training with an adversary.
     *
     * @return the guard; empty for a training without supervision
     */
    public Optional<Guard> guard() {
        return guard;
    }

    /**
     * Returns the same trainer with another number of epochs.
     *
     * @param number at least 1
     * @return the trainer
     */
    public Trainer withEpochs(int number) {
        return with(copy -> copy.epochs = number);
    }

    /**
     * Returns the same trainer with another batch size.
     *
     * @param examples the number of examples per step, at least 1
     * @return the trainer
     */
    public Trainer withBatchSize(int examples) {
        return with(copy -> copy.batchSize = examples);
    }

    /**
     * Returns the same trainer with another learning rate.
     *
     * @param rate the step size of Adam, above 0 and at most 1
     * @return the trainer
     */
    public Trainer withLearningRate(double rate) {
        return with(copy -> copy.learningRate = rate);
    }

    /**
     * Returns the same trainer with another seed.
     *
     * @param otherSeed any number
     * @return the trainer
     */
    public Trainer withSeed(long otherSeed) {
        return with(copy -> copy.seed = otherSeed);
    }

    /**
     * Returns the same trainer with another objective.
     *
     * @param otherObjective what is minimized
     * @return the trainer
     */
    public Trainer withObjective(TrainingObjective otherObjective) {
        return with(copy -> copy.objective = otherObjective);
    }

    /**
     * Returns the same trainer with another schedule.
     *
     * @param otherSchedule how the learning rate changes
     * @return the trainer
     */
    public Trainer withSchedule(LearningRateSchedule otherSchedule) {
        return with(copy -> copy.schedule = otherSchedule);
    }

    /**
     * Returns the same trainer with a running average of the weights, which is measured and kept instead of the last weights.
     *
     * @param share the share of the average that a step keeps, at least 0 and below 1, such as 0.995; 0 for no averaging
     * @return the trainer
     */
    public Trainer withAveraging(double share) {
        return with(copy -> copy.averaging = share);
    }

    /**
     * Returns the same trainer with perturbed weights: each weight is moved against the training before the gradient is
     * computed, and moved back afterwards. A step costs one forward and one backward pass more.
     *
     * @param share the share of its norm by which each weight is moved, from 0 to 1, such as 0.005; 0 for none
     * @return the trainer
     */
    public Trainer withWeightPerturbation(double share) {
        return with(copy -> copy.weightPerturbation = share);
    }

    /**
     * Returns the same trainer with another guard.
     *
     * @param otherGuard watches a training with an adversary
     * @return the trainer
     */
    public Trainer withGuard(Guard otherGuard) {
        return with(copy -> copy.guard = Optional.of(otherGuard));
    }

    /**
     * Returns the same trainer without a guard: no image is held out, and the last weights are kept.
     *
     * @return the trainer
     */
    public Trainer withoutGuard() {
        return with(copy -> copy.guard = Optional.empty());
    }

    /**
     * Returns the same trainer, keeping the state of the training in a folder after each epoch: after an interruption, however
     * hard, the same training with the same folder continues after the last finished epoch, and gives the weights and the
     * record of an undisturbed run, bit by bit, on the same machine.
     *
     * <p>The journal of another training is refused: of other options, another network, other data, or other versions of
     * Gauntlet and libtorch.
     *
     * @param folder the folder; made if it is not there, and left as it is at the end
     * @return the trainer
     */
    public Trainer withJournal(Path folder) {
        return with(copy -> copy.journal = Optional.of(folder));
    }

    /**
     * Trains a network from new weights.
     *
     * @param network the network
     * @param train the training data
     * @param test the data on which each epoch is evaluated; not used for training
     * @param listener receives the progress, in the calling thread
     * @return the trained network, to be closed by the caller
     * @throws GauntletException if the data does not fit the network, or the weights become NaN or infinite
     */
    public NetworkClassifier train(Network network, Dataset train, Dataset test, TrainingListener listener) {
        network.layers().stream()
                .filter(layer -> !layer.isTrainable())
                .findFirst()
                .ifPresent(layer -> {
                    throw new GauntletException(
                            "The network '%s' has the layer '%s', which is supported only with externally trained weights; remove it to train the network."
                                    .formatted(network.name(), layer));
                });
        requireFit(network, train);
        requireFit(network, test);
        return run(
                new TrainingRun.Start(network, initialWeights(network), InputSpec.RAW, Optional.empty()),
                train,
                test,
                listener);
    }

    /**
     * Trains a network further, from the weights that it has.
     *
     * <p>Batch normalizations become part of the layer before them, with the means and variances that they have. A model with
     * a normalization of its input keeps it.
     *
     * @param model the network; it is not changed, and not closed
     * @param train the training data
     * @param test the data on which each epoch is evaluated; not used for training
     * @param listener receives the progress, in the calling thread
     * @return the trained network, to be closed by the caller
     * @throws GauntletException if the data does not fit the network, the network cannot be trained, or the weights become
     *     NaN or infinite
     */
    public NetworkClassifier fineTune(NetworkClassifier model, Dataset train, Dataset test, TrainingListener listener) {
        TrainableNetwork start =
                TrainableNetwork.of(model.network(), List.copyOf(model.weights().values()));
        requireFit(start.network(), train);
        requireFit(start.network(), test);
        return run(
                new TrainingRun.Start(
                        start.network(),
                        start.weights(),
                        model.card().contract(),
                        model.card().sha256()),
                train,
                test,
                listener);
    }

    private NetworkClassifier run(TrainingRun.Start start, Dataset train, Dataset test, TrainingListener listener) {
        Libtorch.load();
        return Libtorch.call(
                "The network '%s' could not be trained"
                        .formatted(start.network().name()),
                () -> {
                    Optional<TrainingJournal> opened =
                            journal.map(folder -> TrainingJournal.open(folder, identity(start, train, test)));
                    try (TrainingRun run = new TrainingRun(this, start, train, test, listener, opened)) {
                        return run.train();
                    }
                });
    }

    /**
     * Returns everything that a training depends on beside the network, its first weights and the data.
     *
     * @return the values by name
     */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("epochs", Integer.toString(epochs));
        settings.put("batch size", Integer.toString(batchSize));
        settings.put("learning rate", Double.toString(learningRate));
        settings.put("seed", Long.toString(seed));
        settings.put("objective", Objectives.written(objective));
        settings.put("epsilon", Double.toString(objective.epsilon()));
        settings.put("schedule", schedule.id());
        settings.put("averaging", Double.toString(averaging));
        settings.put("weight perturbation", Double.toString(weightPerturbation));
        settings.put("guard", guard.map(Guard::toString).orElse("none"));
        return settings;
    }

    /** Returns everything that the result depends on, in words. */
    private Map<String, String> identity(TrainingRun.Start start, Dataset train, Dataset test) {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("Gauntlet", RobustnessReport.Provenance.current().version());
        identity.put("engine", Libtorch.version());
        identity.put("network", start.network().input() + ", " + start.network().description());
        identity.put("normalization", start.contract().toString());
        identity.put("initial weights", start.sha256().orElse("new"));
        identity.put("training data", described(train));
        identity.put("test data", described(test));
        identity.putAll(settings());
        return identity;
    }

    private static String described(Dataset data) {
        return "%s %s, %d images of %s, %s"
                .formatted(
                        data.origin().name(),
                        data.origin().split(),
                        data.size(),
                        data.shape(),
                        data.origin().sha256().isEmpty() || data instanceof InMemoryDataset
                                ? sha256(data)
                                : data.origin().sha256());
    }

    /** Returns the checksum of labels and pixels, because a program may call what it made as it likes. */
    private static String sha256(Dataset data) {
        MessageDigest digest = Sha256.digest();
        float[] pixels = new float[data.shape().size()];
        ByteBuffer example = ByteBuffer.allocate(Integer.BYTES + Float.BYTES * pixels.length);
        for (int id = 0; id < data.size(); id++) {
            data.copyPixels(id, pixels, 0);
            example.clear();
            example.putInt(data.label(id));
            example.asFloatBuffer().put(pixels);
            digest.update(example.array());
        }
        return Sha256.hex(digest);
    }

    /** Tells whether the training is the plain one, of which nothing more is recorded. */
    boolean isStandard() {
        return objective instanceof Standard
                && schedule == LearningRateSchedule.CONSTANT
                && averaging == 0
                && weightPerturbation == 0;
    }

    /** Returns the further options that are used, for the record. */
    List<String> modifiers() {
        List<String> modifiers = new ArrayList<>();
        if (averaging > 0) {
            modifiers.add("averaging=" + averaging);
        }
        if (weightPerturbation > 0) {
            modifiers.add("weight-perturbation=" + weightPerturbation);
        }
        return modifiers;
    }

    Map<String, WeightTensor> initialWeights(Network network) {
        Map<String, WeightTensor> weights = new LinkedHashMap<>();
        List<Network.Weighted> weighted = network.weighted();
        for (int i = 0; i < weighted.size(); i++) {
            Layer.WeightShape shape = weighted.get(i).shape();
            boolean normalizes = weighted.get(i).layer() instanceof Layer.BatchNorm;
            SplittableRandom random = RandomKey.of(seed).with("weights").with(i).generator();
            double bound = 1 / Math.sqrt(shape.fanIn());
            weights.put(
                    weighted.get(i).path() + WeightNames.WEIGHT,
                    normalizes ? TrainedTensors.constant(shape.weight(), 1) : uniform(shape.weight(), bound, random));
            weights.put(
                    weighted.get(i).path() + WeightNames.BIAS,
                    normalizes ? TrainedTensors.constant(shape.bias(), 0) : uniform(shape.bias(), bound, random));
        }
        weights.putAll(TrainedTensors.initialStatistics(network));
        return weights;
    }

    private static WeightTensor uniform(long[] shape, double bound, SplittableRandom random) {
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return new WeightTensor(shape, values);
    }

    private static void requireFit(Network network, Dataset data) {
        if (data.size() == 0) {
            throw new GauntletException("The data set %s %s is empty."
                    .formatted(data.origin().name(), data.origin().split()));
        }
        if (data.classes().size() != network.classes()) {
            throw new GauntletException("The network '%s' has %d outputs, but %s has %d classes."
                    .formatted(
                            network.name(),
                            network.classes(),
                            data.origin().name(),
                            data.classes().size()));
        }
        if (!network.takes(data.shape())) {
            throw new GauntletException("The network '%s' takes images of %s, but %s has %s."
                    .formatted(network.name(), network.input(), data.origin().name(), data.shape()));
        }
    }
}
