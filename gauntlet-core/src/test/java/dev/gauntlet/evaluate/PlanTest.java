package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Misclassified;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanTest {
    @Test
    void sorts_the_budgets_and_adds_the_clean_accuracy() {
        assertThat(Plan.linf(Fgsm.defaults(), .3, .1, .3, .2).epsilons()).containsExactly(0.0, .1, .2, .3);
        assertThat(Plan.linf(Fgsm.defaults()).epsilons()).containsExactly(0.0);
        assertThat(Plan.linf(Fgsm.defaults(), 0, -0.0, 0).epsilons()).containsExactly(0.0);
    }

    @Test
    void has_usual_values_for_the_rest() {
        Plan<DifferentiableClassifier> plan = Plan.linf(Fgsm.defaults(), .1);
        assertThat(plan.norm()).isEqualTo(Norm.LINF);
        assertThat(plan.seed()).isZero();
        assertThat(plan.shardSize()).isEmpty();
        assertThat(plan.sampling()).isEqualTo(Sampling.ALL);
        assertThat(plan.criterion()).isEqualTo(new Misclassified());
        assertThat(plan.withSeed(5))
                .isEqualTo(new Plan<>(
                        List.of(Fgsm.defaults()),
                        List.of(LpBall.linf(.1)),
                        new Misclassified(),
                        new Sampling(OptionalInt.empty(), 5),
                        DiagnosticsBudget.AUTOMATIC,
                        OptionalInt.empty()));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-.1, 1.5, Double.NaN})
    void refuses_a_budget_outside_the_unit_interval(double epsilon) {
        assertThatThrownBy(() -> Plan.linf(Fgsm.defaults(), .1, epsilon))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("Epsilon " + epsilon);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void refuses_to_draw_nothing(int examples) {
        assertThatThrownBy(() -> Plan.linf(Fgsm.defaults(), .1).withExamples(examples))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The number of examples must be at least 1, got %d.".formatted(examples));
    }

    @Test
    void refuses_empty_shards() {
        assertThatThrownBy(() -> Plan.linf(Fgsm.defaults(), .1).withShardSize(0))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("got 0");
    }

    @Test
    void the_record_of_an_attack_lists_its_options_by_name() {
        var record = new RobustnessReport.AttackRecord(
                "pgd",
                Map.of("steps", "40", "loss", "dlr", "step", ".01", "restarts", "5", "start", "random"),
                false,
                0,
                0,
                0);
        assertThat(record.options().keySet()).containsExactly("loss", "restarts", "start", "step", "steps");
    }

    @ParameterizedTest
    @CsvSource({"1, 28, 28, 1000", "3, 32, 32, 341", "3, 224, 224, 8", "3, 2000, 2000, 8"})
    void largeImagesAreComputedFewTogether(int channels, int height, int width, int together) {
        Plan<DifferentiableClassifier> plan = Plan.linf(Fgsm.defaults(), 0.1);
        ImageShape shape = new ImageShape(channels, height, width);

        assertThat(plan.shardSizeFor(shape)).isEqualTo(together);
        assertThat(plan.withShardSize(500).shardSizeFor(shape))
                .as("who asks for it gets it")
                .isEqualTo(500);
        assertThat(plan.withShardSize(1000).shardSizeFor(shape))
                .as("no number means anything else")
                .isEqualTo(1000);
    }
}
