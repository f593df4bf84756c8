package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.Apgd;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.data.SmallDigits;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.TrainedModel;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.DiagnosticsBudget.Effort;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A network that was trained against a single step hides a little from most attacks: what AutoAttack breaks, and the plan does
 * not, is a few images in a hundred.
 */
class SingleStepTrainingTest {
    private static final double EPSILON = .1;
    private static final int SEEDS = 20;
    private static final int SEEDS_OF_FULL = 5;
    private static final ArrayDataset TEST = SmallDigits.of("test", 200);
    private static final TrainedModel MODEL =
            TrainedModel.againstOneStep(SmallDigits.of("train", 1500).all(), 10, 32, EPSILON, 8);
    private static final Evaluator EVALUATOR = Evaluator.on(new WireRunner(2));

    private static double truth;

    @BeforeAll
    static void attack_with_autoattack() {
        truth = robustAccuracy(EVALUATOR.evaluate(MODEL, TEST, plan(AutoAttack.standard(Norm.LINF), Effort.OFF, 0)));
    }

    private static Plan<DifferentiableClassifier> plan(
            List<Attack<? super DifferentiableClassifier>> attacks, Effort effort, long seed) {
        return Plan.whiteBox(Norm.LINF, attacks, EPSILON)
                .withSeed(seed)
                .withDiagnostics(DiagnosticsBudget.AUTOMATIC.withEffort(effort));
    }

    private static double robustAccuracy(RobustnessReport report) {
        return report.results().get(1).accuracy().rate();
    }

    static Stream<Arguments> plans() {
        Attack<DifferentiableClassifier> few = new Pgd(5, 0.25, true, 1, .99, new CrossEntropy());
        return Stream.of(Pgd.defaults(), few, Apgd.defaults())
                .flatMap(attack ->
                        Stream.of(Effort.AUTO, Effort.FULL).map(effort -> Arguments.of(List.of(attack), effort)));
    }

    @ParameterizedTest
    @MethodSource("plans")
    void is_never_trusted_where_autoattack_breaks_two_points_more(
            List<Attack<? super DifferentiableClassifier>> attacks, Effort effort) {
        for (long seed = 0; seed < (effort == Effort.FULL ? SEEDS_OF_FULL : SEEDS); seed++) {
            RobustnessReport report = EVALUATOR.evaluate(MODEL, TEST, plan(attacks, effort, seed));
            double overstated = robustAccuracy(report) - truth;
            assertThat(overstated).as("seed %d", seed).isGreaterThan(DiagnosticsBudget.RESOLUTION);
            assertThat(report.trust()).as("seed %d", seed).isNotEqualTo(Trust.TRUSTWORTHY);
            report.probes()
                    .overstatement()
                    .ifPresent(known -> assertThat(known.upper()).isGreaterThan(DiagnosticsBudget.RESOLUTION));
            // APGD leaves so few images that those of a larger sample would be needed to be sure
            if (effort == Effort.FULL && !attacks.contains(Apgd.defaults())) {
                assertThat(report.trust()).as("seed %d", seed).isEqualTo(Trust.SUSPECT);
            }
        }
    }
}
