package dev.gauntlet.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.Square;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AccessTest {
    @Test
    void theClassOfAnAttackSaysWhatItNeeds() {
        assertThat(Access.WHITE_BOX.attacks()).isEqualTo(Attacks.all());
        assertThat(Access.BLACK_BOX.attacks()).isEqualTo(Attacks.blackBox());
        assertThat(Access.BLACK_BOX.allows(new Blind())).isTrue();
        assertThat(Access.BLACK_BOX.allows(new Seeing())).isFalse();
        assertThat(Access.WHITE_BOX.allows(new Seeing())).isTrue();
        // a class that leaves it open may use whatever there is
        assertThat(Access.BLACK_BOX.allows(new Either<Classifier>())).isFalse();
        assertThat(Access.WHITE_BOX.allows(new Either<Classifier>())).isTrue();
    }

    @Test
    void readsTheAttacksThatItAllows() {
        assertThat(Access.WHITE_BOX.parse("pgd", Norm.LINF)).isEqualTo(List.of(Pgd.defaults()));
        assertThat(Access.WHITE_BOX.parse("autoattack", Norm.L2)).isEqualTo(AutoAttack.standard(Norm.L2));
        assertThat(Access.BLACK_BOX.parse("square", Norm.LINF)).isEqualTo(List.of(Square.defaults()));
        assertThatThrownBy(() -> Access.BLACK_BOX.parse("autoattack", Norm.LINF))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith("The attack autoattack requires gradients, which a black box does not provide");
    }

    private interface Named<M extends Classifier> extends FixedBudgetAttack<M> {
        @Override
        default String name() {
            return "own";
        }

        @Override
        default Set<Norm> norms() {
            return Set.of(Norm.LINF);
        }

        @Override
        default void search(M model, Problem problem, double epsilon, Findings findings) {
            throw new AssertionError("is not run");
        }
    }

    private static final class Blind implements Named<Classifier> {}

    private static class Seeing implements Attack2<DifferentiableClassifier, Integer> {}

    private interface Attack2<N extends DifferentiableClassifier, T> extends Named<N> {}

    private static final class Either<M extends Classifier> implements Named<M> {}
}
