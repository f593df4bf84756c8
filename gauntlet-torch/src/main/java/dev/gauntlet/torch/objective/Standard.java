package dev.gauntlet.torch.objective;

import java.util.Map;

/** Minimizes the mean cross-entropy of the clean images. */
public record Standard() implements TrainingObjective {
    @Override
    public String name() {
        return "standard";
    }

    @Override
    public Map<String, String> options() {
        return Map.of();
    }
}
