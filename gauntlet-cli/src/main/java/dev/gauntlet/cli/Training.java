package dev.gauntlet.cli;

import dev.gauntlet.data.TrainTest;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;

/**
 * A training with its progress on the console.
 *
 * @param model the trained network, to be closed by the caller
 * @param seconds the wall-clock time it took
 */
record Training(NetworkClassifier model, double seconds) {
    /** Trains the network that a request asks for. */
    static Training run(ModelRef.Trained network, long seed, TrainTest data, Console console) {
        return run(
                new Trainer(network.epochs(), network.batchSize(), network.learningRate(), seed),
                Network.parse(network.network()),
                data,
                console);
    }

    static Training run(Trainer trainer, Network network, TrainTest data, Console console) {
        DataOpening.say(console, data);
        console.say("Network   %s: %s; %,d parameters%n", network.name(), network.description(), network.parameters());
        Stopwatch stopwatch = new Stopwatch();
        try (Epochs epochs = new Epochs(console, trainer, data.train().size())) {
            NetworkClassifier model = trainer.train(network, data.train(), data.test(), epochs);
            return new Training(model, stopwatch.seconds());
        }
    }

    /** Shows how far the epochs are, and a line when one is over. */
    private static final class Epochs implements TrainingListener, AutoCloseable {
        private final Console console;
        private final Trainer trainer;
        private final int examples;
        private Stopwatch stopwatch = new Stopwatch();
        private final ProgressView.Task task;
        private int ofEpoch;

        Epochs(Console console, Trainer trainer, int examples) {
            this.console = console;
            this.trainer = trainer;
            this.examples = examples;
            this.task = console.task("training");
        }

        @Override
        public void step(int epoch, int stepExamples) {
            ofEpoch += stepExamples;
            task.says(
                    ofEpoch < examples
                            ? "epoch %d/%d, %,d of %,d images".formatted(epoch, trainer.epochs(), ofEpoch, examples)
                            : "epoch %d/%d, measuring the accuracy".formatted(epoch, trainer.epochs()));
            task.isDone((epoch - 1 + (double) ofEpoch / examples) / trainer.epochs());
        }

        @Override
        public void epoch(TrainingHistory.Epoch epoch) {
            ofEpoch = 0;
            console.say(
                    "Epoch %d/%d   training loss %.4f   test accuracy %.2f %%   %.1f s",
                    epoch.number(),
                    trainer.epochs(),
                    epoch.trainingLoss(),
                    100.0 * epoch.testCorrect() / epoch.testExamples(),
                    stopwatch.seconds());
            stopwatch = new Stopwatch();
        }

        @Override
        public void close() {
            task.close();
        }
    }
}
