package dev.gauntlet.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.Apgd;
import dev.gauntlet.attack.ApgdTargeted;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.attack.Fmn;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.Square;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StrongerAttacksTest {
    private static final Criterion ANY = new Misclassified();

    private static List<String> names(List<? extends Attack<?>> plan) {
        return StrongerAttacks.beyond(plan, Norm.LINF, ANY, 10).stream()
                .map(Attack::name)
                .toList();
    }

    @Test
    void a_plan_with_gradients_gets_an_attack_without_and_the_reverse() {
        assertThat(names(List.of(Pgd.defaults()))).containsExactly("apgd-t", "square", "apgd-t", "square");
        assertThat(names(List.of(Apgd.defaults(), ApgdTargeted.defaults()))).containsExactly("square", "square");
        assertThat(names(List.of(Square.defaults()))).containsExactly("apgd-t", "apgd-t");
    }

    @Test
    void nothing_is_stronger_than_autoattack() {
        for (Norm norm : List.of(Norm.LINF, Norm.L2)) {
            assertThat(StrongerAttacks.beyond(AutoAttack.standard(norm), norm, ANY, 10))
                    .isEmpty();
        }
    }

    @Test
    void a_weaker_form_of_an_attack_is_no_answer() {
        assertThat(names(List.of(new ApgdTargeted(3, 20, 1, 0.75, true), new Square(100, .8, 1, true))))
                .containsExactly("apgd-t", "square", "apgd-t", "square");
        assertThat(names(List.of(new ApgdTargeted(5, 50, 1, 0.75, true), new Square(1000, .8, 1, true))))
                .containsExactly("apgd-t", "square");
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void every_norm_and_criterion_has_attacks_that_fit(Norm norm) {
        for (Criterion criterion : List.of(ANY, Targeted.next(3))) {
            List<Attack<? super DifferentiableClassifier>> attacks =
                    StrongerAttacks.beyond(List.of(Pgd.defaults()), norm, criterion, 3);
            assertThat(attacks).isNotEmpty();
            attacks.forEach(attack -> attack.requireFit(norm, criterion));
        }
        assertThat(StrongerAttacks.beyond(List.of(Fmn.defaults()), Norm.L0, ANY, 10))
                .hasSize(1);
    }
}
