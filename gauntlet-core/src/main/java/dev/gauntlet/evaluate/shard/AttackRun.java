package dev.gauntlet.evaluate.shard;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Runs one attack of a plan on the examples of a task, and measures its results without trusting its claims. */
final class AttackRun<M extends Classifier> {
    private final ModelView<M> model;
    private final ShardPlan<M> plan;
    private final ShardTask.RunAttack work;
    private final Batch clean;
    private final ShardWatch.OfTask watch;
    private final List<BudgetSuccesses> budgets = new ArrayList<>();
    private final double[] nearest;

    AttackRun(ModelView<M> model, ShardPlan<M> plan, ShardTask.RunAttack work, Batch clean, ShardWatch.OfTask watch) {
        this.model = model;
        this.plan = plan;
        this.work = work;
        this.clean = clean;
        this.watch = watch;
        this.nearest = new double[clean.size()];
        Arrays.fill(nearest, Double.POSITIVE_INFINITY);
        for (int[] rows : work.robust()) {
            budgets.add(new BudgetSuccesses(budgets.size(), plan.budget(budgets.size()), clean, rows));
        }
    }

    ShardResult.Attacked run(boolean withImages) {
        Attack<? super M> attack = plan.attacks().get(work.attack());
        ShardResult.Cost cost = ShardResult.Cost.NONE;
        Set<Integer> zeroGradients = new HashSet<>();
        List<ShardTask.Search> searches = work.searches(attack);
        for (int number = 0; number < searches.size(); number++) {
            watch.search(number);
            int[] rows = searches.get(number).rows();
            QueryRecorder recorder =
                    new QueryRecorder(model.model(), watch, clean.select(rows), select(work.clean(), rows));
            search(attack, searches.get(number), recorder);
            zeroGradients.addAll(recorder.zeroGradients());
            cost = cost.plus(new ShardResult.Cost(recorder.forwards(), recorder.backwards(), 0));
        }
        return result(cost.plus(new ShardResult.Cost(0, 0, zeroGradients.size())), withImages);
    }

    private ShardResult.Attacked result(ShardResult.Cost searches, boolean withImages) {
        RoundedSuccesses rounded = RoundedSuccesses.of(model.model(), plan.criterion(), clean, budgets);
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
            gallery.addAll(budget.gallery(selection, work.clean()));
            if (withImages) {
                images.addAll(budget.images(work.attack(), rounded));
            }
        }
        return new ShardResult.Attacked(cost, nearest, successes, gallery, images);
    }

    private void search(Attack<? super M> attack, ShardTask.Search search, QueryRecorder recorder) {
        // the attack gets arrays of its own, so that writing to them cannot move what it is measured against
        Problem problem = new Problem(
                clean.select(search.rows()),
                plan.norm(),
                plan.criterion(),
                RandomKey.of(plan.seed()).with(attack.name() + attack.options()));
        M asked = model.recorded(recorder);
        if (attack instanceof FixedBudgetAttack<? super M> fixed) {
            recorder.begin(0);
            FixedBudgetAttack.Search within = fixed.prepare(asked, problem);
            for (int number : search.budgets()) {
                BudgetSuccesses budget = budgets.get(number);
                double epsilon = budget.ball().epsilon();
                recorder.begin(epsilon);
                watch.budget(epsilon);
                MeasuredResult result = measured(attack, search.rows(), within.within(epsilon), recorder);
                result.requireWithin(budget.ball());
                keep(result, List.of(budget));
            }
        } else if (attack instanceof MinimalNormAttack<? super M> minimal) {
            recorder.begin(plan.norm().largest(clean.shape().size()));
            keep(measured(attack, search.rows(), minimal.nearest(asked, problem), recorder), budgets);
        }
    }

    private MeasuredResult measured(Attack<?> attack, int[] rows, AttackResult result, QueryRecorder recorder) {
        Batch before = clean.select(rows);
        Batch after = before.withPixels(result.pixels());
        return MeasuredResult.measured(attack, plan.norm(), rows, before, after).answered(recorder.logits(after));
    }

    private void keep(MeasuredResult result, List<BudgetSuccesses> within) {
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

    private static Logits select(Logits logits, int[] rows) {
        int classes = logits.classes();
        float[] values = new float[rows.length * classes];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(logits.values(), rows[i] * classes, values, i * classes, classes);
        }
        return new Logits(classes, values);
    }
}
