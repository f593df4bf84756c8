package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Passes;
import dev.gauntlet.evaluate.shard.ShardComputer;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Takes blocks of examples through the stages of an evaluation, a stage of all of them after the other. */
final class StageRunner {
    private final String evaluation;
    private final Runner runner;
    private final ShardComputer computer;
    private final KeptResults kept;
    private final RunMonitor monitor;

    /** The examples of the blocks that came before. */
    private int finishedBefore;

    private boolean isBegun;

    /**
     * Prepares the run.
     *
     * @param evaluation the identity of the evaluation
     */
    StageRunner(String evaluation, Runner runner, ShardComputer computer, KeptResults kept, RunMonitor monitor) {
        this.evaluation = evaluation;
        this.runner = runner;
        this.computer = computer;
        this.kept = kept;
        this.monitor = monitor;
    }

    /** Returns how many tasks are computed at the same time. */
    int workers() {
        return runner.workers();
    }

    /** Work of a block that was given out. */
    private record Given(Block block, ShardTask task) {}

    /**
     * Takes some blocks through all stages, or as far as the time suffices.
     *
     * @param blocks the blocks by their numbers
     */
    void run(Map<Integer, Block> blocks) {
        blocks.values().forEach(monitor::block);
        List<Integer> running = running(blocks);
        while (!running.isEmpty()) {
            List<Given> stage = running.stream()
                    .flatMap(number -> given(number, blocks.get(number)).stream())
                    .toList();
            monitor.stage(stage.stream().map(Given::task).toList());
            run(stage, blocks);
            running.forEach(number -> blocks.get(number).endStage());
            running = running(blocks);
        }
        finishedBefore += finished(blocks);
    }

    private static List<Integer> running(Map<Integer, Block> blocks) {
        return blocks.keySet().stream()
                .filter(number ->
                        !blocks.get(number).isFinished() && !blocks.get(number).isLate())
                .toList();
    }

    /** Says, before anything is computed, how many examples earlier runs have finished. */
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

    private List<Given> given(int number, Block block) {
        List<Given> given = new ArrayList<>();
        for (ShardTask.Work work : block.work()) {
            given.add(new Given(
                    block,
                    new ShardTask(
                            evaluation,
                            new ShardId(number, block.stage(), given.size()),
                            work,
                            kept.sink().isPresent())));
        }
        return given;
    }

    private void run(List<Given> stage, Map<Integer, Block> blocks) {
        Map<ShardId, Given> missing = new HashMap<>();
        List<ShardTask> tasks = new ArrayList<>();
        for (Given given : stage) {
            Optional<ShardResult> before = kept.read(given.task);
            if (before.isPresent()) {
                monitor.takeOver(given.task, before.get());
                take(given, before.get(), blocks);
            } else {
                missing.put(given.task.id(), given);
                tasks.add(given.task);
            }
        }
        if (tasks.isEmpty()) {
            return;
        }
        begin(finishedBefore + finished(blocks));
        runner.run(tasks, computer, result -> {
            Given given = missing.get(result.id());
            if (result.isFinished()) {
                kept.write(given.task, result);
            }
            take(given, result, blocks);
        });
    }

    private void take(Given given, ShardResult result, Map<Integer, Block> blocks) {
        given.block.take(given.task.work(), result.outcome());
        monitor.taken(given.task, result, finishedBefore + finished(blocks));
    }

    /**
     * Looks at the outcome.
     *
     * @param stage the stage after that of the last attack
     * @param probes what is done, and about how many passes each takes
     * @return what came out, in the same order
     */
    List<ShardResult.Outcome> probe(int stage, Map<ShardTask.Work, Passes> probes) {
        Map<ShardTask, Passes> tasks = new LinkedHashMap<>();
        probes.forEach((work, passes) ->
                tasks.put(new ShardTask(evaluation, new ShardId(0, stage, tasks.size()), work, false), passes));
        monitor.diagnostics(tasks);
        SortedMap<Integer, ShardResult.Outcome> outcomes = new TreeMap<>();
        runner.run(
                List.copyOf(tasks.keySet()),
                computer,
                result -> outcomes.put(result.id().number(), result.outcome()));
        return List.copyOf(outcomes.values());
    }

    private static int finished(Map<Integer, Block> blocks) {
        return blocks.values().stream()
                .mapToInt(block -> block.size() - block.open())
                .sum();
    }
}
