package dev.gauntlet.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a network in training, by name: weight and bias of each layer in turn, then the running mean and variance of
 * each batch normalization.
 *
 * @param weights what is computed with outside training: weight and bias of each layer in turn, those of batch normalizations
 *     with the mean and the variance
 * @param normalizations the batch normalizations in order
 */
record TrainedTensors(Map<String, WeightTensor> weights, List<Normalization> normalizations) {
    /** Separates the tensors of a training. */
    static TrainedTensors of(Network network, Map<String, WeightTensor> tensors) {
        Map<String, WeightTensor> weights = new LinkedHashMap<>();
        List<Normalization> normalizations = new ArrayList<>();
        for (Network.Weighted weighted : network.weighted()) {
            WeightTensor weight = get(tensors, weighted.path() + WeightNames.WEIGHT);
            WeightTensor bias = get(tensors, weighted.path() + WeightNames.BIAS);
            if (weighted.layer() instanceof Layer.BatchNorm norm) {
                Normalization normalization = new Normalization(
                        weight,
                        bias,
                        get(tensors, weighted.path() + WeightNames.MEAN),
                        get(tensors, weighted.path() + WeightNames.VARIANCE));
                normalizations.add(normalization);
                weight = normalization.scale(norm.epsilon());
                bias = normalization.shift(norm.epsilon());
            }
            weights.put(weighted.path() + WeightNames.WEIGHT, weight);
            weights.put(weighted.path() + WeightNames.BIAS, bias);
        }
        return new TrainedTensors(weights, normalizations);
    }

    private static WeightTensor get(Map<String, WeightTensor> tensors, String name) {
        WeightTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(name);
        }
        return tensor;
    }

    /** Returns the means and variances with which a training begins: 0 and 1. */
    static Map<String, WeightTensor> initialStatistics(Network network) {
        Map<String, WeightTensor> statistics = new LinkedHashMap<>();
        for (Network.Weighted weighted : network.weighted()) {
            if (weighted.layer() instanceof Layer.BatchNorm) {
                long[] shape = weighted.shape().bias();
                statistics.put(weighted.path() + WeightNames.MEAN, constant(shape, 0));
                statistics.put(weighted.path() + WeightNames.VARIANCE, constant(shape, 1));
            }
        }
        return statistics;
    }

    /** Returns a vector of the same numbers. */
    static WeightTensor constant(long[] shape, float value) {
        float[] values = new float[Math.toIntExact(shape[0])];
        Arrays.fill(values, value);
        return new WeightTensor(shape, values);
    }
}
