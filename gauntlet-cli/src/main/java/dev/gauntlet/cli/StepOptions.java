package dev.gauntlet.cli;

import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.torch.Trainer;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How long and in which steps a network is trained. */
@Heading(Heading.Topic.TRAINING)
final class StepOptions {
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
            description = {"Step size of Adam.", "Default: 0.001; for a convolutional network that is defended 0.005"})
    private @Nullable Double learningRate;

    /** Returns a trainer, with a learning rate for the case that none was given. */
    Trainer trainer(long seed, double usualRate) {
        return new Trainer(epochs, batchSize, learningRate == null ? usualRate : learningRate, seed);
    }

    /** Returns the section of a plan that trains a network from new weights. */
    PlanDocument.Training plan(String network) {
        Trainer trainer = trainer(0, Trainer.defaults().learningRate());
        return new PlanDocument.Training(
                Optional.of(network),
                OptionalInt.of(trainer.epochs()),
                OptionalInt.of(trainer.batchSize()),
                OptionalDouble.of(trainer.learningRate()));
    }
}
