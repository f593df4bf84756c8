package dev.gauntlet.evaluate.shard;

import dev.gauntlet.attack.Passes;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.model.Logits;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The result of a task.
 *
 * @param id the task's place in the evaluation
 * @param outcome the outcome of its work
 */
public record ShardResult(ShardId id, Outcome outcome) {
    /** The outcome of some work. */
    public sealed interface Outcome {}

    /**
     * The time limit was reached before the work was done.
     */
    public record TimeIsUp() implements Outcome {}

    /**
     * What the model answers for clean images.
     *
     * @param logits the answers, in the order of the examples
     */
    public record CleanAnswers(Logits logits) implements Outcome {}

    /**
     * What an attack achieved.
     *
     * @param cost how often it used the model
     * @param nearest for each example how far the nearest success is, whatever the budget; infinite if there is none
     * @param successes the successes within the budgets
     * @param gallery some of them with their images, for the report
     * @param images all of them with their images, if the task asks for them
     */
    public record Attacked(
            Cost cost,
            double[] nearest,
            List<Success> successes,
            List<GalleryExample> gallery,
            List<AdversarialExample> images)
            implements Outcome {
        public Attacked {
            successes = List.copyOf(successes);
            gallery = List.copyOf(gallery);
            images = List.copyOf(images);
        }

        Attacked withoutImages() {
            return new Attacked(cost, nearest, successes, gallery, List.of());
        }
    }

    /**
     * What a certifier proved.
     *
     * @param certified for each example the number of budgets above 0, counted from the smallest, with which it is certified
     * @param inFloat32 for each example the number of these with which it is also certified for 32-bit arithmetic
     * @param radius for each example the largest epsilon with which it is known to be certified for 32-bit arithmetic
     * @param domains for each example the number of parts into which its balls were divided, over all balls
     * @param counterexamples what it broke
     */
    public record Certified(int[] certified, int[] inFloat32, double[] radius, long[] domains, Attacked counterexamples)
            implements Outcome {}

    /**
     * A success within a budget, as measured.
     *
     * @param budget the position of the budget among those above 0
     * @param row the example, by its row in the task
     * @param prediction what the model answers
     * @param confidence how sure it is
     * @param distance how far the success is from the clean image
     * @param lostByRounding whether neither it nor a success of the same attack within a smaller budget is still a success when
     *     the image is rounded to 8 bits
     */
    public record Success(
            int budget, int row, int prediction, double confidence, double distance, boolean lostByRounding) {}

    /**
     * How often an attack used the model.
     *
     * @param forwards how many examples it sent forward, including its successes rounded to 8 bits
     * @param backwards how many examples it got a gradient for
     * @param zeroGradients the number of examples for which some gradient was 0 in every pixel
     */
    public record Cost(long forwards, long backwards, int zeroGradients) {
        /** No use of the model. */
        public static final Cost NONE = new Cost(0, 0, 0);

        /**
         * Returns the sum of two costs.
         *
         * @param other the other
         * @return the sum
         */
        public Cost plus(Cost other) {
            return new Cost(
                    forwards + other.forwards, backwards + other.backwards, zeroGradients + other.zeroGradients);
        }
    }

    /**
     * What a probe found.
     *
     * @param cost the passes that it took
     * @param found the diagnostics
     */
    public record Probed(Passes cost, List<Diagnostic> found) implements Outcome {
        public Probed {
            found = List.copyOf(found);
        }
    }

    /**
     * What a stronger attack broke.
     *
     * @param cost the passes that it took
     * @param broken for each example whether the attack succeeded on it within the budget
     */
    public record Tried(Passes cost, boolean[] broken) implements Outcome {}

    /**
     * Tells whether the work was done.
     *
     * @return false if the time was up before
     */
    public boolean isFinished() {
        return !(outcome instanceof TimeIsUp);
    }

    /**
     * Returns the same result without the images of all successes.
     *
     * @return the result
     */
    public ShardResult withoutImages() {
        if (outcome instanceof Attacked attacked) {
            return new ShardResult(id, attacked.withoutImages());
        } else if (outcome instanceof Certified certified) {
            return new ShardResult(
                    id,
                    new Certified(
                            certified.certified(),
                            certified.inFloat32(),
                            certified.radius(),
                            certified.domains(),
                            certified.counterexamples().withoutImages()));
        }
        return this;
    }

    /**
     * Returns what was broken.
     *
     * @return the successes of an attack or a certifier; empty if the task was another one
     */
    public Optional<Attacked> attacked() {
        if (outcome instanceof Attacked attacked) {
            return Optional.of(attacked);
        }
        return outcome instanceof Certified certified ? Optional.of(certified.counterexamples()) : Optional.empty();
    }

    /**
     * Writes the result.
     *
     * @return the bytes, the same for equal results
     */
    public byte[] bytes() {
        return RecordCodec.bytes(this);
    }

    /**
     * Reads a result.
     *
     * @param bytes what {@link #bytes()} has written
     * @return the result
     * @throws IOException if they are not that
     */
    public static ShardResult of(byte[] bytes) throws IOException {
        return RecordCodec.read(ShardResult.class, bytes);
    }
}
