package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class OutcomesTest {
    /** The first is a clean mistake, the second falls to attack 1, the third to attack 0 with the larger budget alone. */
    private static Outcomes.Columns columns() {
        return new Outcomes.Columns(
                3,
                new int[] {2, 5, 7, 11},
                new int[] {0, 1, 2, 0},
                new double[] {0, .1, .2, -1},
                new int[][] {{1, 1, 2, 0}, {1, 0, 2, 0}, {1, 2, 1, 0}},
                new int[][] {{-1, -1, -1, -1}, {-1, 1, -1, -1}, {-1, 1, 0, -1}});
    }

    @Test
    void answersWhatBecameOfEachExample() {
        Outcomes outcomes = new Outcomes(columns());
        assertThat(outcomes.size()).isEqualTo(4);
        assertThat(outcomes.classes()).isEqualTo(3);
        assertThat(outcomes.examples().map(outcomes::id)).containsExactly(2, 5, 7, 11);
        assertThat(outcomes.position(7)).hasValue(2);
        assertThat(outcomes.position(6)).isEmpty();
        assertThat(outcomes.examples().filter(outcomes::isCleanMistake)).containsExactly(0);
        assertThat(outcomes.examples().filter(i -> outcomes.isRobust(i, 1))).containsExactly(2, 3);
        assertThat(outcomes.prediction(1, 2)).isEqualTo(2);
        assertThat(outcomes.cleanPrediction(1)).isEqualTo(1);
        assertThat(outcomes.successfulAttack(1, 1)).hasValue(1);
        assertThat(outcomes.successfulAttack(2, 1)).isEmpty();
        assertThat(outcomes.successfulAttack(0, 2)).isEmpty();
        assertThat(outcomes.nearestSuccess(0)).hasValue(0);
        assertThat(outcomes.nearestSuccess(2)).hasValue(.2);
        assertThat(outcomes.nearestSuccess(3)).isEmpty();
        assertThat(outcomes.robust(0)).isEqualTo(3);
        assertThat(outcomes.robust(2)).isEqualTo(1);
        assertThat(outcomes.successes(2)).isEqualTo(2);
        assertThat(outcomes.successes(2, 0)).isEqualTo(1);
        assertThat(outcomes.successes(1, 0)).isZero();
    }

    @Test
    void cannotBeChangedFromOutside() {
        Outcomes.Columns columns = columns();
        Outcomes outcomes = new Outcomes(columns);
        columns.predictions()[1][2] = 0;
        columns.labels()[3] = 1;
        outcomes.columns().predictions()[1][2] = 0;
        assertThat(outcomes.columns()).usingRecursiveComparison().isEqualTo(columns());
    }

    @Test
    void refusesColumnsThatContradictEachOther() {
        refuses(columns -> columns.ids()[1] = 2, "ids[1] is 2, ids grow and are at least 0.");
        refuses(columns -> columns.labels()[3] = 3, "labels[3] is 3, there are 3 classes.");
        refuses(columns -> columns.predictions()[2][0] = -1, "predictions[2][0] is -1, there are 3 classes.");
        refuses(
                columns -> columns.predictions()[1][3] = 1,
                "predictions[1][3] is 1, which no attack achieved; when clean it is 0.");
        refuses(
                columns -> columns.predictions()[2][1] = 1,
                "successfulAttacks[2][1] is 1, but the prediction is the label.");
        refuses(
                columns -> columns.successfulAttacks()[1][0] = 0,
                "successfulAttacks[1][0] is 0, but the example is misclassified when clean.");
        refuses(
                columns -> columns.successfulAttacks()[0][3] = 0,
                "successfulAttacks[0][3] is 0, but the clean images are not attacked.");
        refuses(
                columns -> columns.distances()[2] = -1,
                "successfulAttacks[2][2] is 0, but distances[2] says that no attack succeeded.");
        refuses(
                columns -> columns.distances()[3] = Double.NaN,
                "distances[3] is NaN, it is -1 or a finite number of at least 0.");
        refuses(columns -> columns.predictions()[1] = new int[3], "predictions[1] has 3 entries, ids has 4.");
    }

    private static void refuses(Consumer<Outcomes.Columns> fault, String message) {
        Outcomes.Columns columns = columns();
        fault.accept(columns);
        assertThatThrownBy(() -> new Outcomes(columns))
                .isInstanceOf(GauntletException.class)
                .hasMessage(message);
    }
}
