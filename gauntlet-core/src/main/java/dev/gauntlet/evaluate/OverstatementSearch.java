package dev.gauntlet.evaluate;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Passes;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.request.AttackRef;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Tries stronger attacks on the robust examples of an evaluation, in rounds of a growing random sample, until it is settled by
 * how much the robust accuracy is overstated or the budget is spent.
 *
 * <p>The cheap attacks go ahead, on more examples than the strong ones. Each has its part of the budget, and what one leaves
 * goes to the others; if the part of the strongest would not suffice for a few examples, it goes to the cheap ones.
 */
final class OverstatementSearch {
    /** On how many examples the strong attacks are tried first. */
    static final int FIRST_ROUND = 16;

    private static final int FEW = 4;
    private static final int NOT_BROKEN = -1;

    /**
     * What is asked.
     *
     * @param epsilon the budget
     * @param examples how many examples were evaluated
     * @param certified how many of them are certified, so that no attack breaks them
     * @param attacksDone how many attacks of the plan were run on all of them
     * @param tolerance the overstatement that is tolerated
     * @param together how many of some examples are attacked together at most
     */
    record Question(
            double epsilon,
            int examples,
            int certified,
            int attacksDone,
            double tolerance,
            IntUnaryOperator together) {}

    private final List<? extends Attack<?>> attacks;
    private final List<Passes> costs;
    private final int[] robust;
    private final Question question;
    private final ProbeRunner runner;

    /** Which of the attacks broke an example, by its place in the random order. */
    private final int[] brokenBy;

    /** On how many of the first examples each attack was tried. */
    private final int[] examined;

    private final long[] spent;

    /**
     * Prepares a search.
     *
     * @param attacks the stronger attacks in their order
     * @param costs how many passes each takes for an example at most
     * @param robust the ids of the robust examples in a random order
     */
    OverstatementSearch(
            List<? extends Attack<?>> attacks,
            List<Passes> costs,
            int[] robust,
            Question question,
            ProbeRunner runner) {
        this.attacks = attacks;
        this.costs = costs;
        this.robust = robust;
        this.question = question;
        this.runner = runner;
        this.brokenBy = new int[robust.length];
        Arrays.fill(brokenBy, NOT_BROKEN);
        this.examined = new int[attacks.size()];
        this.spent = new long[attacks.size()];
    }

    /** Searches until it is settled or nothing more can be paid. */
    Overstatement run() {
        if (!attacks.isEmpty()) {
            int strong = attacks.size() - ahead();
            long strongest = costs.get(attacks.size() - 1).total();
            boolean isSmall = runner.left() / attacks.size() < FEW * strongest;
            rounds(runner.left() / (isSmall ? ahead() : attacks.size()), isSmall ? strong : 0);
            rounds(Long.MAX_VALUE, 0);
        }
        return known();
    }

    /** Returns how many attacks are tried on more examples than the strong ones. */
    private int ahead() {
        return Math.max(1, attacks.size() - 2);
    }

    /** Goes on until it is settled or no attack can go on, without the last ones. */
    private void rounds(long part, int without) {
        boolean isGoingOn = true;
        for (int target = FIRST_ROUND; isGoingOn || target < robust.length; target *= 2) {
            isGoingOn = false;
            for (int attack = 0; attack < attacks.size() - without; attack++) {
                if (isSettled()) {
                    return;
                }
                isGoingOn |= extend(attack, target << Math.max(0, attacks.size() - 2 - attack), part);
            }
            if (target > robust.length) {
                return;
            }
        }
    }

    private boolean isSettled() {
        return known().finding(question.tolerance) != Overstatement.Finding.OPEN;
    }

    /** Tries an attack on the next examples; tells whether it did. */
    private boolean extend(int attack, int target, long part) {
        int first = examined[attack];
        int reachable = attack == 0 ? robust.length : examined[attack - 1];
        long affordable = Math.min(part - spent[attack], runner.left())
                / Math.max(1, costs.get(attack).total());
        int end = first + (int) Math.min(Math.min(target, reachable) - first, affordable);
        if (end <= first) {
            return false;
        }
        int[] places = IntStream.range(first, end)
                .filter(place -> brokenBy[place] == NOT_BROKEN)
                .toArray();
        long before = runner.spent().total();
        boolean[] broken = attempt(attack, places);
        for (int i = 0; i < places.length; i++) {
            if (broken[i]) {
                brokenBy[places[i]] = attack;
            }
        }
        if (!runner.isLate()) {
            examined[attack] = end;
        }
        spent[attack] += runner.spent().total() - before;
        return !runner.isLate();
    }

    /** Tries an attack on the examples of some places; tells which of them it broke. */
    private boolean[] attempt(int attack, int[] places) {
        Map<ShardTask.Work, Passes> tasks = new LinkedHashMap<>();
        List<int[]> parts = new ArrayList<>();
        int size = places.length == 0 ? 1 : question.together.applyAsInt(places.length);
        for (int from = 0; from < places.length; from += size) {
            int[] part = IntStream.range(from, Math.min(places.length, from + size))
                    .boxed()
                    .sorted(Comparator.comparingInt(i -> robust[places[i]]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            parts.add(part);
            tasks.put(
                    new ShardTask.TryStronger(
                            attack,
                            Arrays.stream(part).map(i -> robust[places[i]]).toArray(),
                            question.epsilon,
                            question.attacksDone),
                    costs.get(attack).times(part.length));
        }
        boolean[] broken = new boolean[places.length];
        List<ShardResult.Outcome> outcomes = runner.run(tasks);
        for (int number = 0; number < outcomes.size(); number++) {
            if (outcomes.get(number) instanceof ShardResult.Tried tried) {
                for (int row = 0; row < tried.broken().length; row++) {
                    broken[parts.get(number)[row]] = tried.broken()[row];
                }
            }
        }
        return broken;
    }

    private Overstatement known() {
        List<Overstatement.Probe> probes = new ArrayList<>();
        for (int i = 0; i < attacks.size(); i++) {
            int attack = i;
            int broken = (int) IntStream.range(0, examined[attack])
                    .filter(place -> brokenBy[place] != NOT_BROKEN && brokenBy[place] <= attack)
                    .count();
            probes.add(new Overstatement.Probe(AttackRef.of(attacks.get(attack)).toString(), examined[attack], broken));
        }
        return Overstatement.of(question.epsilon, robust.length, question.certified, question.examples, probes);
    }

    /**
     * What some attacks achieved.
     *
     * @param tried on how many robust examples they were tried
     * @param broken how many of these they broke
     */
    record Tally(int tried, int broken) {}

    /** Counts what some attacks broke of what those before them had left. */
    Tally afterOthers(Predicate<Attack<?>> isMeant) {
        int[] meant = meant(isMeant);
        if (meant.length == 0) {
            return new Tally(0, 0);
        }
        int[] tried = IntStream.range(0, examined[meant[0]])
                .filter(place -> brokenBy[place] == NOT_BROKEN || brokenBy[place] >= meant[0])
                .toArray();
        long broken = Arrays.stream(tried)
                .filter(place -> Arrays.stream(meant).anyMatch(attack -> attack == brokenBy[place]))
                .count();
        return new Tally(tried.length, (int) broken);
    }

    /** Tries the first of some attacks on a few examples, whether or not others broke them. */
    Tally firstAlone(Predicate<Attack<?>> isMeant, int most) {
        int[] meant = meant(isMeant);
        if (meant.length == 0) {
            return new Tally(0, 0);
        }
        int tried = Math.min(robust.length, most);
        boolean[] broken = attempt(meant[0], IntStream.range(0, tried).toArray());
        return runner.isLate()
                ? new Tally(0, 0)
                : new Tally(tried, (int)
                        IntStream.range(0, tried).filter(place -> broken[place]).count());
    }

    private int[] meant(Predicate<Attack<?>> isMeant) {
        return IntStream.range(0, attacks.size())
                .filter(attack -> isMeant.test(attacks.get(attack)))
                .toArray();
    }
}
