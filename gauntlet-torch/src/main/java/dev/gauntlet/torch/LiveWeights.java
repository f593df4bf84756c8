package dev.gauntlet.torch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The weights of a network in training, their optimizer, and their running average. */
final class LiveWeights implements AutoCloseable {
    private final Map<String, WeightTensor> shapes;
    private final double averaging;
    private final List<Tensor> parameters;

    /** The running mean and variance of each batch normalization. */
    private final List<Tensor> statistics;

    /** The parameters and the statistics. */
    private final List<Tensor> all;

    /** Empty without averaging. */
    private final List<Tensor> averages;

    private FusedAdam adam;

    /**
     * Creates the tensors.
     *
     * @param initial the initial weights, and then the means and variances of batch normalizations
     * @param averaging the share of the average that a step keeps; 0 for no averaging
     */
    LiveWeights(Map<String, WeightTensor> initial, double averaging) {
        this.shapes = initial;
        this.averaging = averaging;
        this.all = tensors(initial);
        int count = (int)
                initial.keySet().stream().filter(name -> !isStatistic(name)).count();
        this.parameters = all.subList(0, count);
        this.statistics = all.subList(count, all.size());
        this.averages = averaging > 0 ? tensors(initial) : List.of();
        this.adam = new FusedAdam(parameters);
        parameters.forEach(parameter -> parameter.set_requires_grad(true));
    }

    private static boolean isStatistic(String name) {
        return name.endsWith(WeightNames.MEAN) || name.endsWith(WeightNames.VARIANCE);
    }

    /** Returns the running mean and variance of each batch normalization in turn, which change in a step. */
    List<Tensor> statistics() {
        return statistics;
    }

    /** Returns the same tensors throughout the training. */
    List<Tensor> parameters() {
        return parameters;
    }

    /** Makes one step against the gradients, and updates the average. */
    void step(TensorVector gradients, double learningRate) {
        adam.step(gradients, learningRate);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            for (int i = 0; i < averages.size(); i++) {
                averages.get(i).mul_(new Scalar(averaging)).add_(all.get(i), new Scalar(1 - averaging));
            }
        }
    }

    /**
     * Moves each weight, but no bias, along its gradient by a share of its own norm.
     *
     * <p>Wu, Xia and Wang, "Adversarial Weight Perturbation Helps Robust Generalization", NeurIPS 2020, <a
     * href="https://arxiv.org/abs/2004.05884">arXiv:2004.05884</a>, equation 8 with one step.
     *
     * @param gamma the share
     * @return the weights as they were, for {@link #restore}
     */
    Saved perturb(TensorVector gradients, double gamma) {
        List<Tensor> saved = new ArrayList<>();
        try (NoGradGuard guard = new NoGradGuard()) {
            for (int i = 0; i < parameters.size(); i++) {
                Tensor parameter = parameters.get(i);
                saved.add(parameter.detach().clone());
                double length = norm(gradients.get(i));
                if (parameter.dim() > 1 && length > 0) {
                    parameter.add_(gradients.get(i), new Scalar(gamma * norm(parameter) / length));
                }
            }
        }
        return new Saved(saved);
    }

    /** Restores the weights bit by bit. */
    void restore(Saved saved) {
        try (NoGradGuard guard = new NoGradGuard()) {
            for (int i = 0; i < parameters.size(); i++) {
                parameters.get(i).copy_(saved.tensors().get(i));
            }
        }
    }

    /** Weights before a perturbation. */
    record Saved(List<Tensor> tensors) {}

    private static double norm(Tensor tensor) {
        return tensor.norm().item_float();
    }

    /** Continues from other weights, with a new optimizer. */
    void set(Map<String, WeightTensor> weights) {
        adam.close();
        overwrite(all, weights);
        overwrite(averages, weights);
        adam = new FusedAdam(parameters);
    }

    /** Copies the weights with which the network is measured and kept: the average, if there is one. */
    Map<String, WeightTensor> copy() {
        return copies(averages.isEmpty() ? all : averages);
    }

    /** Adds all that later steps depend on to a state. */
    void addTo(Map<String, WeightTensor> state) {
        TrainingState.put(state, TrainingState.WEIGHT, copies(all));
        TrainingState.put(state, TrainingState.MEAN, copies(adam.means()));
        TrainingState.put(state, TrainingState.VARIANCE, copies(adam.variances()));
        if (!averages.isEmpty()) {
            TrainingState.put(state, TrainingState.AVERAGE, copies(averages));
        }
    }

    /** Returns the number of steps of the optimizer. */
    long optimizerSteps() {
        return adam.steps();
    }

    /** Continues where another run stopped. */
    void restore(TrainingState state) {
        overwrite(all, state.of(TrainingState.WEIGHT));
        overwrite(averages, state.of(TrainingState.AVERAGE));
        overwrite(adam.means(), state.of(TrainingState.MEAN));
        overwrite(adam.variances(), state.of(TrainingState.VARIANCE));
        adam.setSteps(state.progress().optimizerSteps());
    }

    private static void overwrite(List<Tensor> targets, Map<String, WeightTensor> values) {
        List<Tensor> tensors = tensors(values);
        try (NoGradGuard guard = new NoGradGuard()) {
            for (int i = 0; i < targets.size(); i++) {
                targets.get(i).copy_(tensors.get(i));
            }
        } finally {
            tensors.forEach(Tensor::close);
        }
    }

    private Map<String, WeightTensor> copies(List<Tensor> kept) {
        Map<String, WeightTensor> copies = new LinkedHashMap<>();
        int i = 0;
        for (Map.Entry<String, WeightTensor> entry : shapes.entrySet()) {
            if (i == kept.size()) {
                // the optimizer knows nothing of the statistics, which come last
                break;
            }
            float[] values = new float[entry.getValue().values().length];
            try (PointerScope scope = new PointerScope()) {
                Libtorch.copy(kept.get(i++), values, 0);
            }
            copies.put(entry.getKey(), new WeightTensor(entry.getValue().shape(), values));
        }
        return copies;
    }

    /** Creates contiguous tensors, which Adam requires. */
    private static List<Tensor> tensors(Map<String, WeightTensor> weights) {
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

    @Override
    public void close() {
        adam.close();
        all.forEach(Tensor::close);
        averages.forEach(Tensor::close);
    }
}
