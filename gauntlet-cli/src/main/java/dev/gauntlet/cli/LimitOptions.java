package dev.gauntlet.cli;

import dev.gauntlet.GauntletException;
import dev.gauntlet.request.DecisionGoal;
import dev.gauntlet.request.Limits;
import dev.gauntlet.threat.LpBall;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** When an evaluation may end early. */
@Heading(Heading.Topic.LIMIT)
final class LimitOptions {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(s|m|h)");

    /** The report gets a twentieth of the time, but not more than it needs. */
    private static final int WRITING_SHARE = 20;

    private static final Duration MOST_WRITING = Duration.ofSeconds(2);

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            description = {
                "End the run after TIME, such as 90s, 30m or 2h, loading included, and report what is known; with --journal a later run continues.",
                "Default: none."
            })
    private @Nullable String time;

    @Option(
            names = "--gradient-limit",
            paramLabel = "N",
            description = {"Begin nothing new after N backward passes, and report what is known.", "Default: none."})
    private @Nullable Long gradients;

    @Option(
            names = "--decide",
            paramLabel = "EPSILON=SHARE",
            description = {
                "Stop as soon as it is settled, with 95 %% confidence, whether the accuracy at EPSILON is at least SHARE, such as 8/255=0.4; looked at after each shard, so choose a small --shard-size.",
                "Default: none."
            })
    private @Nullable String question;

    Limits limits() {
        Limits limits = Limits.NONE;
        if (time != null) {
            limits = limits.withTime(duration(time));
        }
        if (gradients != null) {
            limits = limits.withBackwards(gradients);
        }
        return question == null ? limits : limits.withQuestion(question(question));
    }

    /** Returns what is left of limits for an evaluation: loading has taken its time, and the report needs some. */
    static Limits left(Limits limits, Duration spent) {
        Duration report = limits.time()
                .map(limit -> limit.dividedBy(WRITING_SHARE))
                .filter(part -> part.compareTo(MOST_WRITING) < 0)
                .orElse(MOST_WRITING);
        return limits.after(spent.plus(report));
    }

    static Duration duration(String text) {
        Matcher written = DURATION.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!written.matches()) {
            throw new GauntletException(
                    "'%s' is not a time; write a whole number of seconds, minutes or hours, such as 90s, 30m or 2h."
                            .formatted(text));
        }
        long count = Long.parseLong(written.group(1));
        return switch (written.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
        };
    }

    static DecisionGoal question(String text) {
        String[] parts = text.split("=", -1);
        if (parts.length != 2) {
            throw new GauntletException(
                    "'%s' is no question; write epsilon and accuracy, such as 8/255=0.4.".formatted(text));
        }
        return new DecisionGoal(LpBall.parseEpsilon(parts[0].strip()), LpBall.parseEpsilon(parts[1].strip()));
    }
}
