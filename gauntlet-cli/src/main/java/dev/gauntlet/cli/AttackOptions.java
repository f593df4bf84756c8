package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** With what a model is attacked. */
final class AttackOptions {
    /** A number, or a fraction of two; not what else Java takes for a number, such as 1d and 0x1p-3. */
    private static final Pattern NUMBER =
            Pattern.compile("([-+]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][-+]?\\d+)?)(?:/(\\d+(?:\\.\\d+)?))?");

    @Option(
            names = "--attack",
            paramLabel = "NAME",
            defaultValue = "fgsm",
            description = {
                "fgsm, the fast gradient sign method, is the only one yet. Options follow a colon: fgsm:loss=cross-entropy-float32 rounds the loss as PyTorch does, to compare with published numbers.",
                "Default: ${DEFAULT-VALUE}"
            })
    private String attack = "fgsm";

    @Option(
            names = {"-e", "--epsilon"},
            paramLabel = "LIST",
            defaultValue = "0,0.05,0.1,0.15,0.2,0.25,0.3",
            description = {
                "How far each pixel may be changed, where black is 0 and white is 1; separated by commas, also fractions such as 8/255. The clean images, 0, are always tried.",
                "Default: ${DEFAULT-VALUE}"
            })
    private String epsilons = "";

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = {"The number of threads that evaluate; never changes a result.", "Default: one per processor."
            })
    private @Nullable Integer workers;

    Plan<DifferentiableClassifier> plan(long seed) {
        List<Double> budgets = Arrays.stream(epsilons.split(",", -1))
                .map(AttackOptions::epsilon)
                .toList();
        return new Plan<>(
                List.of(Attacks.parse(attack)), Norm.LINF, new Misclassified(), budgets, seed, Plan.DEFAULT_SHARD_SIZE);
    }

    LocalRunner runner() {
        return workers == null ? LocalRunner.onAllProcessors() : new LocalRunner(workers);
    }

    private static double epsilon(String text) {
        String written = text.strip();
        Matcher number = NUMBER.matcher(written);
        if (!number.matches()) {
            throw new GauntletException(
                    "Epsilon '%s' is not a number; write for example --epsilon 0,0.1,8/255.".formatted(written));
        }
        double numerator = Double.parseDouble(number.group(1));
        double epsilon = number.group(2) == null ? numerator : numerator / Double.parseDouble(number.group(2));
        if (!Double.isFinite(epsilon)) {
            throw new GauntletException("Epsilon '%s' divides by zero; write for example 8/255.".formatted(written));
        }
        return epsilon;
    }
}
