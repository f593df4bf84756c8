package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.request.Suite;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** With what a model is attacked. */
@Heading(Heading.Topic.ATTACK)
final class AttackOptions {
    /** What is tried unless the user says otherwise. */
    static final Map<Norm, String> USUAL_EPSILONS = Map.of(
            Norm.LINF, "0,0.05,0.1,0.15,0.2,0.25,0.3",
            Norm.L2, "0,0.5,1,1.5,2,2.5,3",
            Norm.L1, "0,5,10,15,20,25,30",
            Norm.L0, "0,5,10,15,20,25,30");

    private static final String USUAL_ATTACK = "fgsm";

    @Option(
            names = "--attack",
            paramLabel = "NAME",
            description = {
                "An attack that 'gauntlet attacks' lists. Options follow a colon: pgd:steps=100,restarts=5.",
                "Given several times, the attacks are one worst case: each goes on with the examples that still stand.",
                "Default: fgsm"
            })
    private @Nullable List<String> attacks;

    @Option(
            names = "--suite",
            paramLabel = "SUITE",
            description = {
                "Instead of --attack, attacks chosen for linf, l2 and l1: quick, a first look at 200 images; standard, AutoAttack on 1000; thorough, AutoAttack, PGD with restarts and the nearest-success attacks on all.",
                "Default: none."
            })
    private @Nullable String suite;

    @Option(
            names = "--norm",
            paramLabel = "NORM",
            defaultValue = "linf",
            description = {
                "How the size of a change is measured: linf, the largest change of any pixel; l2, its Euclidean length; l1, the sum of all changes; l0, the number of pixels (times channels) that change.",
                "Default: ${DEFAULT-VALUE}"
            })
    private String norm = "";

    @Option(
            names = {"-e", "--epsilon"},
            paramLabel = "LIST",
            description = {
                "How large a change may be in that norm, where black is 0 and white is 1; separated by commas, also fractions such as 8/255. The clean images, 0, are always tried.",
                "Default: linf 0,0.05,0.1,0.15,0.2,0.25,0.3; l2 0,0.5,1,1.5,2,2.5,3; l1 and l0 0,5,10,15,20,25,30"
            })
    private @Nullable String epsilons;

    @Option(
            names = "--target",
            paramLabel = "CLASS",
            description = {
                "Count as success only the answer CLASS, a class by its name or its number from 0 on; or 'next': for each class the one after it.",
                "Default: any wrong answer counts."
            })
    private @Nullable String target;

    @Option(
            names = "--black-box",
            description = "Let the attacks see nothing of the model but its logits, no gradients.")
    private boolean blackBox;

    @Option(
            names = "--examples",
            paramLabel = "N",
            description = {
                "Attack N test images, drawn with the seed, from each class its share: for attacks that take long.",
                "Default: all, or as many as the suite says."
            })
    private @Nullable Integer examples;

    @Option(
            names = "--shard-size",
            paramLabel = "N",
            description = {
                "How many images are attacked together, at most; a small sample is divided further. The last digits of a result may depend on it.",
                "Default: 1000, of large images fewer."
            })
    private @Nullable Integer shardSize;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = {"The number of threads that evaluate; never changes a result.", "Default: one per processor."
            })
    private @Nullable Integer workers;

    AttackRequest request(long seed) {
        Norm measured = Norm.parse(norm.strip());
        String budgets = epsilons == null ? Objects.requireNonNull(USUAL_EPSILONS.get(measured)) : epsilons;
        Optional<Suite> chosen = Optional.ofNullable(suite).map(Suite::parse);
        return new AttackRequest(
                chosen.map(known -> attacks(known, measured))
                        .orElseGet(() -> attacks == null ? List.of(USUAL_ATTACK) : attacks),
                measured,
                Optional.ofNullable(target),
                blackBox,
                Arrays.stream(budgets.split(",", -1))
                        .map(AttackOptions::epsilon)
                        .toList(),
                seed,
                examples == null ? chosen.map(Suite::examples).orElse(OptionalInt.empty()) : OptionalInt.of(examples),
                shardSize == null ? OptionalInt.empty() : OptionalInt.of(shardSize));
    }

    /** Says which budgets are there more than once, as they are tried once. */
    void sayMerged(Console console) {
        List<Double> seen = new ArrayList<>();
        for (String text : epsilons == null ? List.<String>of() : Arrays.asList(epsilons.split(",", -1))) {
            double epsilon = epsilon(text);
            if (seen.contains(epsilon)) {
                console.warn("--epsilon has %s more than once; it is tried once.".formatted(text.strip()));
            }
            seen.add(epsilon);
        }
        List<String> written = attacks == null ? List.of() : attacks;
        written.stream()
                .filter(attack -> Collections.frequency(written, attack) > 1)
                .distinct()
                .forEach(attack -> console.warn(
                        "--attack has %s more than once; the same attack does the same again, so it is run once."
                                .formatted(attack)));
    }

    private List<String> attacks(Suite chosen, Norm measured) {
        if (attacks != null) {
            throw new GauntletException("Both --suite and --attack say what to attack with; leave one of them out.");
        }
        if (blackBox) {
            throw new GauntletException(
                    "The suite %s has attacks that need gradients, which --black-box hides; name the attacks yourself, such as --attack square."
                            .formatted(chosen.id()));
        }
        if (target != null) {
            throw new GauntletException(
                    "The suite %s has attacks that cannot aim at a class; leave out --target, or name the attacks yourself, such as --attack pgd."
                            .formatted(chosen.id()));
        }
        return chosen.attacks(measured).stream().map(Attacks::written).toList();
    }

    LocalRunner runner() {
        return workers == null ? LocalRunner.onAllProcessors() : new LocalRunner(workers);
    }

    private static double epsilon(String text) {
        try {
            return LpBall.parseEpsilon(text);
        } catch (GauntletException e) {
            throw new GauntletException("In --epsilon, " + e.getMessage(), e);
        }
    }
}
