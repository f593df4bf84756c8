package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.ExpectationOverTransformations;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AutoAttackTest {
    private static final LinearModel MODEL = new LinearModel(new double[][] {{0}, {1}}, 0, 0);

    @Test
    void isWhatWasPublishedForEachNorm() {
        for (Norm norm : List.of(Norm.LINF, Norm.L2)) {
            assertThat(written(AutoAttack.standard(norm)))
                    .containsExactly(
                            "apgd{loss=cross-entropy, restarts=1, rho=0.75, shrinking-ball=true, steps=100}",
                            "apgd-t{restarts=1, rho=0.75, shrinking-ball=true, steps=100, target-classes=9}",
                            "fab-t{alpha-max=0.1, beta=0.9, eta=1.05, restarts=1, search-steps=0, steps=100, target-classes=9}",
                            "square{p=0.8, queries=5000, rescaled=false, restarts=1}");
        }
        assertThat(written(AutoAttack.standard(Norm.L1)))
                .containsExactly(
                        "apgd{loss=cross-entropy, restarts=5, rho=0.75, shrinking-ball=true, steps=100}",
                        "apgd-t{restarts=1, rho=0.75, shrinking-ball=true, steps=100, target-classes=5}",
                        "fab-t{alpha-max=0.1, beta=0.9, eta=1.05, restarts=1, search-steps=0, steps=100, target-classes=9}",
                        "square{p=0.8, queries=5000, rescaled=false, restarts=1}");
    }

    @ParameterizedTest
    @EnumSource(
            value = Norm.class,
            names = {"LINF", "L2", "L1"})
    void nothingLessBearsTheName(Norm norm) {
        List<Attack<? super DifferentiableClassifier>> attacks = AutoAttack.standard(norm);
        assertThat(AutoAttack.nameOf(attacks, norm, MODEL)).hasValue("autoattack");
        assertThat(AutoAttack.nameOf(attacks.subList(0, 3), norm, MODEL)).isEmpty();
        List<Attack<? super DifferentiableClassifier>> weaker = new ArrayList<>(attacks);
        weaker.set(3, new Square(500, 0.8, 1, false));
        assertThat(AutoAttack.nameOf(weaker, norm, MODEL)).isEmpty();
        assertThat(AutoAttack.nameOf(attacks, norm == Norm.L1 ? Norm.L2 : Norm.L1, MODEL))
                .isEmpty();
        assertThat(AutoAttack.nameOf(attacks, Norm.L0, MODEL)).isEmpty();
    }

    @Test
    void theVersionForRandomizedDefencesNeedsTheMeanOf20Draws() {
        List<Attack<? super DifferentiableClassifier>> attacks = AutoAttack.rand(Norm.LINF);
        assertThat(written(attacks))
                .containsExactly(
                        "apgd{loss=cross-entropy, restarts=1, rho=0.75, shrinking-ball=true, steps=100}",
                        "apgd{loss=dlr, restarts=1, rho=0.75, shrinking-ball=true, steps=100}");
        assertThat(AutoAttack.nameOf(attacks, Norm.LINF, mean(20))).hasValue("autoattack-rand");
        assertThat(AutoAttack.nameOf(attacks, Norm.LINF, mean(19))).isEmpty();
        assertThat(AutoAttack.nameOf(attacks, Norm.LINF, MODEL)).isEmpty();
        assertThat(AutoAttack.nameOf(attacks.subList(0, 1), Norm.LINF, mean(20)))
                .isEmpty();
    }

    private static ExpectationOverTransformations mean(int draws) {
        return new ExpectationOverTransformations(key -> MODEL, draws, RandomKey.of(0));
    }

    @Test
    void hasNoFormForTheNumberOfChangedPixels() {
        assertThatThrownBy(() -> AutoAttack.standard(Norm.L0))
                .isInstanceOf(GauntletException.class)
                .hasMessage("AutoAttack supports L-infinity, L2 and L1, but not L0.");
    }

    private static List<String> written(List<? extends Attack<?>> attacks) {
        return attacks.stream().map(attack -> attack.name() + attack.options()).toList();
    }
}
