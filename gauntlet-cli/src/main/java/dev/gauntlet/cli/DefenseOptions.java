package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.objective.LearningRateSchedule;
import dev.gauntlet.torch.objective.Objectives;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a network is made harder to attack. */
@Heading(Heading.Topic.TRAINING)
final class DefenseOptions {
    private static final String DEFAULT = "fast";

    /** Convolutional networks learn with larger steps, as in Wong et al. 2020. */
    private static final double RATE_OF_CONVOLUTIONS = 0.005;

    @Option(
            names = {"--defend", "--objective"},
            paramLabel = "NAME",
            description = {
                "What the training minimizes. Options follow a colon: pgd:steps=10.",
                "fast - adversarial training with one step from a random point (Wong et al. 2020), about three times the cost of standard training;",
                "pgd - with several steps (Madry et al. 2018);",
                "trades - clean loss plus beta times the divergence under attack (Zhang et al. 2019);",
                "mart - with more weight on images that are misclassified (Wang et al. 2020);",
                "ibp - interval bounds, for networks that are to be certified (Gowal et al. 2018);",
                "crown-ibp - interval bounds after a beginning with tighter ones, which cost as many passes as there are classes (Zhang et al. 2020);",
                "noise - normal noise with sigma, for randomized smoothing (Cohen et al. 2019).",
                "Default: standard for 'train', fast for 'defend'."
            })
    private @Nullable String objective;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            description = {
                "How the learning rate changes: constant; triangle, up to two fifths of the training and down again; or cosine, down.",
                "Default: triangle for an objective other than standard, otherwise constant."
            })
    private @Nullable String schedule;

    @Option(
            names = "--averaging",
            paramLabel = "SHARE",
            description = {
                "Keep a running average of the weights, of which a step keeps this share, such as 0.995.",
                "Default: 0, the weights themselves."
            })
    private double averaging;

    @Option(
            names = "--weight-perturbation",
            paramLabel = "SHARE",
            description = {
                "Move each weight by this share of its norm against the training before a step (AWP, Wu et al. 2020), such as 0.005.",
                "Default: 0 (off)."
            })
    private double weightPerturbation;

    @Option(
            names = "--no-guard",
            description =
                    "Do not hold out images to watch the training, and keep the last weights instead of the best. By default an adversarial training is watched.")
    private boolean unguarded;

    /** Tells whether anything but standard training is asked for. */
    boolean isGiven() {
        return objective != null;
    }

    /** Tells whether the objective needs a budget. */
    boolean hasAdversary() {
        return Objectives.hasAdversary(chosen());
    }

    private String chosen() {
        return objective == null ? DEFAULT : objective;
    }

    /** Tells whether the objective is that of standard training. */
    private boolean isStandard() {
        return Objectives.isStandard(chosen());
    }

    /** Returns the default learning rate for a network. */
    double learningRate(Network network) {
        return learningRate(network, !isStandard());
    }

    /** Returns the default learning rate for a network, which is larger for a convolutional one that is defended. */
    static double learningRate(Network network, boolean isDefended) {
        return isDefended && network.hasConvolution()
                ? RATE_OF_CONVOLUTIONS
                : Trainer.defaults().learningRate();
    }

    /**
     * Returns a trainer that defends as asked for.
     *
     * @param trainer the epochs, the batches and the seed
     * @param epsilon the budget, if any
     */
    Trainer applied(Trainer trainer, OptionalDouble epsilon) {
        Trainer defending = trainer.withObjective(Objectives.parse(chosen(), epsilon))
                .withSchedule(isStandard() ? LearningRateSchedule.CONSTANT : LearningRateSchedule.TRIANGLE);
        return modified(unguarded ? defending.withoutGuard() : defending);
    }

    /** Returns a trainer for standard training, changed as asked for. */
    Trainer modified(Trainer trainer) {
        Trainer scheduled = schedule == null ? trainer : trainer.withSchedule(LearningRateSchedule.parse(schedule));
        return scheduled.withAveraging(averaging).withWeightPerturbation(weightPerturbation);
    }

    /** Refuses a budget without an adversary. */
    static GauntletException epsilonWithoutObjective() {
        return new GauntletException(
                "--epsilon is the budget of an adversary; choose one with --defend, such as --defend fast.");
    }
}
