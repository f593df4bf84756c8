package dev.gauntlet.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.Norm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SuiteTest {
    @ParameterizedTest
    @EnumSource(value = Norm.class, mode = EnumSource.Mode.EXCLUDE, names = "L0")
    void everyAttackHasTheNormAndCanBeWrittenOnACommandLine(Norm norm) {
        for (Suite suite : Suite.values()) {
            List<Attack<? super DifferentiableClassifier>> attacks = suite.attacks(norm);

            assertThat(attacks)
                    .isNotEmpty()
                    .doesNotHaveDuplicates()
                    .allSatisfy(attack -> assertThat(attack.norms()).contains(norm));
            assertThat(attacks.stream()
                            .<Attack<?>>map(attack -> Attacks.parse(Attacks.written(attack)))
                            .toList())
                    .isEqualTo(attacks);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Norm.class, mode = EnumSource.Mode.EXCLUDE, names = "L0")
    void onlyTheStandardSuiteIsAutoAttack(Norm norm) {
        assertThat(Suite.STANDARD.attacks(norm)).isEqualTo(AutoAttack.standard(norm));
        assertThat(Suite.QUICK.attacks(norm)).isNotEqualTo(AutoAttack.standard(norm));
        assertThat(Suite.THOROUGH.attacks(norm))
                .containsAll(AutoAttack.standard(norm))
                .hasSizeGreaterThan(4);
    }

    @Test
    void thoroughAddsTheAttacksOfTheNorm() {
        assertThat(added(Norm.LINF)).containsExactly("apgd-t", "square", "pgd", "fmn", "hop-skip-jump");
        assertThat(added(Norm.L2)).containsExactly("apgd-t", "square", "pgd", "fmn", "ddn", "cw", "hop-skip-jump");
        assertThat(added(Norm.L1)).containsExactly("apgd-t", "square", "pgd", "fmn");
    }

    @Test
    void growsFromASampleToAllExamples() {
        assertThat(Suite.QUICK.examples()).hasValue(200);
        assertThat(Suite.STANDARD.examples()).hasValue(1000);
        assertThat(Suite.THOROUGH.examples()).isEmpty();
    }

    @Test
    void hasNoneForL0() {
        assertThatThrownBy(() -> Suite.QUICK.attacks(Norm.L0))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The suite quick is for L-infinity, L2 and L1, not for L0; name the attacks yourself, such as fmn.");
    }

    @Test
    void isFoundByItsName() {
        assertThat(Suite.parse(" Thorough ")).isEqualTo(Suite.THOROUGH);
        assertThatThrownBy(() -> Suite.parse("quik"))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Unknown suite 'quik'; did you mean quick? Known: quick, standard, thorough.");
    }

    private static List<String> added(Norm norm) {
        return Suite.THOROUGH.attacks(norm).stream().skip(4).map(Attack::name).toList();
    }
}
