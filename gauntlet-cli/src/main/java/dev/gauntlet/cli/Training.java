package dev.gauntlet.cli;

import dev.gauntlet.data.TrainTest;
import dev.gauntlet.model.TrainingHistory;
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
    static Training run(Trainer trainer, Network network, TrainTest data, Console console) {
        DataOptions.say(console, data);
        console.say("Network   %s: %s; %,d parameters%n", network.name(), network.description(), network.parameters());
        Stopwatch stopwatch = new Stopwatch();
        try (Bars bars = new Bars(console, trainer, data.train().size())) {
            NetworkClassifier model = trainer.train(network, data.train(), data.test(), bars);
            return new Training(model, stopwatch.seconds());
        }
    }

    /** One bar per epoch, replaced by a line when the epoch is over. */
    private static final class Bars implements TrainingListener, AutoCloseable {
        private final Console console;
        private final Trainer trainer;
        private final int examples;
        private Stopwatch stopwatch = new Stopwatch();
        private Progress bar;

        Bars(Console console, Trainer trainer, int examples) {
            this.console = console;
            this.trainer = trainer;
            this.examples = examples;
            this.bar = open(1);
        }

        @Override
        public void step(int epoch, int stepExamples) {
            bar.advance(stepExamples);
        }

        @Override
        public void epoch(TrainingHistory.Epoch epoch) {
            bar.close();
            console.say(
                    "Epoch %d/%d   training loss %.4f   test accuracy %.2f %%   %.1f s",
                    epoch.number(),
                    trainer.epochs(),
                    epoch.trainingLoss(),
                    100.0 * epoch.testCorrect() / epoch.testExamples(),
                    stopwatch.seconds());
            stopwatch = new Stopwatch();
            if (epoch.number() < trainer.epochs()) {
                bar = open(epoch.number() + 1);
            }
        }

        @Override
        public void close() {
            bar.close();
        }

        private Progress open(int epoch) {
            return console.progress("Epoch %d/%d".formatted(epoch, trainer.epochs()), " images", examples);
        }
    }
}
