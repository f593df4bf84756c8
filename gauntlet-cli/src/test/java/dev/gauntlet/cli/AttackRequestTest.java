package dev.gauntlet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttackRequestTest {
    private static final List<String> CLASSES = List.of("Cat", "dog", "1", "next");

    @Test
    void plansTheAttacksInTheirOrder() {
        AttackRequest request = new AttackRequest(
                List.of("pgd", "fgsm"),
                Norm.L2,
                Optional.empty(),
                false,
                List.of(2.0, 1.0),
                7,
                OptionalInt.of(50),
                OptionalInt.of(1000));

        Evaluation evaluation = request.evaluation(CLASSES);

        assertThat(evaluation).isInstanceOf(Evaluation.WhiteBox.class);
        assertThat(evaluation.plan())
                .isEqualTo(new Plan<>(
                        List.of(Pgd.defaults(), Fgsm.defaults()),
                        List.of(LpBall.l2(0), LpBall.l2(1), LpBall.l2(2)),
                        new Misclassified(),
                        new Sampling(OptionalInt.of(50), 7),
                        OptionalInt.of(1000)));
    }

    @Test
    void readsAutoAttackAsItsFourAttacks() {
        AttackRequest request = new AttackRequest(
                List.of("fgsm", "autoattack"),
                Norm.L1,
                Optional.empty(),
                false,
                List.of(1.0),
                0,
                OptionalInt.of(50),
                OptionalInt.of(1000));

        assertThat(request.evaluation(CLASSES).plan().attacks())
                .isEqualTo(Stream.concat(Stream.of(Fgsm.defaults()), AutoAttack.standard(Norm.L1).stream())
                        .toList());
    }

    @Test
    void plansEveryAttackThatNeedsOnlyLogitsForABlackBox() {
        assertThat(Attacks.blackBox()).isNotEmpty();
        for (Attack<Classifier> attack : Attacks.blackBox()) {
            for (Norm norm : attack.norms()) {
                Evaluation evaluation = new AttackRequest(
                                List.of(attack.name()),
                                norm,
                                Optional.empty(),
                                true,
                                List.of(1.0),
                                0,
                                OptionalInt.of(50),
                                OptionalInt.of(1000))
                        .evaluation(CLASSES);

                assertThat(evaluation).isInstanceOf(Evaluation.BlackBox.class);
                assertThat(evaluation.plan().attacks()).isEqualTo(List.of(attack));
            }
        }
    }

    @Test
    void refusesEveryAttackThatNeedsGradientsForABlackBox() {
        List<String> logitsOnly = Attacks.blackBox().stream().map(Attack::name).toList();
        Attacks.all().stream()
                .filter(attack -> !logitsOnly.contains(attack.name()))
                .forEach(attack -> assertThatThrownBy(() -> new AttackRequest(
                                List.of(attack.name()),
                                Norm.LINF,
                                Optional.empty(),
                                true,
                                List.of(.1),
                                0,
                                OptionalInt.of(50),
                                OptionalInt.of(1000)))
                        .isInstanceOf(GauntletException.class)
                        .hasMessage(
                                "The attack %s requires gradients, which a black box does not provide; these attacks need only logits: %s."
                                        .formatted(attack.name(), String.join(", ", logitsOnly))));
    }

    @ParameterizedTest
    @CsvSource({"cat, 0", "DOG, 1", " dog , 1", "0, 0", "3, 3", "1, 2", "2, 2"})
    void findsTheTargetByItsNameElseByItsNumber(String target, int number) {
        assertThat(plan(target).criterion()).isEqualTo(Targeted.at(number, 4));
    }

    @Test
    void theNextClassIsTheOneAfter() {
        assertThat(plan("next").criterion()).isEqualTo(Targeted.next(4));
        assertThat(plan("Next").criterion()).isEqualTo(Targeted.next(4));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            4             | Target 4 is not a class; the classes are 0 to 3.
            -1            | Unknown class '-1'; did you mean 1? Known: cat, dog, 1, next.
            doog          | Unknown class 'doog'; did you mean dog? Known: cat, dog, 1, next.
            99999999999   | Unknown class '99999999999'. Known: cat, dog, 1, next.
            ""            | Unknown class ''. Known: cat, dog, 1, next.
            """)
    void refusesATargetThatIsNoClass(String target, String message) {
        assertThatThrownBy(() -> plan(target))
                .isInstanceOf(GauntletException.class)
                .hasMessage(message);
    }

    private static Plan<?> plan(String target) {
        return new AttackRequest(
                        List.of("fgsm"),
                        Norm.LINF,
                        Optional.of(target),
                        false,
                        List.of(.1),
                        0,
                        OptionalInt.of(50),
                        OptionalInt.of(1000))
                .evaluation(CLASSES)
                .plan();
    }
}
