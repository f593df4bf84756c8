package dev.gauntlet.attack;

import dev.gauntlet.testkit.AttackContract;
import java.util.stream.Stream;

/** Everything in {@link Attacks#all()} keeps the contract. */
class AttackContractTest extends AttackContract {
    @Override
    protected Stream<Attack<?>> attacks() {
        return AttackCases.attacks();
    }
}
