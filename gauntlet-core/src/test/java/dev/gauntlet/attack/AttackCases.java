package dev.gauntlet.attack;

import dev.gauntlet.testkit.AttackCase;
import java.util.Map;
import java.util.stream.Stream;

/** The attacks that are tested all alike: everything in {@link Attacks#all()}. */
final class AttackCases {
    /** By the name of an attack whose defaults do not do for many tiny tests: what runs in its place. */
    private static final Map<String, String> QUICK = Map.of(
            // by default it spends half of the budget at random, and so misses what is near
            "r-fgsm", "r-fgsm:relative-start=.1",
            // by default they take long
            "cw", "cw:steps=1000",
            "ead", "ead:steps=200",
            "boundary", "boundary:steps=300,draws=100",
            "hop-skip-jump", "hop-skip-jump:steps=5,draws=100");

    private AttackCases() {}

    /** Returns every attack, quick enough to be run many times. */
    static Stream<Attack<?>> attacks() {
        return Attacks.all().stream().map(attack -> Attacks.parse(QUICK.getOrDefault(attack.name(), attack.name())));
    }

    /** Returns every attack with each of its norms. */
    static Stream<AttackCase> cases() {
        return attacks().flatMap(AttackCase::of);
    }

    /** Returns those that are told how far they may go. */
    static Stream<AttackCase> fixedBudgets() {
        return cases().filter(AttackCase::isFixedBudget);
    }

    /** Returns those that look for the nearest success. */
    static Stream<AttackCase> minimalNorms() {
        return cases().filter(attack -> !attack.isFixedBudget());
    }
}
