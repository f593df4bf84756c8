package dev.gauntlet.evaluate.shard;

import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The successes on the examples of a task, within each budget, as measured. */
final class CollectedSuccesses {
    private final Classifier model;
    private final ShardPlan<?> plan;
    private final Batch clean;
    private final Logits cleanLogits;
    private final List<BudgetSuccesses> budgets = new ArrayList<>();
    private final double[] nearest;

    /**
     * Begins with none.
     *
     * @param cleanLogits what the model answers for the clean images
     * @param robust for each budget above 0 the rows on which a success is wanted
     */
    CollectedSuccesses(Classifier model, ShardPlan<?> plan, Batch clean, Logits cleanLogits, List<int[]> robust) {
        this.model = model;
        this.plan = plan;
        this.clean = clean;
        this.cleanLogits = cleanLogits;
        this.nearest = new double[clean.size()];
        Arrays.fill(nearest, Double.POSITIVE_INFINITY);
        for (int[] rows : robust) {
            budgets.add(new BudgetSuccesses(budgets.size(), plan.budget(budgets.size()), clean, rows));
        }
    }

    /** Returns the successes within each budget above 0. */
    List<BudgetSuccesses> budgets() {
        return budgets;
    }

    /** Keeps what succeeded, for those of some budgets that want it. */
    void keep(MeasuredResult result, List<BudgetSuccesses> within) {
        for (int i = 0; i < result.rows().length; i++) {
            int row = result.rows()[i];
            if (!plan.criterion().isMet(result.logits().prediction(i), clean.labels()[row])) {
                continue;
            }
            double distance = result.distances()[i];
            nearest[row] = Math.min(nearest[row], distance);
            List<BudgetSuccesses> wanting = within.stream()
                    .filter(budget -> budget.wants(row, distance))
                    .toList();
            if (!wanting.isEmpty()) {
                Found success = result.success(i);
                wanting.forEach(budget -> budget.take(row, success));
            }
        }
    }

    /**
     * Returns what was kept.
     *
     * @param attack the position of the attack, or of the certifier after them
     * @param searches what the search for it has cost
     * @param withImages whether the images of all successes are wanted
     */
    ShardResult.Attacked result(int attack, ShardResult.Cost searches, boolean withImages) {
        RoundedSuccesses rounded = RoundedSuccesses.of(model, plan.criterion(), clean, budgets);
        ShardResult.Cost cost = searches.plus(new ShardResult.Cost(rounded.asked(), 0, 0));
        if (withImages) {
            // at no cost of the attack, which does not depend on who else wants the images
            rounded.askAboutAll();
        }
        List<ShardResult.Success> successes = new ArrayList<>();
        List<GalleryExample> gallery = new ArrayList<>();
        List<AdversarialExample> images = new ArrayList<>();
        GallerySelection selection = new GallerySelection(plan.seed());
        for (BudgetSuccesses budget : budgets) {
            successes.addAll(budget.successes(rounded));
            gallery.addAll(budget.gallery(selection, cleanLogits));
            if (withImages) {
                images.addAll(budget.images(attack, rounded));
            }
        }
        return new ShardResult.Attacked(cost, nearest, successes, gallery, images);
    }
}
