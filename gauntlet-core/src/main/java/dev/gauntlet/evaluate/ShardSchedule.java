package dev.gauntlet.evaluate;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.model.Classifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs the shards of an evaluation in their order until a limit is reached. */
final class ShardSchedule<M extends Classifier> {
    private final Runner runner;
    private final Limits limits;
    private final RunMonitor monitor;
    private final int planned;
    private final int population;
    private Plan<M> plan;
    private int attacksDone;
    private Completion ending;

    ShardSchedule(Runner runner, Limits limits, RunMonitor monitor, Plan<M> plan, int planned, int population) {
        this.runner = runner;
        this.limits = limits;
        this.monitor = monitor;
        this.plan = plan;
        this.attacksDone = plan.attacks().size();
        this.planned = planned;
        this.population = population;
        this.ending = Completion.complete(planned);
    }

    /**
     * Returns the shards that count, all or the first ones, and shows their exhibits.
     *
     * @throws GauntletException if the time is up before anything is known
     */
    List<Shard> run(int shards, IntFunction<ShardOutcome> work, GalleryCollector exhibition) {
        if (limits.equals(Limits.NONE)) {
            return runner.run(
                    shards,
                    work,
                    outcome -> exhibition.take(finished(outcome)
                            .orElseThrow(() -> new IllegalStateException("without a limit all shards are finished"))));
        }
        List<Shard> counting = new ArrayList<>();
        while (counting.size() < shards) {
            int first = counting.size();
            int together = Math.min(runner.workers(), shards - first);
            List<ShardOutcome> round = runner.<ShardOutcome, ShardOutcome>run(
                    together, number -> work.apply(first + number), done -> done);
            // those of the last round that come after the end do not count, so that the number of workers does not
            // either
            for (ShardOutcome outcome : round) {
                Optional<Shard> shard = finished(outcome);
                if (shard.isEmpty()) {
                    return counting.isEmpty() ? unfinished(round, exhibition) : timeIsUp(counting);
                }
                counting.add(exhibition.take(shard.get()));
                Optional<Completion> end = end(counting);
                if (end.isPresent()) {
                    ending = end.get();
                    return counting;
                }
            }
            if (counting.size() < shards && monitor.attacksAreOver()) {
                return timeIsUp(counting);
            }
        }
        limits.question()
                .ifPresent(
                        question -> ending = Completion.asked(question, rate(question, counting), planned, population));
        return counting;
    }

    /** Returns what was run on the shards that count: the plan, or what an early end has left of it. */
    Plan<M> plan() {
        return plan;
    }

    /** Returns how many attacks of the plan were finished on all that counts. */
    int attacksDone() {
        return attacksDone;
    }

    private static Optional<Shard> finished(ShardOutcome outcome) {
        return outcome instanceof ShardOutcome.Finished finished ? Optional.of(finished.shard()) : Optional.empty();
    }

    private List<Shard> timeIsUp(List<Shard> counting) {
        ending = early(Completion.Reason.TIME_LIMIT, "The time limit was reached", counting);
        return counting;
    }

    /** Returns what is known if the first shard is not finished: what the attacks did that the first shards have behind them. */
    private List<Shard> unfinished(List<ShardOutcome> round, GalleryCollector exhibition) {
        List<ShardOutcome.Unfinished> begun = new ArrayList<>();
        for (ShardOutcome outcome : round) {
            if (outcome instanceof ShardOutcome.Unfinished unfinished
                    && unfinished.knowsClean()
                    && (begun.isEmpty() || unfinished.attacks() >= begun.get(0).attacks())) {
                begun.add(unfinished);
            } else {
                break;
            }
        }
        int attacks = begun.isEmpty() ? 0 : begun.get(0).attacks();
        attacksDone = attacks;
        List<Shard> counting = attacks == 0
                ? clean(round)
                // each asks about its rounded images
                : runner.<Shard, Shard>run(
                        begun.size(), number -> begun.get(number).after().apply(attacks), exhibition::take);
        if (counting.isEmpty()) {
            throw new GauntletException(
                    "The time limit is too short for the model to classify the first %s; raise it."
                            .formatted(monitor.cleanNeeds()));
        }
        List<Attack<? super M>> all = plan.attacks();
        int examples = examples(counting);
        String sample = examples == planned
                ? String.format(Locale.ROOT, "all %,d images", planned)
                : String.format(Locale.ROOT, "%,d of %,d images, a random sample of them", examples, planned);
        if (attacks == 0) {
            plan = plan.with(all, List.of());
            ending = new Completion(
                    Completion.Reason.TIME_LIMIT,
                    planned,
                    limits.question(),
                    "The time limit was reached before the first attack (%s) finished; only the clean accuracy is known, on %s."
                            .formatted(all.get(0).name(), sample));
        } else {
            plan = plan.with(all.subList(0, attacks), plan.epsilons());
            ending = new Completion(
                    Completion.Reason.TIME_LIMIT,
                    planned,
                    limits.question(),
                    "The time limit was reached before all attacks finished; the accuracies are upper bounds by %s on %s. Not counted: %s."
                            .formatted(
                                    names(all.subList(0, attacks)), sample, names(all.subList(attacks, all.size()))));
        }
        return counting;
    }

    /** Returns all that is known of clean images: that does not depend on what an attack finds, or how soon. */
    private List<Shard> clean(List<ShardOutcome> round) {
        int attacks = plan.attacks().size();
        return round.stream()
                .flatMap(outcome -> outcome instanceof ShardOutcome.Unfinished unfinished
                        ? unfinished.knowsClean() ? Stream.of(unfinished.after().apply(0)) : Stream.empty()
                        : finished(outcome).map(shard -> shard.cleanAlone(attacks)).stream())
                .toList();
    }

    private static String names(List<? extends Attack<?>> attacks) {
        return attacks.stream().map(Attack::name).collect(Collectors.joining(", "));
    }

    Completion ending() {
        return ending;
    }

    private Optional<Completion> end(List<Shard> counting) {
        if (examples(counting) == planned) {
            return Optional.empty();
        }
        Optional<Completion> decided = limits.question()
                .map(question -> Completion.asked(question, rate(question, counting), planned, population))
                .filter(Completion::early);
        if (decided.isPresent()) {
            return decided;
        }
        long backwards = counting.stream()
                .flatMap(shard -> shard.costs().stream())
                .mapToLong(Shard.Cost::backwards)
                .sum();
        return limits.backwards().isPresent() && backwards >= limits.backwards().getAsLong()
                ? Optional.of(
                        early(Completion.Reason.GRADIENT_LIMIT, "The limit of backward passes was reached", counting))
                : Optional.empty();
    }

    private Completion early(Completion.Reason reason, String what, List<Shard> counting) {
        return new Completion(
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

    private Interval rate(DecisionGoal question, List<Shard> counting) {
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
