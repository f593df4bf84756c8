package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.shard.GalleryCollector;
import dev.gauntlet.evaluate.shard.GalleryExample;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.request.DecisionGoal;
import dev.gauntlet.request.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Runs the blocks of an evaluation in their order until a limit is reached, and says which of them count. */
final class BlockSchedule<M extends Classifier> {
    private final Limits limits;
    private final Sharding sharding;
    private final Dataset data;
    private final RunMonitor monitor;
    private final GalleryCollector gallery;
    private Plan<M> plan;
    private int attacksDone;
    private Completion ending;

    BlockSchedule(Limits limits, Sharding sharding, Dataset data, Plan<M> plan, RunMonitor monitor) {
        this.limits = limits;
        this.sharding = sharding;
        this.data = data;
        this.plan = plan;
        this.monitor = monitor;
        this.gallery = new GalleryCollector(plan.seed());
        this.attacksDone = plan.attacks().size();
        this.ending = Completion.complete(sharding.examples());
    }

    /**
     * Returns the results that count, of all blocks or of the first ones.
     *
     * @throws GauntletException if the time is up before anything is known
     */
    List<BlockResult> run(StageRunner stages) {
        List<BlockResult> counting = new ArrayList<>();
        while (counting.size() < sharding.blocks()) {
            List<Block> round = round(counting.size(), stages.workers());
            stages.run(round);
            // blocks of the last round that come after the end are left out, so that the number of workers changes
            // nothing
            for (Block block : round) {
                if (!block.isFinished()) {
                    return counting.isEmpty() ? unfinished(round) : timeIsUp(counting);
                }
                counting.add(block.result(attacksDone, plan.certificates().isPresent()));
                block.show(attacksDone, plan.certificates().isPresent(), gallery);
                Optional<Completion> end = end(counting);
                if (end.isPresent()) {
                    ending = end.get();
                    return counting;
                }
            }
            if (counting.size() < sharding.blocks() && monitor.attacksAreOver()) {
                return timeIsUp(counting);
            }
        }
        limits.question()
                .ifPresent(question -> ending =
                        Completion.asked(question, rate(question, counting), sharding.examples(), data.size()));
        return counting;
    }

    /** Begins as many blocks as it takes to give every worker a task. */
    private List<Block> round(int first, int workers) {
        int together = (workers - 1) / sharding.tasksOfBlock() + 1;
        List<Block> round = new ArrayList<>();
        for (int number = first; number < Math.min(sharding.blocks(), first + together); number++) {
            Block block = new Block(number, sharding, data, plan);
            if (limits.equals(Limits.NONE)) {
                block.showAtOnce(gallery);
            }
            round.add(block);
        }
        return round;
    }

    /** Returns what the report shows. */
    List<GalleryExample> gallery() {
        return gallery.examples();
    }

    /** Returns what was run on the examples that count: the plan, or what an early end has left of it. */
    Plan<M> plan() {
        return plan;
    }

    /** Returns how many attacks of the plan were finished on all that counts. */
    int attacksDone() {
        return attacksDone;
    }

    Completion ending() {
        return ending;
    }

    private List<BlockResult> timeIsUp(List<BlockResult> counting) {
        ending = early(Completion.Reason.TIME_LIMIT, "The time limit was reached", counting);
        return counting;
    }

    /** Returns what is known if the first block is not finished: the results of the attacks that the first blocks finished. */
    private List<BlockResult> unfinished(List<Block> round) {
        List<Block> begun = new ArrayList<>();
        for (Block block : round) {
            if (!block.knowsClean()
                    || (!begun.isEmpty() && block.attacksDone() < begun.get(0).attacksDone())) {
                break;
            }
            begun.add(block);
        }
        attacksDone = begun.isEmpty() ? 0 : begun.get(0).attacksDone();
        boolean certificates = attacksDone > 0 && begun.stream().allMatch(Block::hasCertificates);
        begun.forEach(block -> block.show(attacksDone, certificates, gallery));
        List<BlockResult> counting = attacksDone > 0
                ? begun.stream()
                        .map(block -> block.result(attacksDone, certificates))
                        .toList()
                // all that is known of clean images: that does not depend on what an attack finds, or how soon
                : round.stream()
                        .map(Block::clean)
                        .filter(result -> result.size() > 0)
                        .toList();
        if (counting.isEmpty()) {
            throw new GauntletException(
                    "The time limit is too short for the model to answer for the first %s; raise it."
                            .formatted(monitor.time()
                                    .needs(Math.min(
                                            sharding.blockSize(),
                                            sharding.sizes().first()))));
        }
        leaveOut(counting, certificates);
        return counting;
    }

    /** Removes the attacks and certificates that were not finished. */
    private void leaveOut(List<BlockResult> counting, boolean certificates) {
        List<Attack<? super M>> all = plan.attacks();
        int examples = examples(counting);
        String sample = examples == sharding.examples()
                ? String.format(Locale.ROOT, "all %,d images", sharding.examples())
                : String.format(
                        Locale.ROOT, "%,d of %,d images, a random sample of them", examples, sharding.examples());
        if (attacksDone == 0) {
            plan = plan.withoutCertificates().with(all, plan.balls().subList(0, 1));
            ending = new Completion(
                    Completion.Reason.TIME_LIMIT,
                    sharding.examples(),
                    limits.question(),
                    "The time limit was reached before the first attack (%s) was finished; only the clean accuracy is known, on %s."
                            .formatted(all.get(0).name(), sample));
        } else {
            List<String> left = new ArrayList<>(
                    all.stream().skip(attacksDone).map(Attack::name).toList());
            if (plan.certificates().isPresent() && !certificates) {
                left.add("the certificates");
            }
            plan = plan.with(all.subList(0, attacksDone), plan.balls());
            ending = new Completion(
                    Completion.Reason.TIME_LIMIT,
                    sharding.examples(),
                    limits.question(),
                    "The time limit was reached before all attacks%s were finished; the accuracies are upper bounds by %s on %s. Not counted: %s."
                            .formatted(
                                    plan.certificates().isPresent() ? " and certificates" : "",
                                    names(all.subList(0, attacksDone)),
                                    sample,
                                    String.join(", ", left)));
        }
        if (!certificates) {
            plan = plan.withoutCertificates();
        }
    }

    private static String names(List<? extends Attack<?>> attacks) {
        return attacks.stream().map(Attack::name).collect(Collectors.joining(", "));
    }

    private Optional<Completion> end(List<BlockResult> counting) {
        if (examples(counting) == sharding.examples()) {
            return Optional.empty();
        }
        Optional<Completion> decided = limits.question()
                .map(question -> Completion.asked(question, rate(question, counting), sharding.examples(), data.size()))
                .filter(Completion::early);
        if (decided.isPresent()) {
            return decided;
        }
        long backwards = counting.stream()
                .flatMap(block -> block.costs().stream())
                .mapToLong(ShardResult.Cost::backwards)
                .sum();
        return limits.backwards().isPresent() && backwards >= limits.backwards().getAsLong()
                ? Optional.of(
                        early(Completion.Reason.GRADIENT_LIMIT, "The limit of backward passes was reached", counting))
                : Optional.empty();
    }

    private Completion early(Completion.Reason reason, String what, List<BlockResult> counting) {
        return new Completion(
                reason,
                sharding.examples(),
                limits.question(),
                String.format(
                        Locale.ROOT,
                        "%s after %,d of %,d images; these are a random sample of them.",
                        what,
                        examples(counting),
                        sharding.examples()));
    }

    private Interval rate(DecisionGoal question, List<BlockResult> counting) {
        int budget = plan.epsilons().indexOf(question.epsilon());
        int correct = counting.stream()
                .mapToInt(block -> block.budgets().get(budget).correct())
                .sum();
        return ConfidenceSequence.of(correct, examples(counting));
    }

    private static int examples(List<BlockResult> blocks) {
        return blocks.stream().mapToInt(BlockResult::size).sum();
    }
}
