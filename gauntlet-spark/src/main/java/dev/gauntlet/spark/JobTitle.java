package dev.gauntlet.spark;

import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.request.EvaluationRequest;

/** Says in the pages of Spark what a job does. */
final class JobTitle {
    private JobTitle() {}

    static String of(EvaluationRequest request, ShardTask first) {
        String what;
        if (first.work() instanceof ShardTask.AskClean) {
            what = "clean images";
        } else if (first.work() instanceof ShardTask.RunAttack run) {
            what = "attack %d of %d, %s"
                    .formatted(
                            run.attack() + 1,
                            request.attacks().size(),
                            request.attacks().get(run.attack()).name());
        } else if (first.work() instanceof ShardTask.Certify) {
            what = "certificates";
        } else {
            what = "diagnostics";
        }
        return "Gauntlet: " + what;
    }
}
