package dev.gauntlet.explore;

import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.shard.CleanExamples;
import dev.gauntlet.model.Logits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * Finds examples of the data by their class and by what a model says to them.
 *
 * @param label the true class, if only this one is sought
 * @param outcome which answers of the model are sought
 * @param from the number of the first example to look at
 * @param count how many are sought
 */
record ExampleSearch(
        Exploration exploration,
        int position,
        Predictions predictions,
        OptionalInt label,
        Outcome outcome,
        int from,
        int count) {
    /** Which answers are sought. */
    enum Outcome {
        ANY,
        RIGHT,
        WRONG
    }

    /** The answers of a model to the clean examples, as far as they were asked for; -1 for the others. */
    static final class Predictions {
        private final int[] known;

        Predictions(int examples) {
            known = new int[examples];
            Arrays.fill(known, -1);
        }

        synchronized int of(int id) {
            return known[id];
        }

        synchronized void put(int id, int prediction) {
            known[id] = prediction;
        }
    }

    /**
     * An example.
     *
     * @param id its number
     * @param label its true class
     * @param prediction what the model says
     * @param levels its grey levels, as bytes in Base64
     */
    record Example(int id, int label, int prediction, String levels) {}

    /**
     * The result.
     *
     * @param examples the examples
     * @param next the number at which the search continues; the size of the data if it is at its end
     */
    record Result(List<Example> examples, int next) {}

    private static final int NUMBERS = 1 << 17;

    Result run(Job job) {
        Dataset data = exploration.data();
        int together = Math.max(1, Math.min(100, NUMBERS / exploration.shape().size()));
        List<Example> found = new ArrayList<>();
        int next = from;
        while (next < data.size() && found.size() < count) {
            List<Integer> slice = new ArrayList<>();
            // if any answer will do, the model need not be asked about more
            int most = outcome == Outcome.ANY ? Math.min(together, count - found.size()) : together;
            while (next < data.size() && slice.size() < most) {
                if (label.isEmpty() || data.label(next) == label.getAsInt()) {
                    slice.add(next);
                }
                next++;
            }
            predict(slice, job);
            for (int id : slice) {
                if (found.size() == count) {
                    next = id;
                    break;
                }
                if (isSought(id)) {
                    found.add(example(id));
                }
            }
            job.progress((double) next / data.size(), "looking for examples");
        }
        return new Result(found, next);
    }

    private boolean isSought(int id) {
        boolean isRight = predictions.of(id) == exploration.data().label(id);
        return outcome == Outcome.ANY || isRight == (outcome == Outcome.RIGHT);
    }

    private void predict(List<Integer> ids, Job job) {
        int[] unknown = ids.stream()
                .filter(id -> predictions.of(id) < 0)
                .mapToInt(Integer::intValue)
                .toArray();
        if (unknown.length == 0) {
            return;
        }
        job.check();
        Logits logits = exploration
                .models()
                .get(position)
                .classifier()
                .logits(new CleanExamples(exploration.data()).batch(unknown));
        for (int i = 0; i < unknown.length; i++) {
            predictions.put(unknown[i], logits.prediction(i));
        }
    }

    private Example example(int id) {
        float[] pixels = new float[exploration.shape().size()];
        exploration.data().copyPixels(id, pixels, 0);
        return new Example(id, exploration.data().label(id), predictions.of(id), Pixels.levels(pixels));
    }
}
