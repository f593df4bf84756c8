package dev.gauntlet.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LossesTest {
    /** Every loss that can be had, with class 1 where it names one. */
    static Stream<Loss> all() {
        return Stream.concat(
                Losses.CHOICES.byName().values().stream().flatMap(loss -> Stream.of(loss, loss.towards(1))),
                Stream.of(new LogitDifference(1), new Logit(1)));
    }

    static Stream<Loss> naming_class_1() {
        return all().filter(loss -> loss.name().endsWith("-1"));
    }

    @Test
    void areChosenByTheirNames() {
        assertThat(Losses.CHOICES.byName())
                .containsOnlyKeys(
                        "cross-entropy", "cross-entropy-float32", "cross-entropy-float32-avx512", "margin", "dlr");
        assertThat(Losses.CHOICES.parse("margin")).isEqualTo(new Margin());
        assertThat(Losses.CHOICES.parse("DLR")).isEqualTo(new Dlr());
        assertThatThrownBy(() -> Losses.CHOICES.parse("marign"))
                .isInstanceOf(GauntletException.class)
                .hasMessageStartingWith("Unknown loss 'marign'; did you mean margin?");
    }

    @ParameterizedTest
    @MethodSource("all")
    void aNaNAmongTheLogitsThatCountMakesTheLossNaN(Loss loss) {
        for (int bad = 0; bad < 4; bad++) {
            float[] logits = {3, 1, 0, 2};
            logits[bad] = Float.NaN;
            boolean counts = !(loss instanceof Logit || loss instanceof LogitDifference) || bad == 1;
            assertThat(Double.isNaN(loss.value(logits, 0, 4, 2)))
                    .as("NaN at %d", bad)
                    .isEqualTo(counts || (loss instanceof LogitDifference && bad == 2));
            assertThat(Double.isNaN(loss.valueAndDerivative(logits, 0, 4, 2, new float[4])))
                    .as("NaN at %d", bad)
                    .isEqualTo(Double.isNaN(loss.value(logits, 0, 4, 2)));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void hugeLogitsGiveFiniteLossesAndDerivatives(Loss loss) {
        for (float size : new float[] {1e30f, 1e38f, Float.MAX_VALUE}) {
            for (int label = 0; label < 4; label++) {
                float[] derivative = new float[4];
                double value = loss.valueAndDerivative(new float[] {size, -size, 0, size / 2}, 0, 4, label, derivative);
                assertThat(value).as("size %s, label %d", size, label).isFinite();
                for (float each : derivative) {
                    assertThat(each).as("size %s, label %d", size, label).isFinite();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void theLossAndDerivativeDoNotDependOnTheOtherRows(Loss loss) {
        float[] alone = {3, 1, 0, 2};
        float[] between = {-9, 50, 7, 7, 3, 1, 0, 2, 8, 60, Float.NaN, 8};
        float[] derivativeAlone = new float[4];
        float[] derivativeBetween = new float[12];

        double value = loss.valueAndDerivative(alone, 0, 4, 2, derivativeAlone);

        assertThat(loss.valueAndDerivative(between, 4, 4, 2, derivativeBetween)).isEqualTo(value);
        for (int k = 0; k < 12; k++) {
            assertThat(derivativeBetween[k]).as("index %d", k).isEqualTo(k < 4 || k >= 8 ? 0 : derivativeAlone[k - 4]);
        }
    }

    @ParameterizedTest
    @MethodSource("naming_class_1")
    void aNamedClassIsReplacedByTheTarget(Loss loss) {
        assertThat(loss.towards(3).name()).isEqualTo(loss.name().replace("-1", "-3"));
    }

    @ParameterizedTest
    @MethodSource("naming_class_1")
    void aClassThatTheModelDoesNotHaveIsRefused(Loss loss) {
        assertThatThrownBy(() -> loss.towards(-1))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Class -1 does not exist; class numbers start at 0.");
        Loss beyond = loss.towards(4);
        float[] twoRows = new float[8];
        assertThatThrownBy(() -> beyond.value(twoRows, 0, 4, 0))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Class 4 does not exist; this model has 4 classes, 0 to 3.");
        assertThatThrownBy(() -> beyond.valueAndDerivative(twoRows, 0, 4, 0, new float[8]))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Class 4 does not exist; this model has 4 classes, 0 to 3.");
    }
}
