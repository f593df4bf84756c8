package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.Numbers;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.shard.GalleryCollector;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.model.Logits;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.threat.LpBall;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Some examples on their way through the stages of an evaluation: the model answers their clean images, then each attack in turn
 * runs on those that are still robust, packed into full batches.
 *
 * <p>What is packed together depends only on the plan and on the outcomes so far, never on workers, machines or time.
 */
final class Block {
    private static final int NO_ATTACK = -1;

    private final int number;
    private final Plan<?> plan;
    private final Sharding.Sizes sizes;
    private final int[] ids;
    private final int[] labels;

    /** The rows in the order of the sample. */
    private final int[] order;

    private final float[] logits;
    private final boolean[] answered;
    private final int[] cleanPredictions;
    private final double[] cleanConfidences;
    private final List<BudgetOutcomes> budgets = new ArrayList<>();

    /** The distance of the nearest success of each attack; the certifier comes last. */
    private final List<double[]> nearest = new ArrayList<>();

    private final List<ShardResult.Cost> costs = new ArrayList<>();

    /** The number of budgets above 0, counted from the smallest, with which each example is certified. */
    private final int[] certified;

    private final int[] inFloat32;

    /** The largest epsilon with which each example is known to be certified for 32-bit arithmetic. */
    private final double[] radius;

    private final long[] domains;

    /** What the report may show of each attack, until it is known whether the attack counts. */
    private final SortedMap<Integer, GalleryCollector> kept = new TreeMap<>();

    private IntFunction<GalleryCollector> galleries;
    private int stage;
    private boolean late;
    private int open;

    /**
     * Begins a block.
     *
     * @param number which of the blocks it is, counted from 0
     * @param sharding which examples it has, and how many are computed together
     */
    Block(int number, Sharding sharding, Dataset data, Plan<?> plan) {
        this.number = number;
        this.plan = plan;
        this.sizes = sharding.sizes();
        int[] sample = sharding.block(number);
        this.galleries = attack -> kept.computeIfAbsent(attack, first -> new GalleryCollector(plan.seed()));
        ids = sample.clone();
        Arrays.sort(ids);
        order = Arrays.stream(sample).map(id -> Arrays.binarySearch(ids, id)).toArray();
        labels = Arrays.stream(ids).map(data::label).toArray();
        logits = new float[ids.length * data.classes().size()];
        answered = new boolean[ids.length];
        cleanPredictions = new int[ids.length];
        cleanConfidences = new double[ids.length];
        for (int e = 1; e < plan.epsilons().size(); e++) {
            budgets.add(new BudgetOutcomes(ids.length));
        }
        for (int attack = 0; attack <= plan.attacks().size(); attack++) {
            costs.add(ShardResult.Cost.NONE);
            double[] none = new double[ids.length];
            Arrays.fill(none, Double.POSITIVE_INFINITY);
            nearest.add(none);
        }
        certified = new int[ids.length];
        inFloat32 = new int[ids.length];
        radius = new double[ids.length];
        domains = new long[ids.length];
        open = ids.length;
    }

    /** What the attacks achieved with one budget above 0; a row that none succeeded on has no entry. */
    private static final class BudgetOutcomes {
        private final int[] brokenBy;
        private final int[] predictions;
        private final double[] confidences;
        private final double[] distances;
        private final boolean[] lostByRounding;

        BudgetOutcomes(int rows) {
            brokenBy = new int[rows];
            Arrays.fill(brokenBy, NO_ATTACK);
            predictions = new int[rows];
            confidences = new double[rows];
            distances = new double[rows];
            lostByRounding = new boolean[rows];
        }

        void take(int row, int attack, ShardResult.Success success) {
            brokenBy[row] = attack;
            predictions[row] = success.prediction();
            confidences[row] = success.confidence();
            distances[row] = success.distance();
            lostByRounding[row] = success.lostByRounding();
        }

        /** Tells whether one of these attacks succeeded. */
        boolean isBroken(int row, Counted counted) {
            return brokenBy[row] != NO_ATTACK && counted.counts(brokenBy[row]);
        }
    }

    /**
     * The attacks whose successes count.
     *
     * @param attacks how many of the attacks, in their order
     * @param certificates whether the certificates do
     * @param certifier the position that the successes of the certifier have, after all attacks of the plan
     */
    private record Counted(int attacks, boolean certificates, int certifier) {
        boolean counts(int attack) {
            return attack == certifier ? certificates : attack < attacks;
        }

        /** Returns the position of an attack among what counts. */
        int position(int attack) {
            return attack == certifier ? attacks : attack;
        }
    }

    private Counted counted(int attacks, boolean certificates) {
        return new Counted(attacks, certificates, plan.attacks().size());
    }

    int number() {
        return number;
    }

    int size() {
        return ids.length;
    }

    /** Returns the next stage, 0 for the clean images; then come the attacks, and before or after them the certificates. */
    int stage() {
        return stage;
    }

    /** Tells whether all stages are done. */
    boolean isFinished() {
        return stage >= plan.stages();
    }

    /** Tells whether the time limit was reached in the middle of a stage. */
    boolean isLate() {
        return late;
    }

    /** Returns how many attacks were run on all examples. */
    int attacksDone() {
        return Math.max(
                0, Math.min(plan.attacks().size(), stage - 1 - (plan.certifies(Certificates.Moment.FIRST) ? 1 : 0)));
    }

    /** Tells whether the certificates, if any are wanted, are there for all examples. */
    boolean hasCertificates() {
        return plan.certificates().isPresent() && stage > certifyingStage();
    }

    private int certifyingStage() {
        return plan.certifies(Certificates.Moment.FIRST) ? 1 : plan.stages() - 1;
    }

    private boolean isCertifying() {
        return plan.certificates().isPresent() && stage == certifyingStage();
    }

    /** Tells whether the model has answered all clean images. */
    boolean knowsClean() {
        return stage > 0;
    }

    /** Returns on how many examples attacks are still to be run, or are running. */
    int open() {
        return open;
    }

    /** Returns the work of the next stage. */
    List<ShardTask.Work> work() {
        List<ShardTask.Work> work = new ArrayList<>();
        if (stage == 0) {
            for (int[] rows : sizes.parts(order)) {
                work.add(new ShardTask.AskClean(idsOf(rows)));
            }
            return work;
        }
        if (isCertifying()) {
            int[] wanted = IntStream.of(order).filter(this::isCertifiable).toArray();
            for (int[] rows : sizes.certified(wanted)) {
                work.add(new ShardTask.Certify(idsOf(rows), logitsOf(rows), openRows(rows)));
            }
            return work;
        }
        int attack = attacksDone();
        int[] attacked = IntStream.of(order)
                .filter(row -> isAttacked(row, plan.attacks().get(attack)))
                .boxed()
                // equal budgets together, so that one search serves full batches
                .sorted(this::byBudgets)
                .mapToInt(Integer::intValue)
                .toArray();
        for (int[] rows : sizes.packed(attacked, ids.length)) {
            work.add(new ShardTask.RunAttack(attack, idsOf(rows), logitsOf(rows), openRows(rows)));
        }
        return work;
    }

    /** Returns for each budget above 0 which of some rows may still be broken with it, by their positions. */
    private List<int[]> openRows(int[] rows) {
        return IntStream.range(0, budgets.size())
                .mapToObj(budget -> IntStream.range(0, rows.length)
                        .filter(i -> isOpen(rows[i], budget))
                        .toArray())
                .toList();
    }

    /** Takes what came out of some work of this stage. */
    void take(ShardTask.Work work, ShardResult.Outcome outcome) {
        if (outcome instanceof ShardResult.CleanAnswers answers && work instanceof ShardTask.AskClean asked) {
            takeClean(rows(asked.ids()), answers.logits());
        } else if (outcome instanceof ShardResult.Attacked attacked && work instanceof ShardTask.RunAttack run) {
            takeAttacked(run.attack(), rows(run.ids()), attacked);
        } else if (outcome instanceof ShardResult.Certified proved && work instanceof ShardTask.Certify asked) {
            takeCertified(rows(asked.ids()), proved);
        } else if (outcome instanceof ShardResult.TimeIsUp) {
            late = true;
        } else {
            throw new IllegalStateException("A task of %s has a result of %s."
                    .formatted(
                            work.getClass().getSimpleName(), outcome.getClass().getSimpleName()));
        }
    }

    private void takeClean(int[] rows, Logits answers) {
        for (int i = 0; i < rows.length; i++) {
            int row = rows[i];
            System.arraycopy(
                    answers.values(), i * answers.classes(), logits, row * answers.classes(), answers.classes());
            answered[row] = true;
            cleanPredictions[row] = answers.prediction(i);
            cleanConfidences[row] = answers.confidence(i);
        }
        close(rows);
    }

    private void takeAttacked(int attack, int[] rows, ShardResult.Attacked attacked) {
        costs.set(attack, costs.get(attack).plus(attacked.cost()));
        for (int i = 0; i < rows.length; i++) {
            nearest.get(attack)[rows[i]] = attacked.nearest()[i];
        }
        for (ShardResult.Success success : attacked.successes()) {
            budgets.get(success.budget()).take(rows[success.row()], attack, success);
        }
        galleries.apply(attack).take(attack, attacked.gallery());
        requireNoContradiction(rows);
        close(rows);
    }

    private void takeCertified(int[] rows, ShardResult.Certified proved) {
        for (int i = 0; i < rows.length; i++) {
            certified[rows[i]] = proved.certified()[i];
            inFloat32[rows[i]] = proved.inFloat32()[i];
            radius[rows[i]] = proved.radius()[i];
            domains[rows[i]] = proved.domains()[i];
        }
        takeAttacked(plan.attacks().size(), rows, proved.counterexamples());
    }

    /** Counts the examples that no later stage needs. */
    private void close(int[] rows) {
        for (int row : rows) {
            if (!goesOn(row)) {
                open--;
            }
        }
    }

    private boolean goesOn(int row) {
        if (plan.certificates().isPresent() && stage < certifyingStage() && isCertifiable(row)) {
            return true;
        }
        int begun = Math.max(0, stage - (plan.certifies(Certificates.Moment.FIRST) ? 1 : 0));
        return plan.attacks().stream().skip(begun).anyMatch(attack -> isAttacked(row, attack));
    }

    /** A success inside a ball that is certified for 32-bit arithmetic is an error in this program, so nothing is reported. */
    private void requireNoContradiction(int[] rows) {
        for (int row : rows) {
            LpBall ball = new LpBall(plan.norm(), radius[row]);
            for (int attack = 0; radius[row] > 0 && attack < nearest.size(); attack++) {
                double distance = nearest.get(attack)[row];
                if (ball.allows(distance)) {
                    String by = attack < plan.attacks().size()
                            ? plan.attacks().get(attack).name()
                            : "the certifier";
                    throw new GauntletException(
                            "Example %d is certified at epsilon %s, but %s found an adversarial example at distance %s. This is an error in Gauntlet; please report it."
                                    .formatted(ids[row], Numbers.rounded(ball.epsilon()), by, distance));
                }
            }
        }
    }

    /** Ends a stage after all its results were taken. A block whose time is up stays in the stage that it did not finish. */
    void endStage() {
        if (!late) {
            stage++;
        }
    }

    /** Shows successes as soon as they are found: in an evaluation that cannot end early, all of them count. */
    void showAtOnce(GalleryCollector gallery) {
        galleries = attack -> gallery;
    }

    /** Shows successes that count, unless that was done at once. */
    void show(int attacks, boolean certificates, GalleryCollector gallery) {
        Counted counted = counted(attacks, certificates);
        kept.forEach((attack, shown) -> {
            if (counted.counts(attack)) {
                gallery.take(counted.position(attack), shown.examples());
            }
        });
    }

    /**
     * Returns what became of the examples.
     *
     * @param attacks how many of the attacks count
     * @param certificates whether the certificates do
     */
    BlockResult result(int attacks, boolean certificates) {
        Counted counted = counted(attacks, certificates);
        double[] distances = new double[ids.length];
        for (int row = 0; row < ids.length; row++) {
            double least = Double.POSITIVE_INFINITY;
            for (int attack = 0; attack < nearest.size(); attack++) {
                least = counted.counts(attack) ? Math.min(least, nearest.get(attack)[row]) : least;
            }
            distances[row] = !isRight(row) ? 0 : least == Double.POSITIVE_INFINITY ? -1 : least;
        }
        List<BlockResult.Budget> results = new ArrayList<>();
        results.add(result(new BudgetOutcomes(ids.length), counted));
        budgets.forEach(budget -> results.add(result(budget, counted)));
        List<ShardResult.Cost> counting = new ArrayList<>(costs.subList(0, attacks));
        if (certificates) {
            counting.add(costs.get(plan.attacks().size()));
        }
        return new BlockResult(
                ids, labels, distances, counting, results, certificates ? Optional.of(proofs()) : Optional.empty());
    }

    /** Returns the certificates; one in exact arithmetic does not count where the model computes with 32 bits and errs. */
    private BlockResult.Proofs proofs() {
        int[] standing = certified.clone();
        for (int row = 0; row < ids.length; row++) {
            while (standing[row] > 0 && isRefuted(row, standing[row])) {
                standing[row]--;
            }
        }
        return new BlockResult.Proofs(standing, inFloat32, radius, domains);
    }

    private boolean isRefuted(int row, int budget) {
        return nearest.stream().anyMatch(ofAttack -> plan.balls().get(budget).allows(ofAttack[row]));
    }

    /** Returns what is known of the clean images that the model has answered. */
    BlockResult clean() {
        int[] known =
                IntStream.range(0, ids.length).filter(row -> answered[row]).toArray();
        int[] predictions =
                Arrays.stream(known).map(row -> cleanPredictions[row]).toArray();
        int[] noAttack = new int[known.length];
        Arrays.fill(noAttack, NO_ATTACK);
        int correct = (int) Arrays.stream(known).filter(this::isRight).count();
        return new BlockResult(
                idsOf(known),
                Arrays.stream(known).map(row -> labels[row]).toArray(),
                Arrays.stream(known).mapToDouble(row -> isRight(row) ? -1 : 0).toArray(),
                Collections.nCopies(plan.attacks().size(), ShardResult.Cost.NONE),
                List.of(new BlockResult.Budget(
                        predictions,
                        noAttack,
                        correct,
                        known.length - correct,
                        Arrays.stream(known)
                                .mapToDouble(row -> isRight(row) ? 0 : cleanConfidences[row])
                                .toArray(),
                        0,
                        0)),
                Optional.empty());
    }

    private BlockResult.Budget result(BudgetOutcomes budget, Counted counted) {
        int[] predictions = cleanPredictions.clone();
        int[] brokenBy = new int[ids.length];
        int wrong = 0;
        double[] confidences = new double[ids.length];
        double largest = 0;
        int lost = 0;
        for (int row = 0; row < ids.length; row++) {
            brokenBy[row] = NO_ATTACK;
            if (budget.isBroken(row, counted)) {
                predictions[row] = budget.predictions[row];
                brokenBy[row] = counted.position(budget.brokenBy[row]);
                confidences[row] = budget.confidences[row];
                largest = Math.max(largest, budget.distances[row]);
                lost += budget.lostByRounding[row] ? 1 : 0;
                wrong++;
            } else if (!isRight(row)) {
                confidences[row] = cleanConfidences[row];
                wrong++;
            }
        }
        return new BlockResult.Budget(predictions, brokenBy, ids.length - wrong, wrong, confidences, largest, lost);
    }

    private boolean isRight(int row) {
        return cleanPredictions[row] == labels[row];
    }

    private boolean isRobust(int row, BudgetOutcomes budget) {
        return isRight(row) && budget.brokenBy[row] == NO_ATTACK;
    }

    /** Tells whether an example may still be broken with a budget above 0, given by its position among these. */
    private boolean isOpen(int row, int budget) {
        return isRobust(row, budgets.get(budget)) && inFloat32[row] <= budget;
    }

    private boolean isCertifiable(int row) {
        return budgets.stream().anyMatch(budget -> isRobust(row, budget));
    }

    /** Tells whether an attack runs on an example; without a budget above 0 only distances are looked for. */
    private boolean isAttacked(int row, Attack<?> attack) {
        boolean isWanted = budgets.isEmpty()
                ? attack instanceof MinimalNormAttack && isRight(row)
                : IntStream.range(0, budgets.size()).anyMatch(budget -> isOpen(row, budget));
        return isWanted && plan.criterion().appliesTo(labels[row]);
    }

    /** Orders examples by the largest budget with which they may still be broken, largest first. */
    private int byBudgets(int row, int other) {
        for (int e = budgets.size() - 1; e >= 0; e--) {
            int order = Boolean.compare(isOpen(other, e), isOpen(row, e));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private int[] idsOf(int[] rows) {
        return Arrays.stream(rows).map(row -> ids[row]).toArray();
    }

    private int[] rows(int[] some) {
        return Arrays.stream(some).map(id -> Arrays.binarySearch(ids, id)).toArray();
    }

    private Logits logitsOf(int[] rows) {
        int classes = logits.length / ids.length;
        float[] values = new float[rows.length * classes];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(logits, rows[i] * classes, values, i * classes, classes);
        }
        return new Logits(classes, values);
    }
}
