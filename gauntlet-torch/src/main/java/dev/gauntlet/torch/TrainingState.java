package dev.gauntlet.torch;

import dev.gauntlet.model.TrainingHistory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that the epochs to come and the record of a training depend on, after an epoch.
 *
 * <p>Random numbers are not part of it: each depends on the seed, the epoch and the example only.
 *
 * @param progress what was measured and decided
 * @param tensors the weights, their running average, the state of the optimizer, and the best weights, each under a name
 *     that begins with what it is
 */
record TrainingState(Progress progress, Map<String, WeightTensor> tensors) {
    static final String WEIGHT = "weights/";
    static final String AVERAGE = "average/";
    static final String MEAN = "adam-mean/";
    static final String VARIANCE = "adam-variance/";
    static final String BEST = "best/";

    /**
     * What was measured and decided.
     *
     * @param epochs the measurements of each finished epoch
     * @param watched what the guard measured after each
     * @param findings what went wrong and what was done about it
     * @param recoveries how often the training went back to better weights
     * @param saysThatNothingIsLearned whether it was already said that the network learned nothing
     * @param optimizerSteps the steps of Adam since its last start
     * @param bestEpoch the epoch of the best weights; 0 if there are none
     */
    record Progress(
            List<TrainingHistory.Epoch> epochs,
            List<TrainingHistory.Watched> watched,
            List<String> findings,
            int recoveries,
            boolean saysThatNothingIsLearned,
            long optimizerSteps,
            int bestEpoch) {
        Progress {
            epochs = List.copyOf(epochs);
            watched = List.copyOf(watched);
            findings = List.copyOf(findings);
        }
    }

    /** Returns the tensors of a kind under their own names. */
    Map<String, WeightTensor> of(String kind) {
        Map<String, WeightTensor> chosen = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (name.startsWith(kind)) {
                chosen.put(name.substring(kind.length()), tensor);
            }
        });
        return chosen;
    }

    /** Adds tensors under names that begin with their kind. */
    static void put(Map<String, WeightTensor> all, String kind, Map<String, WeightTensor> tensors) {
        tensors.forEach((name, tensor) -> all.put(kind + name, tensor));
    }
}
