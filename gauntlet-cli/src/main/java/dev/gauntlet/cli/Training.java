package dev.gauntlet.cli;

import dev.gauntlet.Numbers;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.torch.Checkpoint;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import dev.gauntlet.torch.objective.Objectives;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A training with its progress on the console.
 *
 * @param model the trained network, to be closed by the caller
 * @param seconds the wall-clock time it took
 */
record Training(NetworkClassifier model, double seconds) {
    private static final String HIGHEST = ", with the %s on %s training images held out";

    /** Trains the network that a request asks for. */
    static Training run(ModelRef.Trained network, long seed, TrainTest data, Console console) {
        return run(
                new Trainer(network.epochs(), network.batchSize(), network.learningRate(), seed),
                Network.parse(network.network()),
                data,
                console);
    }

    static Training run(Trainer trainer, Network network, TrainTest data, Console console) {
        return run(trainer, network, data, console, checkpoint -> {});
    }

    /** Trains a network from new weights, and hands on the weights after each epoch of a training that is watched. */
    static Training run(
            Trainer trainer, Network network, TrainTest data, Console console, Consumer<Checkpoint> checkpoints) {
        DataOpening.say(console, data);
        console.say("Network   %s: %s; %,d parameters%n", network.name(), network.description(), network.parameters());
        return again(trainer, network, data, console, checkpoints);
    }

    /** Trains a network from new weights on data that was already described. */
    static Training again(
            Trainer trainer, Network network, TrainTest data, Console console, Consumer<Checkpoint> checkpoints) {
        return run(
                trainer,
                data,
                console,
                checkpoints,
                listener -> trainer.train(network, data.train(), data.test(), listener));
    }

    /** Trains a network further. */
    static Training further(
            Trainer trainer,
            NetworkClassifier model,
            TrainTest data,
            Console console,
            Consumer<Checkpoint> checkpoints) {
        return run(
                trainer,
                data,
                console,
                checkpoints,
                listener -> trainer.fineTune(model, data.train(), data.test(), listener));
    }

    private static Training run(
            Trainer trainer,
            TrainTest data,
            Console console,
            Consumer<Checkpoint> checkpoints,
            Function<TrainingListener, NetworkClassifier> work) {
        if (trainer.objective().epsilon() > 0) {
            console.say(
                    "Defense   %s within %s, learning rate %s (%s)%n",
                    Objectives.written(trainer.objective()),
                    Numbers.rounded(trainer.objective().epsilon()),
                    Numbers.rounded(trainer.learningRate()),
                    trainer.schedule().id());
        }
        Stopwatch stopwatch = new Stopwatch();
        try (Epochs epochs = new Epochs(console, trainer, examples(trainer, data), checkpoints)) {
            NetworkClassifier model = work.apply(epochs);
            return new Training(model, stopwatch.seconds());
        }
    }

    /** Returns the number of images of an epoch. */
    private static int examples(Trainer trainer, TrainTest data) {
        int all = data.train().size();
        return all - (isWatched(trainer) ? trainer.guard().orElseThrow().heldOut(all) : 0);
    }

    /** Tells whether images are held out to watch the training. */
    static boolean isWatched(Trainer trainer) {
        return trainer.objective().epsilon() > 0 && trainer.guard().isPresent();
    }

    /** Says which epoch was kept, if there was a choice. */
    static void sayKept(NetworkClassifier model, Console console) {
        model.card()
                .training()
                .flatMap(TrainingHistory::defense)
                .filter(defense -> !defense.watched().isEmpty())
                .ifPresent(defense -> console.say(
                        "Kept      the weights of epoch %d%s",
                        defense.keptEpoch(),
                        hasHighest(defense)
                                ? HIGHEST.formatted(
                                        defense.watched().get(0).certified().isPresent()
                                                ? "most certificates"
                                                : "highest accuracy under PGD",
                                        Numbers.count(defense.watched().get(0).examples()))
                                : ""));
    }

    /** Tells whether no other epoch had a higher accuracy under PGD, or more certificates: the guard may have refused all epochs. */
    private static boolean hasHighest(TrainingHistory.Defense defense) {
        int highest = defense.watched().stream()
                .mapToInt(TrainingHistory.Watched::score)
                .max()
                .orElse(0);
        return defense.watched().stream()
                .anyMatch(watched -> watched.epoch() == defense.keptEpoch() && watched.score() == highest);
    }

    /** Shows how far the epochs are, and a line when one is over. */
    private static final class Epochs implements TrainingListener, AutoCloseable {
        private final Console console;
        private final Trainer trainer;
        private final int examples;
        private final Consumer<Checkpoint> checkpoints;
        private Stopwatch stopwatch = new Stopwatch();
        private final ProgressView.Task task;
        private int ofEpoch;

        /** The epoch whose images held out are being attacked. */
        private TrainingHistory.@Nullable Epoch last;

        Epochs(Console console, Trainer trainer, int examples, Consumer<Checkpoint> checkpoints) {
            this.console = console;
            this.trainer = trainer;
            this.examples = examples;
            this.checkpoints = checkpoints;
            this.task = console.task("training");
        }

        @Override
        public void continued(int epochs) {
            console.say(
                    "%d of %d epochs were already finished; the training continues from the journal.",
                    epochs, trainer.epochs());
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
            last = epoch;
            if (isWatched(trainer)) {
                // the line follows with the accuracy under attack
                return;
            }
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
        public void watched(TrainingHistory.Watched watched) {
            TrainingHistory.Epoch epoch = Objects.requireNonNull(last);
            console.say(
                    "Epoch %d/%d   loss %.4f   test %.2f %%   held out: clean %.1f %%, FGSM %.1f %%, PGD %.1f %%, gap %.1f%s   %.1f s",
                    epoch.number(),
                    trainer.epochs(),
                    epoch.trainingLoss(),
                    100.0 * epoch.testCorrect() / epoch.testExamples(),
                    100.0 * watched.clean() / watched.examples(),
                    100.0 * watched.fgsm() / watched.examples(),
                    100.0 * watched.pgd() / watched.examples(),
                    100.0 * watched.gap(),
                    watched.certified().isPresent()
                            ? String.format(
                                    Locale.ROOT,
                                    ", certified %.1f %%",
                                    100.0 * watched.certified().getAsInt() / watched.examples())
                            : "",
                    stopwatch.seconds());
            stopwatch = new Stopwatch();
        }

        @Override
        public void finding(String finding) {
            console.warn(finding);
        }

        @Override
        public void checkpoint(Checkpoint checkpoint) {
            checkpoints.accept(checkpoint);
        }

        @Override
        public void close() {
            task.close();
        }
    }
}
