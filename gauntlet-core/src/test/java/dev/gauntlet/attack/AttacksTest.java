package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AttacksTest {
    static Stream<Attack<?>> all() {
        return Attacks.all().stream().map(attack -> attack);
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyAttackIsReadByItsNameAndHasWordsForPeople(Attack<?> attack) {
        assertThat(Attacks.parse(attack.name())).isEqualTo(attack);
        assertThat(attack.name()).matches("[a-z0-9]+(-[a-z0-9]+)*");
        assertThat(Attacks.title(attack.name())).isEqualTo(attack.title()).isNotEqualTo(attack.name());
        assertThat(Attacks.description(attack.name())).isEqualTo(attack.title() + ", " + attack.meaning());
        assertThat(attack.meaning()).isNotEqualTo(attack.title()).doesNotContain("\n");
        assertThat(attack.norms()).isNotEmpty();
        assertThat(Attacks.values(attack).keySet()).isEqualTo(attack.options().keySet());
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyAttackIsReadBackFromItsOptions(Attack<?> attack) {
        List<String> options = attack.options().entrySet().stream()
                .map(option -> option.getKey() + "=" + option.getValue())
                .toList();
        String written = options.isEmpty() ? attack.name() : attack.name() + ":" + String.join(",", options);

        assertThat(Attacks.parse(written)).isEqualTo(attack);
    }

    @Test
    void namesAreUnique() {
        assertThat(all().map(Attack::name)).doesNotHaveDuplicates();
    }

    @Test
    void readsOptions() {
        assertThat(Attacks.parse("fgsm")).isEqualTo(new Fgsm(new CrossEntropy()));
        assertThat(Attacks.parse(" PGD : steps = 7 , random-start=false,relative-step=.5, loss=margin"))
                .isEqualTo(new Pgd(7, .5, false, 1, .99, new Margin()));
    }

    @Test
    void saysWhatValuesOptionsTake() {
        assertThat(Attacks.values(Pgd.defaults()))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "loss",
                                "cross-entropy or cross-entropy-float32 or cross-entropy-float32-avx512 or margin or dlr",
                        "random-start", "true or false",
                        "relative-step", "a number, above 0",
                        "restarts", "a whole number, at least 1",
                        "sparsity", "a number, at least 0 and below 1",
                        "steps", "a whole number, at least 1"));
    }

    @Test
    void anAttackFromElsewhereIsCalledByItsName() {
        assertThat(Attacks.title("my-attack")).isEqualTo("my-attack");
        assertThat(Attacks.description("my-attack")).isEqualTo("my-attack");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            fsgm                       | Unknown attack 'fsgm'; did you mean fgsm?
            autoatack                  | Unknown attack 'autoatack'; did you mean autoattack?
            nothing                    | hop-skip-jump, boundary, autoattack.
            AutoAttack                 | autoattack is four attacks: apgd, apgd-t, fab-t, square; choose one of them.
            pgd:                       | Option '' of attack pgd has no value; write, for example, pgd:steps=100,restarts=5.
            pgd:steps                  | Option 'steps' of attack pgd has no value
            pgd:step=5                 | Unknown option of pgd 'step'; did you mean steps?
            pgd:steps=1,steps=2        | Attack 'pgd:steps=1,steps=2' sets option steps twice.
            pgd:steps=1.5              | Option steps of attack pgd must be a whole number, got '1.5'.
            pgd:steps=0                | PGD requires at least 1 step, got 0.
            pgd:relative-step=0x1p-3   | Option relative-step of attack pgd must be a number, got '0x1p-3'.
            pgd:random-start=yes       | Unknown value of option random-start 'yes'. Known: true, false.
            pgd:loss=cross             | Unknown loss 'cross'; did you mean cross-entropy?
            """)
    void saysInOneLineWhatIsWrong(String text, String message) {
        assertThatThrownBy(() -> Attacks.parse(text))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    }

    @Test
    void readsAutoAttackAsTheFourAttacksOfTheNorm() {
        for (Norm norm : List.of(Norm.LINF, Norm.L2, Norm.L1)) {
            assertThat(Attacks.parseAll(" AutoAttack", norm)).isEqualTo(AutoAttack.standard(norm));
        }
        assertThat(Attacks.parseAll("fgsm:loss=margin", Norm.L2)).containsExactly(Attacks.parse("fgsm:loss=margin"));
        assertThatThrownBy(() -> Attacks.parseAll("autoattack:steps=3", Norm.LINF))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "'autoattack:steps=3' sets options, but autoattack has none; to change its options, list its attacks one by one: apgd, apgd-t, fab-t, square.");
        assertThatThrownBy(() -> Attacks.parseBlackBox("autoattack"))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith(
                        "The attack autoattack requires gradients, which a black box does not provide;");
    }

    @Test
    void aBlackBoxIsNotAskedForGradients() {
        assertThatThrownBy(() -> Attacks.parseBlackBox("fgsm:loss=margin"))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The attack fgsm requires gradients, which a black box does not provide; these attacks need only logits: %s."
                                .formatted(String.join(
                                        ", ",
                                        Attacks.blackBox().stream()
                                                .map(Attack::name)
                                                .toList())));
        assertThatThrownBy(() -> Attacks.parseBlackBox("fsgm"))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith("Unknown attack 'fsgm'; did you mean fgsm?");
    }
}
