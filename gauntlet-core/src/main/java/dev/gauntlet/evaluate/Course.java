package dev.gauntlet.evaluate;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/** Runs the shards of an evaluation in their order until a limit is reached. */
final class Course {
    private final Runner runner;
    private final Limits limits;
    private final Plan<?> plan;
    private final int planned;
    private final Instant started;
    private Ending ending;

    Course(Runner runner, Limits limits, Plan<?> plan, int planned, Instant started) {
        this.runner = runner;
        this.limits = limits;
        this.plan = plan;
        this.planned = planned;
        this.started = started;
        this.ending = Ending.complete(planned);
    }

    /** Returns the shards that count, all or the first ones, and shows their exhibits. */
    List<Shard> run(int shards, IntFunction<Shard> work, IntConsumer progress, Exhibition exhibition) {
        if (limits.equals(Limits.NONE)) {
            return runner.run(shards, work, shard -> {
                progress.accept(shard.size());
                return exhibition.take(shard);
            });
        }
        List<Shard> counting = new ArrayList<>();
        while (counting.size() < shards) {
            int first = counting.size();
            int together = Math.min(runner.workers(), shards - first);
            // those of the last round that come after the end do not count, so that the number of workers does not
            // either
            for (Shard shard : runner.<Shard, Shard>run(together, number -> work.apply(first + number), computed -> {
                progress.accept(computed.size());
                return computed;
            })) {
                counting.add(exhibition.take(shard));
                Optional<Ending> end = end(counting);
                if (end.isPresent()) {
                    ending = end.get();
                    return counting;
                }
            }
            Optional<Duration> limit = limits.time();
            if (counting.size() < shards
                    && limit.isPresent()
                    && Duration.between(started, Instant.now()).compareTo(limit.get()) >= 0) {
                ending = early(Ending.Reason.TIME_LIMIT, "The time limit was reached", counting);
                return counting;
            }
        }
        limits.question().ifPresent(question -> ending = Ending.asked(question, rate(question, counting), planned));
        return counting;
    }

    Ending ending() {
        return ending;
    }

    private Optional<Ending> end(List<Shard> counting) {
        if (examples(counting) == planned) {
            return Optional.empty();
        }
        Optional<Ending> decided = limits.question()
                .map(question -> Ending.asked(question, rate(question, counting), planned))
                .filter(Ending::early);
        if (decided.isPresent()) {
            return decided;
        }
        long backwards = counting.stream()
                .flatMap(shard -> shard.costs().stream())
                .mapToLong(Shard.Cost::backwards)
                .sum();
        return limits.backwards().isPresent() && backwards >= limits.backwards().getAsLong()
                ? Optional.of(early(Ending.Reason.GRADIENT_LIMIT, "The limit of backward passes was reached", counting))
                : Optional.empty();
    }

    private Ending early(Ending.Reason reason, String what, List<Shard> counting) {
        return new Ending(
                reason,
                planned,
                limits.question(),
                String.format(
                        Locale.ROOT,
                        "%s after %,d of %,d images; these are a random sample of them.",
                        what,
                        examples(counting),
                        planned));
    }

    private Interval rate(Question question, List<Shard> counting) {
        int budget = plan.epsilons().indexOf(question.epsilon());
        int correct = counting.stream()
                .mapToInt(shard -> shard.budgets().get(budget).correct())
                .sum();
        return ConfidenceSequence.of(correct, examples(counting));
    }

    private static int examples(List<Shard> shards) {
        return shards.stream().mapToInt(Shard::size).sum();
    }
}
