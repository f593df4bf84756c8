package com.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.testkit.AttackContract;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.ModelAndImages;
import dev.gauntlet.threat.Norm;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SimBaTest extends AttackContract {
    @Override
    protected Stream<Attack<?>> attacks() {
        return Stream.of(new SimBa(), new SimBa(400, 0.1));
    }

    @Test
    void isFoundByItsName() {
        assertThat(Attacks.parse("simba")).isEqualTo(new SimBa());
        assertThat(Attacks.parse("simba:steps=5,step-size=0.5")).isEqualTo(new SimBa(5, 0.5));
        assertThat(Attacks.parseBlackBox("simba")).isEqualTo(new SimBa());
        assertThat(Attacks.written(new SimBa(5, 0.5))).isEqualTo("simba:step-size=0.5,steps=5");
        assertThat(Attacks.meanings(new SimBa())).containsOnlyKeys("steps", "step-size");
    }

    @Test
    void refusesOptionsOutOfRange() {
        assertThatThrownBy(() -> new SimBa(0, 0.2))
                .isInstanceOf(GauntletException.class)
                .hasMessage("SimBA requires at least 1 step, got 0.");
        for (double size : new double[] {0, -1, 1.5, Double.NaN}) {
            assertThatThrownBy(() -> new SimBa(10, size))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining("step size of SimBA")
                    .hasMessageContaining(Double.toString(size));
        }
    }

    /** Class 1 wins where the second pixel exceeds the first: the only way there, whatever the order of the pixels. */
    @Test
    void movesEachPixelInTheDirectionThatHelps() {
        LinearModel model = new LinearModel(new double[][] {{1, 0}, {0, 1}}, 0, 0);
        Problem problem =
                Problem.of(ModelAndImages.unlabelled(new ImageShape(1, 1, 2), 1, new float[] {.75f, .25f}), Norm.LINF);

        AttackResult near = new SimBa(100, 0.125).prepare(model, problem).within(0.24);
        AttackResult far = new SimBa(100, 0.125).prepare(model, problem).within(0.375);

        assertThat(near.success()).containsExactly(false);
        assertThat(near.pixels()).containsExactly(.75f, .25f);
        assertThat(far.success()).containsExactly(true);
        assertThat(far.pixels()[1]).isGreaterThan(far.pixels()[0]);
    }
}
