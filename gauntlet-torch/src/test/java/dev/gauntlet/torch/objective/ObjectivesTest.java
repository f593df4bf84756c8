package dev.gauntlet.torch.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectivesTest {
    private static TrainingObjective parse(String text) {
        return Objectives.parse(text, OptionalDouble.of(0.1));
    }

    @Test
    void readsNamesAndOptions() {
        assertThat(parse("fast")).isEqualTo(FastAdversarial.within(0.1));
        assertThat(parse("fast:clamp-start=true,relative-step=1")).isEqualTo(new FastAdversarial(0.1, 1, true));
        assertThat(parse("PGD: steps = 20 , ramp=0")).isEqualTo(new PgdAdversarial(0.1, 20, 0.125, 0));
        assertThat(parse("trades:beta=6")).isEqualTo(new Trades(0.1, 10, 0.25, 6, 0.2));
        assertThat(parse("mart:steps=5,relative-step=0.3")).isEqualTo(new Mart(0.1, 5, 0.3, 6, 0.2));
        assertThat(parse("ibp:kappa=0.25")).isEqualTo(new IntervalBounds(0.1, 0.25, 0.1, 0.5, 1.1));
        assertThat(parse("crown-ibp:beta=0.5,ramp=0.4"))
                .isEqualTo(new CrownIntervalBounds(new IntervalBounds(0.1, 0.5, 0.1, 0.4, 1.1), 0.5));
        assertThat(Objectives.parse("noise:sigma=0.5", OptionalDouble.empty()))
                .isEqualTo(new GaussianAugmentation(0.5));
        assertThat(Objectives.parse("standard", OptionalDouble.empty())).isEqualTo(new Standard());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"fast", "pgd:steps=3", "trades:beta=6", "mart", "ibp:kappa=0.25,overshoot=1", "crown-ibp:beta=1"
            })
    void writesWhatItReads(String text) {
        TrainingObjective objective = parse(text);
        assertThat(parse(Objectives.written(objective))).isEqualTo(objective);
        assertThat(objective.epsilon()).isEqualTo(0.1);
    }

    @Test
    void knowsEveryObjective() {
        assertThat(Objectives.names())
                .containsExactly("standard", "fast", "pgd", "trades", "mart", "ibp", "crown-ibp", "noise")
                .allSatisfy(name -> assertThat(Objectives.parse(
                                        name,
                                        name.equals("standard") || name.equals("noise")
                                                ? OptionalDouble.empty()
                                                : OptionalDouble.of(0.1))
                                .name())
                        .isEqualTo(name));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "trade | Unknown objective 'trade'; did you mean trades?",
                "fgsm | Unknown objective 'fgsm'",
                "pgd:step=3 | did you mean steps?",
                "pgd:steps | Option 'steps' of pgd has no value",
                "pgd:steps=3,steps=4 | steps of pgd is set twice",
                "pgd:steps=0 | at least 1, got 0.",
                "pgd:steps=1.5 | whole number, got '1.5'",
                "pgd:ramp=1.5 | from 0 to 1, got 1.5",
                "pgd:relative-step=0 | above 0 and at most 2, got 0.0",
                "fast:clamp-start=yes | 'yes'",
                "fast:relative-step=NaN | number, got 'NaN'",
                "fast:relative-step=1.2.3 | number, got '1.2.3'",
                "trades:beta=-1 | got -1.0",
                "ibp:kappa=1.5 | kappa of interval bounds, the weight of the clean image, must be from 0 to 1, got 1.5",
                "ibp:warm-up=0.6,ramp=0.6 | 0.6",
                "crown-ibp:beta=2 | beta of CROWN-IBP, the final share of the bound by linear functions, must be from 0 to 1, got 2.0",
                "ibp:overshoot=0.5 | from 1 to 2, got 0.5",
                "noise:sigma=1 | has no epsilon, got 0.1",
                "standard | has no epsilon, got 0.1"
            })
    void refusesWhatItDoesNotKnow(String text, String message) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesBudgetsThatMakeNoSense() {
        for (double epsilon : new double[] {-0.1, 1.5, Double.NaN}) {
            assertThatThrownBy(() -> FastAdversarial.within(epsilon)).hasMessageContaining("got " + epsilon);
        }
        assertThatThrownBy(() -> Objectives.parse("fast", OptionalDouble.empty()))
                .hasMessageContaining("needs an epsilon");
        assertThatThrownBy(() -> Objectives.parse("standard:x=1", OptionalDouble.empty()))
                .hasMessageContaining("has no options, got 'x=1'");
        assertThatThrownBy(() -> new GaussianAugmentation(-1)).hasMessageContaining("got -1.0");
    }

    @Test
    void schedulesRiseAndFall() {
        assertThat(LearningRateSchedule.parse("Triangle")).isSameAs(LearningRateSchedule.TRIANGLE);
        assertThatThrownBy(() -> LearningRateSchedule.parse("cosin")).hasMessageContaining("did you mean cosine?");
        assertThat(LearningRateSchedule.CONSTANT.factor(0.7)).isEqualTo(1);
        assertThat(LearningRateSchedule.TRIANGLE.factor(0)).isZero();
        assertThat(LearningRateSchedule.TRIANGLE.factor(0.2)).isEqualTo(0.5, within(1e-12));
        assertThat(LearningRateSchedule.TRIANGLE.factor(0.4)).isEqualTo(1, within(1e-12));
        assertThat(LearningRateSchedule.TRIANGLE.factor(0.7)).isEqualTo(0.5, within(1e-12));
        assertThat(LearningRateSchedule.COSINE.factor(0)).isEqualTo(1);
        assertThat(LearningRateSchedule.COSINE.factor(0.5)).isEqualTo(0.5, within(1e-12));
        assertThat(LearningRateSchedule.COSINE.factor(1)).isEqualTo(0, within(1e-12));
    }

    @Test
    void epsilonGrowsAfterTheWarmUp() {
        EpsilonRamp ramp = new EpsilonRamp(0.1, 0.5);
        assertThat(ramp.at(0)).isZero();
        assertThat(ramp.at(0.1)).isZero();
        assertThat(ramp.at(0.35)).isEqualTo(0.5, within(1e-12));
        assertThat(ramp.at(0.6)).isEqualTo(1, within(1e-12));
        assertThat(ramp.at(1)).isEqualTo(1);
        assertThat(new EpsilonRamp(0, 0).at(0)).isEqualTo(1);
    }
}
