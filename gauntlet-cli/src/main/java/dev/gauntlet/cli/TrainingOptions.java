package dev.gauntlet.cli;

import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.Trainer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of the training. */
@Heading(Heading.Topic.TRAINING)
final class TrainingOptions {
    @Option(
            names = "--network",
            completionCandidates = Candidates.Networks.class,
            paramLabel = "NET",
            defaultValue = "mlp",
            description = {
                "mlp - fully connected, 784-1000-10 with ReLU;",
                "mlp:SIZES - other sizes, such as mlp:784-300-10;",
                "lenet - the convolutional network of PyTorch's FGSM tutorial;",
                "madry - the convolutional MNIST network of Madry et al. 2018;",
                "wong - the convolutional MNIST network of Wong and Kolter 2018, a tenth as costly;",
                "or a list of layers, such as 'conv 32 k5 p2, relu, pool 2, flatten, linear 10', of the types",
                Network.LAYERS + ".",
                "Default: ${DEFAULT-VALUE}"
            })
    private String network = "mlp";

    @Mixin
    private StepOptions steps;

    /** Returns a plan that trains such a network. */
    PlanDocument plan() {
        return PlanDocument.EMPTY.and(steps.plan(network));
    }

    Network network() {
        return Network.parse(network);
    }

    Trainer trainer(long seed) {
        return trainer(seed, Trainer.defaults().learningRate());
    }

    /** Returns a trainer, with a learning rate for the case that none was given. */
    Trainer trainer(long seed, double usualRate) {
        return steps.trainer(seed, usualRate);
    }
}
