package dev.gauntlet.evaluate;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.threat.LpBall;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Runs all attacks of a plan on one shard: an example goes on to the next attack only while it stands. */
final class ShardEvaluation<M extends Classifier> {
    private final M model;
    private final ModelView<M> view;
    private final Plan<M> plan;
    private final Batch clean;
    private final RunMonitor monitor;
    private final RunMonitor.ShardWork work;
    private final List<BudgetState> budgets = new ArrayList<>();
    private final double[] distances;
    private final List<Shard.Cost> costs = new ArrayList<>();

    /** The distances after each finished attack. */
    private final List<double[]> distancesAfter = new ArrayList<>();

    /** What the model says of the clean images, asked before a limit can end the first attack. */
    private Optional<Logits> askedBefore = Optional.empty();

    private Optional<Logits> cleanLogits = Optional.empty();

    /**
     * Prepares the evaluation.
     *
     * @param view how the attacks see the model
     * @param work told what is done of the shard
     */
    ShardEvaluation(
            M model, ModelView<M> view, Plan<M> plan, Batch clean, RunMonitor monitor, RunMonitor.ShardWork work) {
        this.model = model;
        this.view = view;
        this.plan = plan;
        this.clean = clean;
        this.monitor = monitor;
        this.work = work;
        this.distances = new double[clean.size()];
        Arrays.fill(distances, -1);
        for (LpBall ball : plan.balls()) {
            budgets.add(new BudgetState(ball, clean));
        }
    }

    ShardOutcome run(GallerySelection gallery) {
        try {
            if (monitor.isLimited()) {
                askedBefore = Optional.of(
                        new QueryRecorder(model, monitor.clean(work), clean, Optional.empty(), Optional.empty())
                                .cleanLogits());
            }
            if (Arrays.stream(clean.labels())
                    .anyMatch(label -> !plan.criterion().appliesTo(label))) {
                // the first attack will not see all examples, and so not say what the model makes of them
                lookAtClean();
            }
            for (int attack = 0; attack < plan.attacks().size(); attack++) {
                costs.add(run(attack));
                distancesAfter.add(distances.clone());
            }
            return new ShardOutcome.Finished(
                    shard(gallery, cleanLogits.orElseGet(this::lookAtClean), distances, costs, budgets));
        } catch (TimeUp e) {
            if (cleanLogits.isEmpty()) {
                askedBefore.ifPresent(this::begin);
            }
            return new ShardOutcome.Unfinished(
                    cleanLogits.isPresent(), costs.size(), attacks -> after(attacks, gallery));
        }
    }

    /** Returns the result after some of the attacks; after none only the clean images count. */
    private Shard after(int attacks, GallerySelection gallery) {
        Logits logits = cleanLogits.orElseThrow();
        budgets.forEach(worst -> worst.forget(attacks, logits));
        return attacks > 0
                ? shard(gallery, logits, distancesAfter.get(attacks - 1), costs.subList(0, attacks), budgets)
                : shard(gallery, logits, distances, List.of(), budgets.subList(0, 1))
                        .cleanAlone(plan.attacks().size());
    }

    private Shard shard(
            GallerySelection gallery,
            Logits logits,
            double[] until,
            List<Shard.Cost> attackCosts,
            List<BudgetState> worsts) {
        return new Shard(
                clean.ids(),
                clean.labels(),
                until,
                List.copyOf(attackCosts),
                worsts.stream()
                        .map(worst -> worst.result(gallery, logits, worst.lostByRounding(model, plan.criterion())))
                        .toList());
    }

    /** Returns what the attacks found, after the run. */
    List<AdversarialExample> successes() {
        return budgets.stream().flatMap(worst -> worst.successes().stream()).toList();
    }

    private Logits lookAtClean() {
        Logits logits = new QueryRecorder(model, work, clean, Optional.empty(), askedBefore).cleanLogits();
        begin(logits);
        return logits;
    }

    /** Notes the clean predictions once they are known: who is wrong now is lost, whatever an attack does. */
    private void begin(Logits logits) {
        cleanLogits = Optional.of(logits);
        for (int row = 0; row < clean.size(); row++) {
            if (logits.prediction(row) != clean.labels()[row]) {
                distances[row] = 0;
            }
        }
        budgets.forEach(worst -> worst.begin(logits));
    }

    /** Groups the budgets by the examples that still stand there: one search serves a group. */
    private Map<List<Integer>, List<BudgetState>> searches(Attack<?> attack) {
        Map<List<Integer>, List<BudgetState>> groups = new LinkedHashMap<>();
        if (attack instanceof MinimalNormAttack) {
            // one search serves all budgets
            List<BudgetState> all = budgets.subList(1, budgets.size());
            boolean[] stands = new boolean[clean.size()];
            // without any budget all that is asked for are the distances
            (all.isEmpty() ? budgets : all)
                    .forEach(worst -> worst.standing(plan).forEach(row -> stands[row] = true));
            groups.put(
                    IntStream.range(0, clean.size())
                            .filter(row -> stands[row])
                            .boxed()
                            .toList(),
                    all);
        } else {
            for (BudgetState worst : budgets.subList(1, budgets.size())) {
                groups.computeIfAbsent(worst.standing(plan), rows -> new ArrayList<>())
                        .add(worst);
            }
        }
        groups.remove(List.<Integer>of());
        return groups;
    }

    private Shard.Cost run(int number) {
        Attack<? super M> attack = plan.attacks().get(number);
        Map<List<Integer>, List<BudgetState>> searches = searches(attack);
        double later = plan.attacks().stream()
                .skip(number + 1L)
                .mapToDouble(next -> work(next, searches(next)))
                .sum();
        double other = work(attack, searches);
        Shard.Cost cost = Shard.Cost.NONE;
        Set<Integer> zeroGradients = new HashSet<>();
        // an attack counts once all its searches are finished
        List<Runnable> successes = new ArrayList<>();
        for (Map.Entry<List<Integer>, List<BudgetState>> group : searches.entrySet()) {
            int[] rows = group.getKey().stream().mapToInt(Integer::intValue).toArray();
            double expected = work(attack, rows.length, group.getValue());
            other -= expected;
            work.search(number, rows.length, expected, other, later);
            QueryRecorder observation = new QueryRecorder(
                    model,
                    work,
                    clean.select(rows),
                    cleanLogits.map(logits -> select(logits, rows)),
                    askedBefore.map(logits -> select(logits, rows)));
            try {
                search(attack, number, rows, group.getValue(), observation, successes);
            } finally {
                if (cleanLogits.isEmpty()) {
                    observation.cleanLogitsSoFar().ifPresent(this::begin);
                }
            }
            zeroGradients.addAll(observation.zeroGradients());
            cost = cost.plus(new Shard.Cost(observation.forwards(), observation.backwards(), 0));
        }
        successes.forEach(Runnable::run);
        return cost.plus(new Shard.Cost(0, 0, zeroGradients.size()));
    }

    private double work(Attack<?> attack, Map<List<Integer>, List<BudgetState>> searches) {
        return searches.entrySet().stream()
                .mapToDouble(group -> work(attack, group.getKey().size(), group.getValue()))
                .sum();
    }

    private double work(Attack<?> attack, int rows, List<BudgetState> worsts) {
        return monitor.work(
                attack,
                rows,
                worsts.stream().map(worst -> worst.ball().epsilon()).toList());
    }

    private void search(
            Attack<? super M> attack,
            int number,
            int[] rows,
            List<BudgetState> worsts,
            QueryRecorder observation,
            List<Runnable> successes) {
        // the attack gets arrays of its own, so that writing to them cannot move what it is measured against
        Problem problem = new Problem(
                clean.select(rows),
                plan.norm(),
                plan.criterion(),
                RandomKey.of(plan.seed()).with(attack.name() + attack.options()));
        M asked = view.recorded(model, observation);
        if (attack instanceof FixedBudgetAttack<? super M> fixed) {
            observation.begin(0);
            FixedBudgetAttack.Search search = fixed.prepare(asked, problem);
            for (BudgetState worst : worsts) {
                observation.begin(worst.ball().epsilon());
                work.budget(worst.ball().epsilon());
                AttackResult result = search.within(worst.ball().epsilon());
                MeasuredResult attempt = attempt(attack, rows, result, observation);
                attempt.requireWithin(worst.ball());
                successes.add(() -> keep(attempt, number, List.of(worst)));
            }
        } else if (attack instanceof MinimalNormAttack<? super M> minimal) {
            observation.begin(plan.norm().largest(clean.shape().size()));
            MeasuredResult attempt = attempt(attack, rows, minimal.nearest(asked, problem), observation);
            successes.add(() -> keep(attempt, number, worsts));
        }
    }

    private MeasuredResult attempt(Attack<?> attack, int[] rows, AttackResult result, QueryRecorder observation) {
        Batch before = clean.select(rows);
        Batch after = before.withPixels(result.pixels());
        MeasuredResult attempt = MeasuredResult.measured(attack, plan.norm(), rows, before, after);
        if (cleanLogits.isEmpty()) {
            begin(observation.cleanLogits());
        }
        return attempt.answered(observation.logits(after));
    }

    private void keep(MeasuredResult attempt, int number, List<BudgetState> worsts) {
        for (int i = 0; i < attempt.rows().length; i++) {
            int row = attempt.rows()[i];
            boolean met = plan.criterion().isMet(attempt.logits().prediction(i), clean.labels()[row]);
            if (!met || distances[row] == 0) {
                continue;
            }
            double distance = attempt.distances()[i];
            if (distances[row] < 0 || distance < distances[row]) {
                distances[row] = distance;
            }
            for (BudgetState worst : worsts) {
                if (worst.stands(row) && worst.ball().allows(distance)) {
                    worst.fall(row, number, attempt, i);
                }
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
