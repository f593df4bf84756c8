package dev.gauntlet.torch;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.TrainingHistory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains a network with Adam on the mean cross-entropy.
 *
 * <p>Weights and biases are initialized uniformly within plus or minus {@code 1 / sqrt(inputs of a unit)}, as in
 * PyTorch's layers. The same options, network and data give bit-identical weights on the same machine.
 *
 * <p>Cost: one forward and one backward pass per example and epoch, and one forward pass per test example and epoch.
 *
 * <p>Example: {@code Trainer.defaults().withEpochs(3).train(Network.parse("mlp"), train, test, TrainingListener.NONE)}.
 *
 * @param epochs the number of passes over the training data, at least 1
 * @param batchSize the number of examples per step, at least 1
 * @param learningRate the step size of Adam, above 0 and at most 1
 * @param seed the seed of the initial weights, the order of the examples and dropout
 */
public record Trainer(int epochs, int batchSize, double learningRate, long seed) {
    private static final int TEST_SLICE = 1000;

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
        return new Trainer(number, batchSize, learningRate, seed);
    }

    /**
     * Returns the same trainer with another seed.
     *
     * @param otherSeed any number
     * @return the trainer
     */
    public Trainer withSeed(long otherSeed) {
        return new Trainer(epochs, batchSize, learningRate, otherSeed);
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
        Libtorch.load();
        return Libtorch.call(
                "The network '%s' could not be trained".formatted(network.name()),
                () -> trainFromNew(network, train, test, listener));
    }

    private NetworkClassifier trainFromNew(Network network, Dataset train, Dataset test, TrainingListener listener) {
        Map<String, WeightTensor> weights = initialWeights(network);
        List<Tensor> parameters = leaves(weights);
        List<TrainingHistory.Epoch> history = new ArrayList<>();
        try (FusedAdam adam = new FusedAdam(parameters, learningRate)) {
            parameters.forEach(parameter -> parameter.set_requires_grad(true));
            for (int epoch = 1; epoch <= epochs; epoch++) {
                Progress training = trainEpoch(network, parameters, adam, train, epoch, listener);
                weights = copyWeights(weights, parameters);
                Progress tested = measure(network, weights, test);
                TrainingHistory.Epoch measured = new TrainingHistory.Epoch(
                        epoch,
                        training.loss / train.size(),
                        training.correct,
                        train.size(),
                        tested.loss / test.size(),
                        tested.correct,
                        test.size());
                requireFinite(measured);
                history.add(measured);
                listener.epoch(measured);
            }
        } finally {
            parameters.forEach(Tensor::close);
        }
        TrainingHistory record = new TrainingHistory(train.origin(), "adam", learningRate, batchSize, seed, history);
        return new NetworkClassifier(
                network, weights, Optional.of(record), Optional.empty(), Optional.empty(), InputSpec.RAW, List.of());
    }

    private Progress trainEpoch(
            Network network,
            List<Tensor> parameters,
            FusedAdam adam,
            Dataset train,
            int epoch,
            TrainingListener listener) {
        int[] order = shuffled(train.size(), RandomKey.of(seed).with("shuffle").with(epoch));
        TensorVector inputs = new TensorVector(parameters.toArray(Tensor[]::new));
        Progress progress = new Progress();
        for (int first = 0; first < order.length; first += batchSize) {
            Batch batch = train.batch(Arrays.copyOfRange(order, first, Math.min(order.length, first + batchSize)));
            RandomKey dropout = RandomKey.of(seed).with("dropout").with(epoch).with(first);
            try (PointerScope scope = new PointerScope()) {
                Tensor x = torch.from_blob(Libtorch.copy(batch.pixels(), 0, batch.pixels().length), new long[] {
                    batch.size(),
                    network.input().channels(),
                    network.input().height(),
                    network.input().width()
                });
                Tensor logits = ForwardPass.compute(
                        network,
                        x,
                        parameters,
                        (layer, index, input) -> input.mul(mask(layer, dropout.with(index), input)));
                float[] values = new float[batch.size() * network.classes()];
                Libtorch.copy(logits, values, 0);
                float[] derivative = progress.add(batch, new Logits(network.classes(), values));
                for (int i = 0; i < derivative.length; i++) {
                    derivative[i] /= batch.size();
                }
                Tensor weights = torch.from_blob(
                        Libtorch.copy(derivative, 0, derivative.length), new long[] {batch.size(), network.classes()});
                adam.step(Libtorch.gradients(logits, weights, inputs));
            }
            listener.step(epoch, batch.size());
        }
        inputs.close();
        return progress;
    }

    private static Progress measure(Network network, Map<String, WeightTensor> weights, Dataset test) {
        Progress progress = new Progress();
        try (NetworkClassifier model = new NetworkClassifier(
                network, weights, Optional.empty(), Optional.of(""), Optional.empty(), InputSpec.RAW, List.of())) {
            for (int first = 0; first < test.size(); first += TEST_SLICE) {
                int[] ids = new int[Math.min(TEST_SLICE, test.size() - first)];
                for (int i = 0; i < ids.length; i++) {
                    ids[i] = first + i;
                }
                Batch batch = test.batch(ids);
                progress.add(batch, model.logits(batch));
            }
        }
        return progress;
    }

    private static int[] shuffled(int size, RandomKey key) {
        SplittableRandom random = key.generator();
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /** Draws which values are kept, and scales them so that the expected value stays the same. */
    private static Tensor mask(Layer.Dropout layer, RandomKey key, Tensor input) {
        long examples = input.size(0);
        long channels = input.size(1);
        long[] shape =
                layer.wholeChannels() && input.dim() == 4 ? new long[] {examples, channels, 1, 1} : shapeOf(input);
        int count = Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b));
        SplittableRandom random = key.generator();
        float kept = (float) (1 / (1 - layer.probability()));
        float[] factors = new float[count];
        for (int i = 0; i < count; i++) {
            factors[i] = random.nextDouble() < layer.probability() ? 0 : kept;
        }
        return torch.from_blob(Libtorch.copy(factors, 0, count), shape);
    }

    private static long[] shapeOf(Tensor tensor) {
        long[] shape = new long[Math.toIntExact(tensor.dim())];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = tensor.size(i);
        }
        return shape;
    }

    private Map<String, WeightTensor> initialWeights(Network network) {
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

    /** Creates contiguous tensors, which Adam requires, to be closed by the caller. */
    private static List<Tensor> leaves(Map<String, WeightTensor> weights) {
        List<Tensor> tensors = new ArrayList<>();
        for (WeightTensor weight : weights.values()) {
            try (PointerScope scope = new PointerScope()) {
                tensors.add(torch.from_blob(Libtorch.copy(weight.values(), 0, weight.values().length), weight.shape())
                        .clone()
                        .retainReference());
            }
        }
        return tensors;
    }

    private static Map<String, WeightTensor> copyWeights(Map<String, WeightTensor> shapes, List<Tensor> parameters) {
        Map<String, WeightTensor> copies = new LinkedHashMap<>();
        int i = 0;
        for (Map.Entry<String, WeightTensor> entry : shapes.entrySet()) {
            float[] values = new float[entry.getValue().values().length];
            try (PointerScope scope = new PointerScope()) {
                Libtorch.copy(parameters.get(i++), values, 0);
            }
            copies.put(entry.getKey(), new WeightTensor(entry.getValue().shape(), values));
        }
        return copies;
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

    private void requireFinite(TrainingHistory.Epoch epoch) {
        if (!Double.isFinite(epoch.trainingLoss()) || !Double.isFinite(epoch.testLoss())) {
            throw new GauntletException("The loss became NaN or infinite in epoch %d; lower the learning rate (now %s)."
                    .formatted(epoch.number(), learningRate));
        }
    }

    /** The sums of an epoch. */
    private static final class Progress {
        private double loss;
        private int correct;

        /** Adds a batch and returns the derivative of each example's loss with respect to its logits. */
        float[] add(Batch batch, Logits logits) {
            CrossEntropy crossEntropy = new CrossEntropy();
            float[] derivative = new float[logits.values().length];
            for (int row = 0; row < batch.size(); row++) {
                int label = batch.labels()[row];
                loss += crossEntropy.valueAndDerivative(
                        logits.values(), row * logits.classes(), logits.classes(), label, derivative);
                if (logits.prediction(row) == label) {
                    correct++;
                }
            }
            return derivative;
        }
    }
}
