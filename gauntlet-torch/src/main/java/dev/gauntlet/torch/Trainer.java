package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.torch.objective.LearningRateSchedule;
import dev.gauntlet.torch.objective.Standard;
import dev.gauntlet.torch.objective.TrainingObjective;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Trains a network with Adam on the mean cross-entropy or another objective.
 *
 * <p>Weights and biases are initialized uniformly within plus or minus {@code 1 / sqrt(inputs of a unit)}, as in
 * PyTorch's layers. The same options, network and data give bit-identical weights on the same machine: the random numbers
 * depend on seed, epoch and example only.
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
 *
 * @param epochs the number of passes over the training data, at least 1
 * @param batchSize the number of examples per step, at least 1
 * @param learningRate the step size of Adam, above 0 and at most 1
 * @param seed the seed of the initial weights, the order of the examples, dropout and perturbations
 * @param objective what is minimized
 * @param schedule how the learning rate changes
 * @param averaging the share of the running average of the weights that a step keeps, at least 0 and below 1, such as 0.995;
 *     the average is then measured and kept instead of the last weights; 0 for no averaging
 * @param weightPerturbation the share of its norm by which each weight is moved against the training before the gradient is
 *     computed, from 0 to 1, such as 0.005; 0 for no perturbation, otherwise a step costs one forward and one backward pass
 *     more
 * @param guard watches a training with an adversary; empty for a training without supervision
 */
public record Trainer(
        int epochs,
        int batchSize,
        double learningRate,
        long seed,
        TrainingObjective objective,
        LearningRateSchedule schedule,
        double averaging,
        double weightPerturbation,
        Optional<Guard> guard) {
    public Trainer {
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
     * Creates a trainer for standard training with a constant learning rate.
     *
     * @param epochs the number of passes over the training data, at least 1
     * @param batchSize the number of examples per step, at least 1
     * @param learningRate the step size of Adam, above 0 and at most 1
     * @param seed the seed of the initial weights, the order of the examples and dropout
     */
    public Trainer(int epochs, int batchSize, double learningRate, long seed) {
        this(
                epochs,
                batchSize,
                learningRate,
                seed,
                new Standard(),
                LearningRateSchedule.CONSTANT,
                0,
                0,
                Optional.of(Guard.defaults()));
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
     * Returns the same trainer with another number of epochs.
     *
     * @param number at least 1
     * @return the trainer
     */
    public Trainer withEpochs(int number) {
        return new Trainer(
                number, batchSize, learningRate, seed, objective, schedule, averaging, weightPerturbation, guard);
    }

    /**
     * Returns the same trainer with another batch size.
     *
     * @param examples the number of examples per step, at least 1
     * @return the trainer
     */
    public Trainer withBatchSize(int examples) {
        return new Trainer(
                epochs, examples, learningRate, seed, objective, schedule, averaging, weightPerturbation, guard);
    }

    /**
     * Returns the same trainer with another learning rate.
     *
     * @param rate the step size of Adam, above 0 and at most 1
     * @return the trainer
     */
    public Trainer withLearningRate(double rate) {
        return new Trainer(epochs, batchSize, rate, seed, objective, schedule, averaging, weightPerturbation, guard);
    }

    /**
     * Returns the same trainer with another seed.
     *
     * @param otherSeed any number
     * @return the trainer
     */
    public Trainer withSeed(long otherSeed) {
        return new Trainer(
                epochs, batchSize, learningRate, otherSeed, objective, schedule, averaging, weightPerturbation, guard);
    }

    /**
     * Returns the same trainer with another objective.
     *
     * @param otherObjective what is minimized
     * @return the trainer
     */
    public Trainer withObjective(TrainingObjective otherObjective) {
        return new Trainer(
                epochs, batchSize, learningRate, seed, otherObjective, schedule, averaging, weightPerturbation, guard);
    }

    /**
     * Returns the same trainer with another schedule.
     *
     * @param otherSchedule how the learning rate changes
     * @return the trainer
     */
    public Trainer withSchedule(LearningRateSchedule otherSchedule) {
        return new Trainer(
                epochs, batchSize, learningRate, seed, objective, otherSchedule, averaging, weightPerturbation, guard);
    }

    /**
     * Returns the same trainer with averaged weights.
     *
     * @param share the share of the average that a step keeps, at least 0 and below 1; 0 for no averaging
     * @return the trainer
     */
    public Trainer withAveraging(double share) {
        return new Trainer(
                epochs, batchSize, learningRate, seed, objective, schedule, share, weightPerturbation, guard);
    }

    /**
     * Returns the same trainer with perturbed weights.
     *
     * @param share the share of its norm by which each weight is moved, from 0 to 1; 0 for none
     * @return the trainer
     */
    public Trainer withWeightPerturbation(double share) {
        return new Trainer(epochs, batchSize, learningRate, seed, objective, schedule, averaging, share, guard);
    }

    /**
     * Returns the same trainer with another guard.
     *
     * @param otherGuard watches a training with an adversary
     * @return the trainer
     */
    public Trainer withGuard(Guard otherGuard) {
        return new Trainer(
                epochs,
                batchSize,
                learningRate,
                seed,
                objective,
                schedule,
                averaging,
                weightPerturbation,
                Optional.of(otherGuard));
    }

    /**
     * Returns the same trainer without a guard: no image is held out, and the last weights are kept.
     *
     * @return the trainer
     */
    public Trainer withoutGuard() {
        return new Trainer(
                epochs,
                batchSize,
                learningRate,
                seed,
                objective,
                schedule,
                averaging,
                weightPerturbation,
                Optional.empty());
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
                    try (TrainingRun run = new TrainingRun(this, start, train, test, listener)) {
                        return run.train();
                    }
                });
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
        List<Layer.WeightShape> shapes = network.weights();
        List<String> names = WeightNames.of(network);
        for (int i = 0; i < shapes.size(); i++) {
            SplittableRandom random = RandomKey.of(seed).with("weights").with(i).generator();
            double bound = 1 / Math.sqrt(shapes.get(i).fanIn());
            weights.put(names.get(i) + ".weight", uniform(shapes.get(i).weight(), bound, random));
            weights.put(names.get(i) + ".bias", uniform(shapes.get(i).bias(), bound, random));
        }
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
