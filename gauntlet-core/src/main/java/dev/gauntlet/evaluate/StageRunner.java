package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Passes;
import dev.gauntlet.evaluate.shard.CleanExamples;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.evaluate.shard.ShardOpening;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Takes blocks of examples through the stages of an evaluation, a stage of all of them after the other. */
final class StageRunner {
    private final ShardOpening opening;
    private final Runner runner;
    private final CleanExamples examples;
    private final ShardComputer computer;
    private final KeptResults kept;
    private final RunMonitor monitor;

    private long certificationNanos;

    /** The examples of the blocks that came before. */
    private int finishedBefore;

    private boolean isBegun;

    /**
     * Prepares the run.
     *
     * @param opening what another process needs to open the evaluation
     * @param examples the examples that its tasks name
     * @param computer computes its tasks in this process
     */
    StageRunner(
            ShardOpening opening,
            Runner runner,
            CleanExamples examples,
            ShardComputer computer,
            KeptResults kept,
            RunMonitor monitor) {
        this.opening = opening;
        this.runner = runner;
        this.examples = examples;
        this.computer = computer;
        this.kept = kept;
        this.monitor = monitor;
    }

    /** Returns how many tasks are computed at the same time. */
    int workers() {
        return runner.workers();
    }

    /** Returns how long the certificates took. */
    double certificationSeconds() {
        return Math.round(certificationNanos / 1e6) / 1e3;
    }

    /** Work of a block that was given out. */
    private record Given(Block block, ShardTask task) {}

    /** Takes some blocks through all stages, or as far as the time suffices. */
    void run(List<Block> blocks) {
        blocks.forEach(monitor::block);
        List<Block> running = running(blocks);
        while (!running.isEmpty()) {
            List<Given> stage =
                    running.stream().flatMap(block -> given(block).stream()).toList();
            monitor.stage(stage.stream().map(Given::task).toList());
            boolean isCertifying = stage.stream().anyMatch(given -> given.task.work() instanceof ShardTask.Certify);
            long before = System.nanoTime();
            run(stage, blocks);
            certificationNanos += isCertifying ? System.nanoTime() - before : 0;
            running.forEach(Block::endStage);
            running = running(blocks);
        }
        finishedBefore += finished(blocks);
    }

    private static List<Block> running(List<Block> blocks) {
        return blocks.stream()
                .filter(block -> !block.isFinished() && !block.isLate())
                .toList();
    }

    /** Reports, before the first task, how many examples earlier runs finished. */
    private void begin(int finished) {
        if (!isBegun) {
            isBegun = true;
            kept.takeOver(finished);
            monitor.attacks(finished);
        }
    }

    /** Ends the run, of which everything may have been in the journal. */
    void end() {
        begin(finishedBefore);
    }

    private List<Given> given(Block block) {
        List<Given> given = new ArrayList<>();
        for (ShardTask.Work work : block.work()) {
            given.add(new Given(
                    block,
                    new ShardTask(
                            opening.evaluation(),
                            new ShardId(block.number(), block.stage(), given.size()),
                            work,
                            kept.sink().isPresent())));
        }
        return given;
    }

    private void run(List<Given> stage, List<Block> blocks) {
        Map<ShardId, Given> missing = new LinkedHashMap<>();
        for (Given given : stage) {
            Optional<ShardResult> before = kept.read(given.task);
            if (before.isPresent()) {
                monitor.takeOver(given.task, before.get());
                take(given, before.get(), blocks);
            } else {
                missing.put(given.task.id(), given);
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        begin(finishedBefore + finished(blocks));
        compute(missing.values().stream().map(Given::task).toList(), result -> {
            Given given = Objects.requireNonNull(missing.get(result.id()));
            if (result.isFinished()) {
                kept.write(given.task, result);
            }
            take(given, result, blocks);
        });
    }

    private void take(Given given, ShardResult result, List<Block> blocks) {
        given.block.take(given.task.work(), result.outcome());
        monitor.taken(given.task, result, finishedBefore + finished(blocks));
    }

    /** Computes tasks and checks that there is one result of each. */
    private void compute(List<ShardTask> tasks, Consumer<ShardResult> sink) {
        Set<ShardId> missing = tasks.stream().map(ShardTask::id).collect(Collectors.toCollection(HashSet::new));
        StageTasks stage = new StageTasks(opening, tasks, examples, computer, monitor::timeLeft);
        runner.run(stage, result -> {
            if (!missing.remove(result.id())) {
                throw new IllegalStateException(
                        "The runner gave a result for task %s, which was not open.".formatted(result.id()));
            }
            sink.accept(result);
        });
        if (!missing.isEmpty()) {
            throw new IllegalStateException("The runner gave no result for %d of %d tasks, such as %s."
                    .formatted(missing.size(), tasks.size(), missing.iterator().next()));
        }
    }

    /**
     * Looks at the outcome.
     *
     * @param stage the stage after that of the last attack
     * @param probes what is done, and about how many passes each takes
     * @param later about how many passes the probes after these take
     * @return what came out, in the same order
     */
    List<ShardResult.Outcome> probe(int stage, Map<ShardTask.Work, Passes> probes, long later) {
        Map<ShardTask, Passes> tasks = new LinkedHashMap<>();
        probes.forEach((work, passes) -> tasks.put(
                new ShardTask(opening.evaluation(), new ShardId(0, stage, tasks.size()), work, false), passes));
        monitor.diagnostics(tasks, later);
        SortedMap<Integer, ShardResult.Outcome> outcomes = new TreeMap<>();
        compute(List.copyOf(tasks.keySet()), result -> outcomes.put(result.id().number(), result.outcome()));
        return List.copyOf(outcomes.values());
    }

    private static int finished(List<Block> blocks) {
        return blocks.stream().mapToInt(block -> block.size() - block.open()).sum();
    }
}
