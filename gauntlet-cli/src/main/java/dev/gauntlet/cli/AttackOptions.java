package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.Suite;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** With what a model is attacked. */
@Heading(Heading.Topic.ATTACK)
final class AttackOptions {
    @Option(
            names = "--attack",
            completionCandidates = Candidates.AttackNames.class,
            paramLabel = "NAME",
            description = {
                "An attack that 'gauntlet attacks' lists. Options follow a colon: pgd:steps=100,restarts=5.",
                "If repeated, the attacks form one worst case: each continues with the examples that are still robust.",
                "Default: fgsm"
            })
    private @Nullable List<String> attacks;

    @Option(
            names = "--suite",
            completionCandidates = Candidates.Suites.class,
            paramLabel = "SUITE",
            description = {
                "Instead of --attack, a selection for linf, l2 and l1: quick, a first look at 200 images; standard, AutoAttack on 1000; thorough, AutoAttack, more restarts and queries than it has, and the minimal-norm attacks on all images.",
                "Default: none."
            })
    private @Nullable String suite;

    @Option(
            names = "--norm",
            completionCandidates = Candidates.Norms.class,
            paramLabel = "NORM",
            description = {
                "The norm of the change: linf, the largest change of any pixel; l2, the Euclidean length; l1, the sum of all changes; l0, the number of pixels (times channels) that change.",
                "Default: linf"
            })
    private @Nullable String norm;

    @Option(
            names = {"-e", "--epsilon"},
            paramLabel = "LIST",
            description = {
                "The budgets in that norm, where black is 0 and white is 1, separated by commas; fractions such as 8/255 are allowed. The clean images, 0, are always included.",
                "Default: linf 0,0.05,0.1,0.15,0.2,0.25,0.3; l2 0,0.5,1,1.5,2,2.5,3; l1 and l0 0,5,10,15,20,25,30"
            })
    private @Nullable String epsilons;

    @Option(
            names = "--target",
            paramLabel = "CLASS",
            description = {
                "Targeted attacks: only the prediction CLASS is a success, given by its name or its number from 0; 'next' means the class after the true one.",
                "Default: untargeted, any misclassification is a success."
            })
    private @Nullable String target;

    @Option(names = "--black-box", description = "Give the attacks only the model's outputs, not its gradients.")
    private boolean blackBox;

    @Option(
            names = "--examples",
            paramLabel = "N",
            description = {
                "Attack a stratified random sample of N test images, drawn with the seed.",
                "Default: all images, or the number of the suite."
            })
    private @Nullable Integer examples;

    @Option(
            names = "--certify",
            completionCandidates = Candidates.Moments.class,
            paramLabel = "WHEN",
            description = {
                "Prove which images are robust, so that the robust accuracy is known from both sides: first, before the attacks, which are not run on what is certified; or after, on the images that withstand them.",
                "Default: no certificates."
            })
    private @Nullable String certify;

    @Option(
            names = "--certify-method",
            paramLabel = "METHOD",
            description = {
                "How --certify proves: intervals, the fastest; crown; or complete, branch and bound with a limit of 1000 domains per image and epsilon. Options follow a colon: complete:domains=5000.",
                "Default: crown"
            })
    private @Nullable String certifyMethod;

    @Option(
            names = "--diagnostics",
            completionCandidates = Candidates.Efforts.class,
            paramLabel = "EFFORT",
            description = {
                "What may be spent after the attacks on finding out what the number is worth: off; auto, at most a quarter of the attacks' passes; or full, whatever settles it.",
                "Default: auto."
            })
    private @Nullable String diagnostics;

    @Option(
            names = "--overstatement-tolerance",
            paramLabel = "SHARE",
            description = {
                "The overstatement of the robust accuracy above which the evaluation is suspect, above 0 and at most 0.02.",
                "Default: 0.005."
            })
    private @Nullable Double tolerance;

    @Option(
            names = "--shard-size",
            paramLabel = "N",
            description = {
                "The maximum number of images attacked together; a small sample is divided further. The last digits of a result may depend on it.",
                "Default: 1000, fewer for large images."
            })
    private @Nullable Integer shardSize;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = {"The number of threads that evaluate; never changes a result.", "Default: one per processor."
            })
    private @Nullable Integer workers;

    /** Adds what the user says to a plan. */
    PlanDocument in(PlanDocument plan, SeedOption seed) {
        return plan.and(new PlanDocument.Sample(number(examples), seed.given()))
                .and(new PlanDocument.Adversary(
                        Optional.ofNullable(norm).map(String::strip).map(Norm::parse),
                        Optional.ofNullable(epsilons)
                                .map(list -> Arrays.stream(list.split(",", -1))
                                        .map(AttackOptions::epsilon)
                                        .toList()),
                        Optional.ofNullable(target)))
                .and(new PlanDocument.Attacks(
                        Optional.ofNullable(attacks),
                        Optional.ofNullable(suite).map(Suite::parse),
                        blackBox ? Optional.of(true) : Optional.empty()))
                .and(new PlanDocument.Certify(
                        Optional.ofNullable(certify).map(Certificates.Moment::parse),
                        Optional.ofNullable(certifyMethod)))
                .and(new PlanDocument.Diagnostics(
                        Optional.ofNullable(diagnostics).map(DiagnosticsBudget.Effort::parse),
                        tolerance == null ? OptionalDouble.empty() : OptionalDouble.of(tolerance)))
                .and(new PlanDocument.Run(number(shardSize), number(workers)));
    }

    /** Adds attacks and the size of a sample to a plan that names no attacks. */
    static PlanDocument orElse(PlanDocument asked, int sample, String... attacks) {
        boolean namesAttacks = asked.attack()
                .filter(named -> named.list().isPresent() || named.suite().isPresent())
                .isPresent();
        return namesAttacks
                ? asked
                : PlanDocument.EMPTY
                        .and(new PlanDocument.Sample(OptionalInt.of(sample), OptionalLong.empty()))
                        .and(new PlanDocument.Attacks(
                                Optional.of(List.of(attacks)), Optional.empty(), Optional.empty()))
                        .and(asked);
    }

    private static OptionalInt number(@Nullable Integer number) {
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }

    /** Reads a budget. */
    static double epsilon(String text) {
        try {
            return LpBall.parseEpsilon(text);
        } catch (GauntletException e) {
            throw new GauntletException("In --epsilon, " + e.getMessage(), e);
        }
    }
}
