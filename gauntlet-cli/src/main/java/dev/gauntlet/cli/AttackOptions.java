package dev.gauntlet.cli;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Losses;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** With what a model is attacked. */
final class AttackOptions {
    /** A number, or a fraction of two; not what else Java takes for a number, such as 1d and 0x1p-3. */
    private static final Pattern NUMBER =
            Pattern.compile("([-+]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][-+]?\\d+)?)(?:/(\\d+(?:\\.\\d+)?))?");

    private static final Choices<Function<Map<String, String>, Fgsm>> ATTACKS =
            new Choices<>("attack", Map.of("fgsm", AttackOptions::fgsm));

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

    Plan plan(long seed) {
        List<Double> budgets = Arrays.stream(epsilons.split(",", -1))
                .map(AttackOptions::epsilon)
                .toList();
        return new Plan(attack(), Norm.LINF, budgets, seed, Plan.DEFAULT_SHARD_SIZE);
    }

    private Fgsm attack() {
        int colon = attack.indexOf(':');
        if (colon < 0) {
            return ATTACKS.parse(attack).apply(Map.of());
        }
        String name = attack.substring(0, colon);
        Map<String, String> options = new TreeMap<>();
        for (String option : attack.substring(colon + 1).split(",", -1)) {
            int equals = option.indexOf('=');
            if (equals < 0) {
                throw new GauntletException(
                        "Option '%s' of attack %s has no value; write for example fgsm:loss=cross-entropy."
                                .formatted(option, name));
            }
            if (options.put(
                            option.substring(0, equals).strip(),
                            option.substring(equals + 1).strip())
                    != null) {
                throw new GauntletException("Attack '%s' names an option twice.".formatted(attack));
            }
        }
        return ATTACKS.parse(name).apply(options);
    }

    private static Fgsm fgsm(Map<String, String> options) {
        Choices<String> known = Choices.of("option of fgsm", List.of("loss"), name -> name);
        options.keySet().forEach(known::parse);
        return new Fgsm(Losses.CHOICES.parse(options.getOrDefault("loss", new CrossEntropy().name())));
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
