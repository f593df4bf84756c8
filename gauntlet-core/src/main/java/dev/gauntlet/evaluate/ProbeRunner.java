package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Passes;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import java.util.List;
import java.util.Map;

/** Runs the probes of the diagnostics, some at a time, within a budget of passes. */
final class ProbeRunner {
    private final StageRunner stages;
    private final long budget;
    private int stage;
    private long expected;
    private Passes spent = Passes.NONE;
    private boolean late;

    /**
     * Begins with nothing spent.
     *
     * @param firstStage the stage after that of the last attack
     * @param budget how many passes may be spent
     */
    ProbeRunner(StageRunner stages, int firstStage, long budget) {
        this.stages = stages;
        this.stage = firstStage;
        this.budget = budget;
    }

    /**
     * Says what is to come, for progress.
     *
     * @param passes about how many passes all probes from now on take
     */
    void expect(long passes) {
        expected = passes;
    }

    /** Returns how many passes may still be spent; none once the time is up. */
    long left() {
        return late ? 0 : budget - spent.total();
    }

    /** Returns what was spent. */
    Passes spent() {
        return spent;
    }

    /** Tells whether the time limit was reached. */
    boolean isLate() {
        return late;
    }

    /**
     * Runs some probes.
     *
     * @param probes what is done, and how many passes each takes at most
     * @return what came out, in the same order
     */
    List<ShardResult.Outcome> run(Map<ShardTask.Work, Passes> probes) {
        if (probes.isEmpty()) {
            return List.of();
        }
        long given = probes.values().stream().mapToLong(Passes::total).sum();
        long before = spent.total();
        List<ShardResult.Outcome> outcomes =
                stages.probe(stage++, probes, Math.max(0, Math.min(expected, left()) - given));
        for (ShardResult.Outcome outcome : outcomes) {
            if (outcome instanceof ShardResult.Probed probed) {
                spent = spent.plus(probed.cost());
            } else if (outcome instanceof ShardResult.Tried tried) {
                spent = spent.plus(tried.cost());
            } else {
                late = true;
            }
        }
        expected = Math.max(0, expected - (spent.total() - before));
        return outcomes;
    }
}
