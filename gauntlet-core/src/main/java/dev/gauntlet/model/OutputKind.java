package dev.gauntlet.model;

import dev.gauntlet.GauntletException;
import java.util.Arrays;
import java.util.Optional;

/** The meaning of a model's outputs, which no file declares, and how logits are computed from them. */
public enum OutputKind {
    /** Any numbers; the largest is the predicted class. */
    LOGITS {
        @Override
        float[] logits(String model, float[] outputs, int classes) {
            return outputs;
        }

        @Override
        public Optional<String> notice() {
            return Optional.empty();
        }
    },
    /** Numbers in [0,1] that sum to 1; their logarithms are logits. */
    PROBABILITIES {
        @Override
        float[] logits(String model, float[] outputs, int classes) {
            float[] logits = new float[outputs.length];
            for (int i = 0; i < logits.length; i++) {
                // a probability that was rounded to 0 was smaller than the smallest float
                logits[i] = (float) Math.log(Math.max(outputs[i], Float.MIN_VALUE));
            }
            return logits;
        }

        @Override
        public Optional<String> notice() {
            return Optional.of(
                    "The model returns probabilities; their logarithms are used as logits, but where a probability is rounded to 0 or 1 the gradient vanishes. If the model ends in a softmax, export it without.");
        }
    },
    /** Numbers in [0,1] that do not sum to 1, as after a sigmoid of each output; their log-odds are logits. */
    INDEPENDENT_PROBABILITIES {
        @Override
        float[] logits(String model, float[] outputs, int classes) {
            float[] logits = new float[outputs.length];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = logOdds(outputs[i]);
            }
            return logits;
        }

        @Override
        public Optional<String> notice() {
            return Optional.of(
                    "Each output of the model is between 0 and 1, as after a sigmoid; the log-odds are used as logits, but where an output is rounded to 0 or 1 the gradient vanishes. If the model ends in a sigmoid, export it without.");
        }
    },
    /** One number for two classes: the logit of class 1, where that of class 0 is 0. */
    ONE_LOGIT {
        @Override
        float[] logits(String model, float[] outputs, int classes) {
            float[] logits = new float[2 * outputs.length];
            for (int i = 0; i < outputs.length; i++) {
                logits[2 * i + 1] = outputs[i];
            }
            return logits;
        }

        @Override
        public Optional<String> notice() {
            return Optional.of(
                    "The model has one output, so it is a binary classifier; the output is used as the logit of class 1, and that of class 0 is 0.");
        }
    },
    /** One number in [0,1] for two classes: the probability of class 1. */
    ONE_PROBABILITY {
        @Override
        float[] logits(String model, float[] outputs, int classes) {
            float[] logits = new float[2 * outputs.length];
            for (int i = 0; i < outputs.length; i++) {
                logits[2 * i + 1] = logOdds(outputs[i]);
            }
            return logits;
        }

        @Override
        public Optional<String> notice() {
            return Optional.of(
                    "The model has one output between 0 and 1, so it is a binary classifier; the output is used as the probability of class 1, and the logits are 0 and its log-odds. Where it is rounded to 0 or 1 the gradient vanishes. If the model ends in a sigmoid, export it without.");
        }
    },
    /** The number of the predicted class and nothing else. */
    CLASS_NUMBERS {
        @Override
        float[] logits(String model, float[] outputs, int classes) {
            float[] logits = new float[Math.multiplyExact(outputs.length, classes)];
            Arrays.fill(logits, -1);
            for (int i = 0; i < outputs.length; i++) {
                logits[i * classes + classNumber(model, outputs[i], classes)] = 0;
            }
            return logits;
        }

        @Override
        public Optional<String> notice() {
            return Optional.of(
                    "The model returns only the number of the predicted class; only decision-based attacks such as hop-skip-jump and boundary can use it.");
        }
    };

    /** The tolerance for the sum of the probabilities of an image, which should be 1. */
    private static final double TOLERANCE = 1e-3;

    private static final float ROUNDING = 1e-6f;

    /** The largest 32-bit float below 1. */
    private static final float BELOW_ONE = Math.nextDown(1f);

    abstract float[] logits(String model, float[] outputs, int classes);

    /**
     * Converts outputs to logits, preserving the order of the outputs of an image.
     *
     * @param model the name of the model, for errors
     * @param outputs the outputs of the model
     * @param classes the number of classes; used only if the model returns only the class
     * @return the logits
     * @throws GauntletException if the model returns the number of a class that does not exist, or a single number for
     *     an image although its outputs are those of several classes
     */
    public Logits logits(String model, RawOutputs outputs, int classes) {
        if (outputs.size() == 0) {
            // an empty batch has no logits, whatever the number of classes; 2 is the smallest that a model may have
            return new Logits(2, new float[0]);
        }
        requireFit(model, outputs.perExample());
        int columns = this == CLASS_NUMBERS ? classes : isSingle() ? 2 : outputs.perExample();
        return new Logits(columns, logits(model, outputs.values(), columns));
    }

    /**
     * Tells whether there is a single output per image.
     *
     * @return whether there is
     */
    private boolean isSingle() {
        return this == ONE_LOGIT || this == ONE_PROBABILITY || this == CLASS_NUMBERS;
    }

    /**
     * Refuses outputs whose number does not fit this kind.
     *
     * @param model the name of the model, for the error
     * @param perExample the number of outputs per image
     * @throws GauntletException if there is one where several are expected, or vice versa
     */
    public void requireFit(String model, long perExample) {
        if ((perExample == 1) != isSingle()) {
            throw new GauntletException("The model %s returns %d numbers per image; expected %s."
                    .formatted(model, perExample, isSingle() ? "a single one" : "one logit per class"));
        }
    }

    /**
     * Reads the number of a class.
     *
     * @param model the name of the model, for the error
     * @param output the output of the model
     * @param classes the number of classes
     * @return the number
     * @throws GauntletException if the class does not exist
     */
    public static int classNumber(String model, float output, int classes) {
        if (!(output >= 0 && output < classes && output == Math.rint(output))) {
            throw new GauntletException(
                    "The model %s returns only the number of a class, and returned %s although there are %d classes (0 to %d); name all classes of the model, or check that its numbers start at 0."
                            .formatted(model, number(output), classes, classes - 1));
        }
        return (int) output;
    }

    /**
     * Returns what a reader must know, if anything.
     *
     * @return the notice
     */
    public abstract Optional<String> notice();

    /**
     * Recognizes the kind by the values of some outputs; more and more diverse images make the result more reliable.
     *
     * <p>A single output that is in [0,1] for all images is a probability. A single output is a class number if its
     * type is an integer, or if all values are integers and one exceeds 1.
     *
     * @param outputs the outputs for some images
     * @return the kind
     */
    public static OutputKind of(RawOutputs outputs) {
        if (outputs.size() == 0) {
            return LOGITS;
        }
        boolean single = outputs.perExample() == 1;
        if (!inUnitInterval(outputs.values())) {
            if (!single) {
                return LOGITS;
            }
            return isWhole(outputs.values()) ? CLASS_NUMBERS : ONE_LOGIT;
        }
        if (single) {
            return outputs.integers() ? CLASS_NUMBERS : ONE_PROBABILITY;
        }
        return sumToOne(outputs) ? PROBABILITIES : INDEPENDENT_PROBABILITIES;
    }

    private static boolean inUnitInterval(float[] values) {
        for (float value : values) {
            // a sum of a hand-written softmax may be rounded to slightly above 1
            if (!(value >= 0 && value <= 1 + ROUNDING)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isWhole(float[] values) {
        for (float value : values) {
            if (!(value >= 0 && value == Math.rint(value) && Float.isFinite(value))) {
                return false;
            }
        }
        return true;
    }

    private static boolean sumToOne(RawOutputs outputs) {
        for (int row = 0; row < outputs.size(); row++) {
            double sum = 0;
            for (int k = 0; k < outputs.perExample(); k++) {
                sum += outputs.values()[row * outputs.perExample() + k];
            }
            if (Math.abs(sum - 1) > TOLERANCE) {
                return false;
            }
        }
        return true;
    }

    /** Computes log(p / (1 - p)); outside [0,1] it is extended linearly, so that a larger output is a larger logit. */
    private static float logOdds(float probability) {
        double p = Math.max(Float.MIN_VALUE, Math.min(BELOW_ONE, probability));
        return (float) (Math.log(p) - Math.log1p(-p) + (probability - p));
    }

    private static String number(float value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9 ? Long.toString((long) value) : Float.toString(value);
    }
}
