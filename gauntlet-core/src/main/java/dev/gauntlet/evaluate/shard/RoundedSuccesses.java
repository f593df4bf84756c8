package dev.gauntlet.evaluate.shard;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.Criterion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which successes of an attack are still successes when the image is rounded to 8 bits, as it is in most files.
 *
 * <p>With a budget, an example is still misclassified in 8 bits if a success within that budget or a smaller one survives the
 * rounding: the adversary may use less than the budget. So the model is asked about the success with the smallest budget, and
 * about the next one only where the rounded image is not a success. That is about one forward pass for each example with a success,
 * however many budgets there are.
 */
final class RoundedSuccesses {
    private final Classifier model;
    private final Criterion criterion;
    private final Batch clean;

    /** The successes by growing budget. */
    private final List<BudgetSuccesses> budgets;

    /** For each example the smallest budget whose success survives, or the number of budgets. */
    private final int[] survivesFrom;

    /** The answers to the rounded images; an attack may give the same success for several budgets. */
    private final IdentityHashMap<Found, Integer> predictions = new IdentityHashMap<>();

    private RoundedSuccesses(Classifier model, Criterion criterion, Batch clean, List<BudgetSuccesses> budgets) {
        this.model = model;
        this.criterion = criterion;
        this.clean = clean;
        this.budgets = budgets;
        this.survivesFrom = new int[clean.size()];
        Arrays.fill(survivesFrom, budgets.size());
    }

    /** Asks the model about rounded images until each example has a success that survives, or no success is left. */
    static RoundedSuccesses of(Classifier model, Criterion criterion, Batch clean, List<BudgetSuccesses> budgets) {
        RoundedSuccesses rounded = new RoundedSuccesses(model, criterion, clean, budgets);
        rounded.search();
        return rounded;
    }

    /** Returns how many images the model has been asked about so far. */
    int asked() {
        return predictions.size();
    }

    /** Tells whether no success on an example within a budget survives. */
    boolean isLost(int row, int budget) {
        return survivesFrom[row] > budget;
    }

    /** Asks about the images that decided nothing, too, so that the prediction of each is known. */
    void askAboutAll() {
        for (BudgetSuccesses budget : budgets) {
            List<Integer> rows = new ArrayList<>();
            List<Found> unknown = new ArrayList<>();
            for (int row = 0; row < clean.size(); row++) {
                Found success = budget.success(row);
                if (success != null && !predictions.containsKey(success)) {
                    rows.add(row);
                    unknown.add(success);
                }
            }
            ask(rows, unknown);
        }
    }

    /** Returns the predicted class for a rounded success that the model has been asked about. */
    int prediction(Found success) {
        return Objects.requireNonNull(predictions.get(success));
    }

    private void search() {
        int[] next = new int[clean.size()];
        while (true) {
            List<Integer> rows = new ArrayList<>();
            List<Found> unknown = new ArrayList<>();
            for (int row = 0; row < clean.size(); row++) {
                Found success = survivesFrom[row] == budgets.size() ? next(row, next) : null;
                if (success != null) {
                    rows.add(row);
                    unknown.add(success);
                }
            }
            if (rows.isEmpty()) {
                return;
            }
            ask(rows, unknown);
            for (int i = 0; i < rows.size(); i++) {
                int row = rows.get(i);
                if (criterion.isMet(prediction(unknown.get(i)), clean.labels()[row])) {
                    survivesFrom[row] = next[row] - 1;
                }
            }
        }
    }

    /** Returns the success with the next larger budget that the model has not been asked about. */
    private @Nullable Found next(int row, int[] next) {
        while (next[row] < budgets.size()) {
            Found success = budgets.get(next[row]++).success(row);
            if (success != null && !predictions.containsKey(success)) {
                return success;
            }
        }
        return null;
    }

    private void ask(List<Integer> rows, List<Found> successes) {
        if (rows.isEmpty()) {
            return;
        }
        float[] rounded = new float[rows.size() * clean.shape().size()];
        int next = 0;
        for (Found success : successes) {
            for (float pixel : success.pixels()) {
                rounded[next++] = AdversarialExample.rounded(pixel);
            }
        }
        int[] selected = rows.stream().mapToInt(Integer::intValue).toArray();
        Logits logits = model.logits(clean.select(selected).withPixels(rounded));
        for (int i = 0; i < selected.length; i++) {
            predictions.put(successes.get(i), logits.prediction(i));
        }
    }
}
