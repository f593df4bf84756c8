package dev.gauntlet.evaluate;

import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.AttackResult;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.Problem;
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
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** Runs all attacks of a plan on one shard: an example goes on to the next attack only while it stands. */
final class ShardEvaluation<M extends Classifier> {
    private final M model;
    private final BiFunction<M, Observation, M> observed;
    private final Plan<M> plan;
    private final Batch clean;
    private final List<Worst> budgets = new ArrayList<>();
    private final double[] distances;
    private Optional<Logits> cleanLogits = Optional.empty();

    /**
     * Prepares the evaluation.
     *
     * @param observed gives an attack the model such that an observation sees every question
     */
    ShardEvaluation(M model, BiFunction<M, Observation, M> observed, Plan<M> plan, Batch clean) {
        this.model = model;
        this.observed = observed;
        this.plan = plan;
        this.clean = clean;
        this.distances = new double[clean.size()];
        Arrays.fill(distances, -1);
        for (double epsilon : plan.epsilons()) {
            budgets.add(new Worst(new LpBall(plan.norm(), epsilon), clean));
        }
    }

    Shard run(Gallery gallery) {
        List<Shard.Cost> costs = new ArrayList<>();
        if (Arrays.stream(clean.labels()).anyMatch(label -> !plan.criterion().appliesTo(label))) {
            // the first attack will not see all examples, and so not say what the model makes of them
            lookAtClean();
        }
        for (int attack = 0; attack < plan.attacks().size(); attack++) {
            costs.add(run(attack));
        }
        Logits logits = cleanLogits.orElseGet(this::lookAtClean);
        return new Shard(
                clean.ids(),
                clean.labels(),
                distances,
                costs,
                budgets.stream()
                        .map(worst -> worst.result(gallery, logits, worst.lostByRounding(model, plan.criterion())))
                        .toList());
    }

    /** Returns what the attacks found, after the run. */
    List<AdversarialExample> successes() {
        return budgets.stream().flatMap(worst -> worst.successes().stream()).toList();
    }

    private Logits lookAtClean() {
        Logits logits = new Observation(model, clean, Optional.empty()).cleanLogits();
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

    private Shard.Cost run(int number) {
        Attack<? super M> attack = plan.attacks().get(number);
        Map<List<Integer>, List<Worst>> groups = new LinkedHashMap<>();
        if (attack instanceof MinimalNormAttack) {
            // one search serves all budgets
            List<Worst> all = budgets.subList(1, budgets.size());
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
            for (Worst worst : budgets.subList(1, budgets.size())) {
                groups.computeIfAbsent(worst.standing(plan), rows -> new ArrayList<>())
                        .add(worst);
            }
        }
        Shard.Cost cost = Shard.Cost.NONE;
        Set<Integer> zeroGradients = new HashSet<>();
        for (Map.Entry<List<Integer>, List<Worst>> group : groups.entrySet()) {
            int[] rows = group.getKey().stream().mapToInt(Integer::intValue).toArray();
            if (rows.length > 0) {
                Observation observation =
                        new Observation(model, clean.select(rows), cleanLogits.map(logits -> select(logits, rows)));
                search(attack, number, rows, group.getValue(), observation);
                zeroGradients.addAll(observation.zeroGradients());
                cost = cost.plus(new Shard.Cost(observation.forwards(), observation.backwards(), 0));
            }
        }
        return cost.plus(new Shard.Cost(0, 0, zeroGradients.size()));
    }

    private void search(Attack<? super M> attack, int number, int[] rows, List<Worst> worsts, Observation observation) {
        // the attack gets arrays of its own, so that writing to them cannot move what it is measured against
        Problem problem = new Problem(
                clean.select(rows),
                plan.norm(),
                plan.criterion(),
                RandomKey.of(plan.seed()).with(attack.name() + attack.options()));
        M asked = observed.apply(model, observation);
        if (attack instanceof FixedBudgetAttack<? super M> fixed) {
            observation.begin(0);
            FixedBudgetAttack.Search search = fixed.prepare(asked, problem);
            for (Worst worst : worsts) {
                observation.begin(worst.ball().epsilon());
                AttackResult result = search.within(worst.ball().epsilon());
                Attempt attempt = attempt(attack, rows, result, observation);
                attempt.requireWithin(worst.ball());
                keep(attempt, number, List.of(worst));
            }
        } else if (attack instanceof MinimalNormAttack<? super M> minimal) {
            observation.begin(plan.norm().largest(clean.shape().size()));
            keep(attempt(attack, rows, minimal.nearest(asked, problem), observation), number, worsts);
        }
    }

    private Attempt attempt(Attack<?> attack, int[] rows, AttackResult result, Observation observation) {
        Batch before = clean.select(rows);
        Batch after = before.withPixels(result.pixels());
        Attempt attempt = Attempt.measured(attack, plan.norm(), rows, before, after);
        if (cleanLogits.isEmpty()) {
            begin(observation.cleanLogits());
        }
        return attempt.answered(observation.logits(after));
    }

    private void keep(Attempt attempt, int number, List<Worst> worsts) {
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
            for (Worst worst : worsts) {
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
