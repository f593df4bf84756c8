package dev.gauntlet.attack;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.attack.kit.RowSelection;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import java.util.Arrays;

/**
 * Tells whether images are successes, with any number of images per example; stores every success in the findings.
 *
 * <p>The model gets a bounded number of images per batch, so that memory does not grow with the number of queries.
 */
final class DecisionOracle {
    private static final int MOST_IMAGES = 256;
    private static final int MOST_PIXELS = 1 << 22;

    private final Classifier model;
    private final Problem problem;
    private final Findings findings;

    DecisionOracle(Classifier model, Problem problem, Findings findings) {
        this.model = model;
        this.problem = problem;
        this.findings = findings;
    }

    /** Creates the queried images. */
    @FunctionalInterface
    interface Painter {
        /** Writes an image; called once for each index, in order. */
        void fill(int number, float[] images, int offset);
    }

    /** Receives the decisions. */
    @FunctionalInterface
    interface Listener {
        /** Receives a decision; called once for each index, in order. */
        void accept(int number, float[] images, int offset, boolean wanted);
    }

    /** Returns the batch size of the queries. */
    int largestCall() {
        return Math.max(
                1, Math.min(MOST_IMAGES, MOST_PIXELS / problem.clean().shape().size()));
    }

    /**
     * Queries images.
     *
     * <p>Cost: one forward pass per image.
     *
     * @param rows the row in the problem of each image
     * @param images their pixels, one after the other
     * @return whether each image is a success
     */
    boolean[] of(int[] rows, float[] images) {
        int length = problem.clean().shape().size();
        boolean[] wanted = new boolean[rows.length];
        ask(
                rows,
                (number, target, offset) -> System.arraycopy(images, number * length, target, offset, length),
                (number, asked, offset, isWanted) -> wanted[number] = isWanted);
        return wanted;
    }

    /**
     * Queries images that are created batch by batch.
     *
     * <p>Cost: one forward pass per image.
     *
     * @param rows the row in the problem of each image
     * @param painter creates the images
     * @param listener receives the decisions
     */
    void ask(int[] rows, Painter painter, Listener listener) {
        int length = problem.clean().shape().size();
        int call = largestCall();
        for (int first = 0; first < rows.length; first += call) {
            int[] asked = Arrays.copyOfRange(rows, first, Math.min(rows.length, first + call));
            float[] images = new float[asked.length * length];
            for (int i = 0; i < asked.length; i++) {
                painter.fill(first + i, images, i * length);
            }
            boolean[] wanted = decide(asked, images);
            for (int i = 0; i < asked.length; i++) {
                listener.accept(first + i, images, i * length, wanted[i]);
            }
        }
    }

    private boolean[] decide(int[] rows, float[] images) {
        Batch clean = problem.clean();
        Batch batch = new Batch(
                clean.shape(),
                RowSelection.select(clean.ids(), rows),
                RowSelection.select(clean.labels(), rows),
                images);
        boolean[] wanted = new boolean[rows.length];
        Arrays.fill(wanted, true);
        for (int failed : findings.keep(rows, images, model.logits(batch))) {
            wanted[failed] = false;
        }
        return wanted;
    }
}
