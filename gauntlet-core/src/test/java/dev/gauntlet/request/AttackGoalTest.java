package dev.gauntlet.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Targeted;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttackGoalTest {
    private static final List<String> CLASSES = List.of("Cat", "dog", "1", "bird");

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
            cat, "0,0,0,0"
            " DOG ", "1,1,1,1"
            0, "0,0,0,0"
            1, "2,2,2,2"
            3, "3,3,3,3"
            next, "1,2,3,0"
            "3,2,1,0", "3,2,1,0"
            """)
    void findsAClassByItsNameAndThenByItsNumber(String text, String targets) {
        AttackGoal goal = AttackGoal.parse(text);

        assertThat(goal.isTargeted()).isTrue();
        assertThat(goal.criterion(CLASSES)).isEqualTo(Criterion.parse("targeted:" + targets, 4));
        assertThat(AttackGoal.parse(goal.toString())).isEqualTo(goal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"misclassified", "targeted:1,2,3,0", "targeted:2", "targeted:0,0,3,1"})
    void givesTheCriterionThatItComesFrom(String name) {
        Criterion criterion = Criterion.parse(name, 4);

        assertThat(AttackGoal.of(criterion).criterion(CLASSES)).isEqualTo(criterion);
        assertThat(AttackGoal.of(new Targeted(List.of(1, 2, 3, 0)))).isEqualTo(new AttackGoal.NextClass());
        assertThat(AttackGoal.of(new Misclassified()).isTargeted()).isFalse();
    }

    @Test
    void refusesClassesThatTheDataDoesNotHave() {
        assertThatThrownBy(() -> AttackGoal.parse("brid").criterion(CLASSES))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Unknown class 'brid'; did you mean bird? Known: cat, dog, 1, bird.");
        assertThatThrownBy(() -> AttackGoal.parse("4").criterion(CLASSES)).hasMessageContaining("Target 4");
        assertThatThrownBy(() -> AttackGoal.parse("1,0").criterion(CLASSES))
                .hasMessage("The target names 2 classes, but the data has 4.");
        assertThatThrownBy(() -> AttackGoal.parse(" "))
                .hasMessage("The target is empty; write the name of a class, its number from 0 on, or next.");
    }
}
