package dev.gauntlet.request;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Setting;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.ModelCard;
import java.util.Optional;

/** Which model is attacked: where it is, how it is read, and the checksum that it had. */
public sealed interface ModelRef {
    /**
     * Returns the same reference with what is known of the model that was opened.
     *
     * @param card the model
     * @return the reference
     */
    ModelRef resolved(ModelCard card);

    /**
     * Returns the same reference without what never changes a digit of a result, such as the place of a file whose checksum
     * is known.
     *
     * @return the reference
     */
    default ModelRef essence() {
        return this;
    }

    /**
     * Refuses a model that is not the one that was meant.
     *
     * @param card the model that was opened
     * @throws GauntletException if its checksum is another one
     */
    default void requireSame(ModelCard card) {}

    /**
     * A model in a file.
     *
     * @param path the file
     * @param network the architecture of weights that do not say it themselves
     * @param input what the model is given for an image
     * @param sha256 the SHA-256 of the weights, as lower-case hexadecimal digits, where it is known
     */
    record File(String path, Optional<NetworkSpec> network, InputSpec input, Optional<String> sha256)
            implements ModelRef {
        public File {
            requireText("file of the model", path);
        }

        @Override
        public ModelRef resolved(ModelCard card) {
            return new File(path, network, input, card.sha256());
        }

        @Override
        public ModelRef essence() {
            return sha256.isPresent() ? new File("-", network, input, sha256) : this;
        }

        @Override
        public void requireSame(ModelCard card) {
            sha256.filter(sum -> !card.sha256().equals(Optional.of(sum))).ifPresent(sum -> {
                throw new GauntletException(
                        "The model %s has changed: its weights have the SHA-256 %s, those of the recorded run had %s."
                                .formatted(path, card.sha256().orElse("unknown"), sum));
            });
        }
    }

    /**
     * A model behind an HTTP address.
     *
     * @param address the address, of HTTP or HTTPS
     * @param exchange how it is asked
     * @param input what the model is given for an image
     */
    record Http(String address, HttpExchange exchange, InputSpec input) implements ModelRef {
        public Http {
            requireText("address of the model", address);
            if (input.logits().isPresent()) {
                throw new GauntletException(
                        "%s is an address, which has no output to choose; say where the outputs are in its answer."
                                .formatted(address),
                        Setting.LOGITS);
            }
        }

        @Override
        public ModelRef resolved(ModelCard card) {
            return this;
        }

        @Override
        public ModelRef essence() {
            return new Http(address, exchange.essence(), input);
        }
    }

    /**
     * A network that the run trains itself, on the training examples of its data and with the seed of its sampling.
     *
     * @param network the architecture: a name or a line of layers
     * @param epochs how often each training example is seen, at least 1
     * @param batchSize how many examples a step sees, at least 1
     * @param learningRate the step size, positive
     */
    record Trained(String network, int epochs, int batchSize, double learningRate) implements ModelRef {
        /** The network of the seed notebook, 784-1000-10, for 5 epochs. */
        public static final Trained DEFAULT = new Trained("mlp", 5, 128, 0.001);

        public Trained {
            requireText("network", network);
            if (epochs < 1) {
                throw new GauntletException("The number of epochs must be at least 1, got %d.".formatted(epochs));
            }
            if (batchSize < 1) {
                throw new GauntletException("The batch size must be at least 1, got %d.".formatted(batchSize));
            }
            if (!(learningRate > 0) || !Double.isFinite(learningRate)) {
                throw new GauntletException(
                        "The learning rate must be a positive number, got %s.".formatted(learningRate));
            }
        }

        @Override
        public ModelRef resolved(ModelCard card) {
            return this;
        }
    }

    /**
     * A model that a program has made; only that program can attack it again.
     *
     * @param name its name
     * @param architecture its layers in words
     * @param sha256 the SHA-256 of its weights, as lower-case hexadecimal digits, where it is known
     */
    record InProcess(String name, String architecture, Optional<String> sha256) implements ModelRef {
        /**
         * Refers to a model that is there already.
         *
         * @param card what it says of itself
         * @return the reference
         */
        public static InProcess of(ModelCard card) {
            return new InProcess(card.name(), card.architecture(), card.sha256());
        }

        @Override
        public ModelRef resolved(ModelCard card) {
            return of(card);
        }
    }

    private static void requireText(String what, String text) {
        if (text.isBlank()) {
            throw new GauntletException("The %s is empty.".formatted(what));
        }
    }
}
