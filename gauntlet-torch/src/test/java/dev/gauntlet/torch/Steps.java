package dev.gauntlet.torch;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.InputSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.TensorVector;

/** Single steps of a training. */
final class Steps {
    private Steps() {}

    static float[] worstLogits(
            Network network,
            Map<String, WeightTensor> weights,
            Batch clean,
            float[] lower,
            float[] upper,
            double linearShare) {
        Libtorch.load();
        try (LiveWeights live = new LiveWeights(weights, 0);
                LiveNetwork model = new LiveNetwork(network, live, InputSpec.RAW);
                PointerScope scope = new PointerScope()) {
            return new NetworkStep(network, model, live, clean, 0, RandomKey.of(0), RandomKey.of(0))
                    .worstLogits(lower, upper, linearShare)
                    .logits()
                    .values();
        }
    }

    /** Returns the derivatives of a sum of worst logits, each times a factor, one array for each tensor of the weights. */
    static List<float[]> derivativesOfWorstLogits(
            Network network,
            Map<String, WeightTensor> weights,
            Batch clean,
            float[] lower,
            float[] upper,
            double linearShare,
            float[] factors) {
        Libtorch.load();
        try (LiveWeights live = new LiveWeights(weights, 0);
                LiveNetwork model = new LiveNetwork(network, live, InputSpec.RAW);
                PointerScope scope = new PointerScope()) {
            NetworkStep step = new NetworkStep(network, model, live, clean, 0, RandomKey.of(0), RandomKey.of(0));
            step.worstLogits(lower, upper, linearShare).descend(factors);
            TensorVector gradients = step.gradients();
            List<float[]> derivatives = new ArrayList<>();
            for (WeightTensor weight : weights.values()) {
                float[] values = new float[weight.values().length];
                Libtorch.copy(gradients.get(derivatives.size()).contiguous(), values, 0);
                derivatives.add(values);
            }
            return derivatives;
        }
    }
}
