package dev.gauntlet.cli;

import dev.gauntlet.Choices;
import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** With what a model is attacked. */
final class AttackOptions {
    private static final Pattern FRACTION = Pattern.compile("(\\d+(?:\\.\\d+)?)/(\\d+(?:\\.\\d+)?)");

    private static final Choices<FixedBudgetAttack<DifferentiableClassifier>> ATTACKS =
            Choices.of("attack", List.of(Fgsm.defaults()), FixedBudgetAttack::name);

    @Option(
            names = "--attack",
            paramLabel = "NAME",
            defaultValue = "fgsm",
            description = "fgsm, the fast gradient sign method (the only one yet).")
    private String attack = "fgsm";

    @Option(
            names = {"-e", "--epsilon"},
            paramLabel = "LIST",
            defaultValue = "0,0.05,0.1,0.15,0.2,0.25,0.3",
            description = {
                "How far each pixel may be changed, in units of [0,1]; several with commas, fractions such as 8/255 allowed.",
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
        return new Plan(ATTACKS.parse(attack), Norm.LINF, budgets, seed, Plan.DEFAULT_SHARD_SIZE);
    }

    LocalRunner runner() {
        return workers == null ? LocalRunner.onAllProcessors() : new LocalRunner(workers);
    }

    private static double epsilon(String text) {
        String number = text.strip();
        Matcher fraction = FRACTION.matcher(number);
        try {
            return fraction.matches()
                    ? Double.parseDouble(fraction.group(1)) / Double.parseDouble(fraction.group(2))
                    : Double.parseDouble(number);
        } catch (NumberFormatException e) {
            throw new GauntletException(
                    "Epsilon '%s' is not a number; write for example --epsilon 0,0.1,8/255.".formatted(number), e);
        }
    }
}
