package dev.gauntlet.cli;

import dev.gauntlet.report.plan.PlanBinding;
import dev.gauntlet.report.plan.PlanDocument;
import dev.gauntlet.request.Limits;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** When an evaluation may end early. */
@Heading(Heading.Topic.LIMIT)
final class LimitOptions {
    /** The report gets a twentieth of the time, but not more than it needs. */
    private static final int WRITING_SHARE = 20;

    private static final Duration MOST_WRITING = Duration.ofSeconds(2);

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            description = {
                "End the run after TIME, such as 90s, 30m or 2h, including loading, and report the results so far; with --journal a later run continues.",
                "Default: none."
            })
    private @Nullable String time;

    @Option(
            names = "--gradient-limit",
            paramLabel = "N",
            description = {"Start nothing new after N backward passes, and report the results so far.", "Default: none."
            })
    private @Nullable Long gradients;

    @Option(
            names = "--decide",
            paramLabel = "EPSILON=SHARE",
            description = {
                "Stop as soon as it is settled, with 95 %% confidence, whether the accuracy at EPSILON is at least SHARE, such as 8/255=0.4; checked after each block of at least 50 images, so choose a small --shard-size.",
                "Default: none."
            })
    private @Nullable String question;

    /** Adds what the user says to a plan. */
    PlanDocument in(PlanDocument plan) {
        return plan.and(new PlanDocument.Limit(
                Optional.ofNullable(time).map(PlanBinding::duration),
                gradients == null ? OptionalLong.empty() : OptionalLong.of(gradients),
                Optional.ofNullable(question).map(PlanBinding::decision)));
    }

    /** Returns what is left of limits for an evaluation: loading has taken its time, and the report needs some. */
    static Limits left(Limits limits, Duration spent) {
        Duration report = limits.time()
                .map(limit -> limit.dividedBy(WRITING_SHARE))
                .filter(part -> part.compareTo(MOST_WRITING) < 0)
                .orElse(MOST_WRITING);
        return limits.after(spent.plus(report));
    }
}
