package dev.gauntlet.cli;

import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.Trainer;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** The options of the training. */
@Heading(Heading.Topic.TRAINING)
final class TrainingOptions {
    @Option(
            names = "--network",
            paramLabel = "NET",
            defaultValue = "mlp",
            description = {
                "mlp - fully connected, 784-1000-10 with ReLU;",
                "mlp:SIZES - other sizes, such as mlp:784-300-10;",
                "lenet - the convolutional network of PyTorch's FGSM tutorial;",
                "madry - the convolutional MNIST network of Madry et al. 2018;",
                "or a list of layers, such as 'conv 32 k5 p2, relu, pool 2, flatten, linear 10', of the types",
                Network.LAYERS + ".",
                "Default: ${DEFAULT-VALUE}"
            })
    private String network = "mlp";

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "5",
            description = "Passes over the training data. Default: ${DEFAULT-VALUE}")
    private int epochs;

    @Option(
            names = {"--batch", "--batch-size"},
            paramLabel = "N",
            defaultValue = "128",
            description = "Examples per step. Default: ${DEFAULT-VALUE}")
    private int batchSize;

    @Option(
            names = {"--learning-rate", "--lr"},
            paramLabel = "RATE",
            defaultValue = "0.001",
            description = "Step size of Adam. Default: ${DEFAULT-VALUE}")
    private double learningRate;

    /** Returns a plan that trains such a network. */
    PlanDocument plan() {
        return new PlanDocument(
                Optional.empty(),
                Optional.of(new PlanDocument.Training(
                        Optional.of(network),
                        OptionalInt.of(epochs),
                        OptionalInt.of(batchSize),
                        OptionalDouble.of(learningRate))),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    Network network() {
        return Network.parse(network);
    }

    Trainer trainer(long seed) {
        return new Trainer(epochs, batchSize, learningRate, seed);
    }
}
