package dev.gauntlet.model;

import dev.gauntlet.data.Batch;

/**
 * Answers many questions about images that change by a few pixels at a time, as a random search does: each question is about
 * candidates, one for each example, and the next candidates differ little from the last ones that were accepted.
 *
 * <p>An engine may compute only what a change affects. The predicted classes are those of {@link Classifier#logits}; the logits
 * may differ by rounding errors.
 *
 * <p>Example: {@code Logits logits = images.logits(candidates); images.accept(candidates, better);}
 */
public interface ChangingImages {
    /**
     * Computes the logits of candidates.
     *
     * @param candidates a candidate for each example
     * @return their logits
     */
    Logits logits(Batch candidates);

    /**
     * Says that later candidates will differ little from these.
     *
     * @param candidates the candidates of the last question, unchanged for the accepted ones
     * @param rows the rows of the accepted ones
     */
    void accept(Batch candidates, int[] rows);

    /**
     * Says that later questions are about some of the examples alone.
     *
     * @param rows their rows
     */
    void select(int[] rows);

    /**
     * Computes each candidate in full.
     *
     * @param model the model
     * @return the answers of the model
     */
    static ChangingImages inFull(Classifier model) {
        return new ChangingImages() {
            @Override
            public Logits logits(Batch candidates) {
                return model.logits(candidates);
            }

            @Override
            public void accept(Batch candidates, int[] rows) {
                // every question is computed in full
            }

            @Override
            public void select(int[] rows) {
                // every question is computed in full
            }
        };
    }
}
