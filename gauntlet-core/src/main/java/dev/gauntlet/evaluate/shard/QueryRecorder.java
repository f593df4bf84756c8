package dev.gauntlet.evaluate.shard;

import dev.gauntlet.GauntletException;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.ChangingImages;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Records the queries of an attack on one batch: their cost, and some of the answers, so that the evaluator can reuse
 * them.
 *
 * <p>The answers come from the model, not from the attack; pixels that differ in a single bit are queried again. An answer
 * that is NaN or infinite stops the run.
 */
final class QueryRecorder {
    private static final int NO_SIGN = 0x7fffffff;
    private static final int INFINITY = 0x7f800000;

    private final Classifier model;
    private final PassWatch watch;
    private final Batch clean;
    private final Logits cleanLogits;
    private double epsilon;
    private Optional<Answer> first = Optional.empty();
    private long forwards;
    private long backwards;
    private final Set<Integer> zeroGradients = new HashSet<>();

    /**
     * Begins to record.
     *
     * @param cleanLogits the logits of the clean batch, which cost the attack nothing
     */
    QueryRecorder(Classifier model, PassWatch watch, Batch clean, Logits cleanLogits) {
        this.model = model;
        this.watch = watch;
        this.clean = clean;
        this.cleanLogits = cleanLogits;
    }

    /** Queries a clean batch. */
    static Logits clean(Classifier model, PassWatch watch, Batch clean) {
        Logits logits = watch.pass(clean, false, () -> model.logits(clean));
        requireFinite(model, clean, logits, 0);
        return logits;
    }

    /** Returns the model as the attack gets it if it is a black box. */
    Classifier blackBox() {
        return new BlackBox();
    }

    /** Returns the model as the attack gets it if it may ask for gradients. */
    static DifferentiableClassifier whiteBox(DifferentiableClassifier model, QueryRecorder observation) {
        return observation.new WhiteBox(model);
    }

    /** Notes that a new search begins, with this budget. */
    void begin(double newEpsilon) {
        epsilon = newEpsilon;
        first = Optional.empty();
    }

    /** Returns the logits of the result of an attack, and queries the model only for images that are new in this search. */
    Logits logits(Batch batch) {
        int classes = cleanLogits.classes();
        int length = clean.shape().size();
        float[] values = cleanLogits.values().clone();
        int[] unknown = new int[batch.size()];
        int count = 0;
        for (int row = 0; row < batch.size(); row++) {
            int from = row * length;
            if (Arrays.equals(batch.pixels(), from, from + length, clean.pixels(), from, from + length)) {
                continue;
            }
            int asked = first.isPresent() ? first.get().row(batch, row) : -1;
            if (asked < 0) {
                unknown[count++] = row;
            } else {
                System.arraycopy(first.get().logits.values(), asked * classes, values, row * classes, classes);
            }
        }
        if (count > 0) {
            Batch rest = batch.select(Arrays.copyOf(unknown, count));
            Logits answer = finite(rest, ask(rest));
            for (int i = 0; i < count; i++) {
                System.arraycopy(answer.values(), i * classes, values, unknown[i] * classes, classes);
            }
        }
        return new Logits(classes, values);
    }

    /** Returns how many examples the attack has sent forward through the model. */
    long forwards() {
        return forwards;
    }

    /** Returns for how many examples the attack has asked for a gradient. */
    long backwards() {
        return backwards;
    }

    /** Returns the ids of the examples of which some gradient was 0 everywhere. */
    Set<Integer> zeroGradients() {
        return zeroGradients;
    }

    private Logits ask(Batch batch) {
        return watch.pass(batch, false, () -> model.logits(batch));
    }

    private boolean isClean(Batch batch) {
        return batch.size() == clean.size() && Arrays.equals(batch.pixels(), clean.pixels());
    }

    private Logits finite(Batch batch, Logits logits) {
        requireFinite(model, batch, logits, isClean(batch) ? 0 : epsilon);
        return logits;
    }

    private static void requireFinite(Classifier model, Batch batch, Logits logits, double epsilon) {
        for (int row = 0; row < logits.size(); row++) {
            if (!logits.isFinite(row)) {
                throw new GauntletException(
                        "The model %s gave a logit that is NaN or infinite for example %d at epsilon %s; check its weights."
                                .formatted(model.card().name(), batch.ids()[row], epsilon));
            }
        }
    }

    private void inspect(Batch batch, float[] gradient) {
        int length = batch.shape().size();
        for (int row = 0; row < batch.size(); row++) {
            int largest = 0;
            for (int i = row * length; i < (row + 1) * length; i++) {
                largest = Math.max(largest, Float.floatToRawIntBits(gradient[i]) & NO_SIGN);
            }
            if (largest == 0) {
                zeroGradients.add(batch.ids()[row]);
            }
            if (largest >= INFINITY) {
                throw new GauntletException(
                        "The model %s gave a gradient that is NaN or infinite for example %d at epsilon %s; check its weights."
                                .formatted(model.card().name(), batch.ids()[row], isClean(batch) ? 0.0 : epsilon));
            }
        }
    }

    /** The answer to the first query of a search; for an attack with more queries, one more costs little. */
    private record Answer(Batch batch, Logits logits) {
        /** Finds an example with the same pixels; -1 if there is none. */
        int row(Batch other, int otherRow) {
            int length = batch.shape().size();
            for (int row = Math.min(otherRow, batch.size() - 1); row >= 0; row--) {
                if (batch.ids()[row] == other.ids()[otherRow]) {
                    boolean same = Arrays.equals(
                            batch.pixels(),
                            row * length,
                            (row + 1) * length,
                            other.pixels(),
                            otherRow * length,
                            (otherRow + 1) * length);
                    return same ? row : -1;
                }
            }
            return -1;
        }
    }

    private class BlackBox implements Classifier {
        @Override
        public final ModelCard card() {
            return model.card();
        }

        @Override
        public final boolean givesOnlyClasses() {
            return model.givesOnlyClasses();
        }

        @Override
        public final Logits logits(Batch batch) {
            if (isClean(batch)) {
                return new Logits(cleanLogits.classes(), cleanLogits.values().clone());
            }
            return noted(batch, ask(batch));
        }

        /** Counts a forward pass and looks at its answer. */
        private Logits noted(Batch batch, Logits answer) {
            forwards += batch.size();
            Logits logits = finite(batch, answer);
            if (first.isEmpty()) {
                // copies, because the attack may go on to write to its own
                first = Optional.of(new Answer(
                        batch.withPixels(batch.pixels().clone()),
                        new Logits(logits.classes(), logits.values().clone())));
            }
            return logits;
        }

        @Override
        public final ChangingImages changing() {
            ChangingImages images = model.changing();
            return new ChangingImages() {
                @Override
                public Logits logits(Batch candidates) {
                    return noted(candidates, watch.pass(candidates, false, () -> images.logits(candidates)));
                }

                @Override
                public void accept(Batch candidates, int[] rows) {
                    images.accept(candidates, rows);
                }

                @Override
                public void select(int[] rows) {
                    images.select(rows);
                }
            };
        }

        @Override
        public final void close() {
            throw new UnsupportedOperationException("an attack does not own the model");
        }
    }

    private final class WhiteBox extends BlackBox implements DifferentiableClassifier {
        private final DifferentiableClassifier differentiable;

        WhiteBox(DifferentiableClassifier differentiable) {
            this.differentiable = differentiable;
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            forwards += batch.size();
            backwards += batch.size();
            Gradient gradient = watch.pass(batch, true, () -> differentiable.gradient(batch, lossOfRow));
            finite(batch, gradient.logits());
            inspect(batch, gradient.pixels());
            return gradient;
        }
    }
}
