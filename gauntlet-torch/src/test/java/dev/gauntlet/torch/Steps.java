package dev.gauntlet.torch;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.InputSpec;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;

/** Single steps of a training. */
final class Steps {
    private Steps() {}

    static float[] worstLogits(
            Network network, Map<String, WeightTensor> weights, Batch clean, float[] lower, float[] upper) {
        Libtorch.load();
        try (LiveWeights live = new LiveWeights(weights, 0);
                LiveNetwork model = new LiveNetwork(network, live.parameters(), InputSpec.RAW);
                PointerScope scope = new PointerScope()) {
            return new NetworkStep(network, model, live.parameters(), clean, 0, RandomKey.of(0), RandomKey.of(0))
                    .worstLogits(lower, upper)
                    .logits()
                    .values();
        }
    }
}
