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
    private final CollectedSuccesses successes;

    AttackRun(ModelView<M> model, ShardPlan<M> plan, ShardTask.RunAttack work, Batch clean, ShardWatch.OfTask watch) {
        this.model = model;
        this.plan = plan;
        this.work = work;
        this.clean = clean;
        this.watch = watch;
        this.successes = new CollectedSuccesses(model.model(), plan, clean, work.clean(), work.robust());
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
        return successes.result(work.attack(), cost.plus(new ShardResult.Cost(0, 0, zeroGradients.size())), withImages);
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
                BudgetSuccesses budget = successes.budgets().get(number);
                double epsilon = budget.ball().epsilon();
                recorder.begin(epsilon);
                watch.budget(epsilon);
                MeasuredResult result = measured(attack, search.rows(), within.within(epsilon), recorder);
                result.requireWithin(budget.ball());
                successes.keep(result, List.of(budget));
            }
        } else if (attack instanceof MinimalNormAttack<? super M> minimal) {
            recorder.begin(plan.norm().largest(clean.shape().size()));
            successes.keep(
                    measured(attack, search.rows(), minimal.nearest(asked, problem), recorder), successes.budgets());
        }
    }

    private MeasuredResult measured(Attack<?> attack, int[] rows, AttackResult result, QueryRecorder recorder) {
        Batch before = clean.select(rows);
        Batch after = before.withPixels(result.pixels());
        return MeasuredResult.measured(attack.name(), plan.norm(), rows, before, after)
                .answered(recorder.logits(after));
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
