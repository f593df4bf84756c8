package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.Apgd;
import dev.gauntlet.attack.ApgdTargeted;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.Square;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.SmallDigits;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.MaskedModel;
import dev.gauntlet.model.MaskedModel.Mask;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.model.QuantisedModel;
import dev.gauntlet.model.TrainedModel;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way to hide a gradient is found out, and nothing is said against an honest model that was attacked well. */
class MaskedModelsTest {
    private static final ArrayDataset TRAIN = SmallDigits.of("train", 1500);
    private static final ArrayDataset TEST = SmallDigits.of("test", 200);
    private static final int CLASSES = 10;
    private static final int HIDDEN = 32;
    private static final TrainedModel HONEST = TrainedModel.on(TRAIN.all(), CLASSES, HIDDEN, HIDDEN, 6);
    private static final TrainedModel WINNERS_TAKE_ALL = TrainedModel.on(TRAIN.all(), CLASSES, 64, 3, 6);

    private static final List<Attack<? super DifferentiableClassifier>> GOOD =
            List.of(Apgd.defaults(), ApgdTargeted.defaults());

    private static final DiagnosticsBudget FULL = DiagnosticsBudget.AUTOMATIC.withEffort(DiagnosticsBudget.Effort.FULL);

    private static final Evaluator EVALUATOR = Evaluator.on(new WireRunner(1));

    @ParameterizedTest
    @CsvSource({"LINF, 0.05, 0.1", "L2, 0.4, 0.8", "L1, 1, 2"})
    void nothing_is_said_against_an_honest_model(Norm norm, double smaller, double larger) {
        RobustnessReport report = EVALUATOR.evaluate(
                HONEST, TEST, Plan.whiteBox(norm, GOOD, smaller, larger).withDiagnostics(FULL));
        assertThat(raised(report)).isEmpty();
        assertThat(report.trust()).isEqualTo(Trust.TRUSTWORTHY);
        assertThat(report.diagnostics()).extracting(Diagnostic::indicator).containsExactly(WarningSign.values());
        assertThat(report.diagnostics())
                .extracting(Diagnostic::outcome)
                .doesNotContain(Diagnostic.Outcome.NOT_MEASURED);
    }

    static Stream<Arguments> masks() {
        return Stream.of(
                Arguments.of(
                        new QuantisedModel(HONEST, CLASSES, 8),
                        List.of(
                                WarningSign.ZERO_GRADIENTS,
                                WarningSign.FLAT_LOSS,
                                WarningSign.BLACK_BOX_WINS,
                                WarningSign.PLANTED_MISSED)),
                Arguments.of(
                        masked(Mask.SATURATED),
                        List.of(WarningSign.ZERO_GRADIENTS, WarningSign.NOT_CONVERGED, WarningSign.ROBUST_TO_ANYTHING)),
                Arguments.of(masked(Mask.NOISE), List.of(WarningSign.NONDETERMINISTIC)),
                Arguments.of(masked(Mask.SHATTERED), List.of(WarningSign.WRONG_GRADIENT, WarningSign.BLACK_BOX_WINS)),
                Arguments.of(masked(Mask.SOFTMAX), List.of(WarningSign.PROBABILITIES)),
                Arguments.of(masked(Mask.SHY), List.of(WarningSign.SINGLE_STEP_WINS)),
                Arguments.of(masked(Mask.RUGGED), List.of(WarningSign.TRANSFER_WINS)),
                Arguments.of(WINNERS_TAKE_ALL, List.of(WarningSign.BLACK_BOX_WINS)),
                Arguments.of(new Normalising(HONEST), List.of(WarningSign.BATCH_DEPENDENT)));
    }

    @ParameterizedTest
    @MethodSource("masks")
    void a_hidden_gradient_is_found_out(DifferentiableClassifier model, List<WarningSign> signs) {
        RobustnessReport report = EVALUATOR.evaluate(
                model, TEST, Plan.linf(Pgd.defaults(), .05, .1).withDiagnostics(FULL));
        assertThat(raised(report)).containsAll(signs);
        assertThat(signs).extracting(WarningSign::severity).containsOnly(report.trust());
    }

    @ParameterizedTest
    @MethodSource("masks")
    void a_hidden_gradient_is_found_out_for_a_quarter_of_the_price(DifferentiableClassifier model) {
        RobustnessReport report = EVALUATOR.evaluate(model, TEST, Plan.linf(Pgd.defaults(), .05, .1));
        assertThat(report.trust()).isGreaterThanOrEqualTo(Trust.SUSPECT);
        long attacks = report.attacks().stream()
                .mapToLong(attack -> attack.forwards() + attack.backwards())
                .sum();
        assertThat(report.probes().forwards() + report.probes().backwards()).isLessThanOrEqualTo(attacks / 4);
    }

    /** Where it takes more to be sure, the evaluation does not pretend. */
    @Test
    void an_honest_model_is_not_trusted_before_it_is_settled() {
        RobustnessReport report = EVALUATOR.evaluate(HONEST, TEST, Plan.linf(Apgd.defaults(), .05, .1));
        assertThat(raised(report)).containsExactly(WarningSign.UNSETTLED);
        assertThat(report.trust()).isEqualTo(Trust.LIMITED);
    }

    @Test
    void without_diagnostics_no_pass_is_made_and_nothing_is_trusted() {
        RobustnessReport report = EVALUATOR.evaluate(
                HONEST,
                TEST,
                Plan.whiteBox(Norm.LINF, GOOD, .05)
                        .withDiagnostics(DiagnosticsBudget.AUTOMATIC.withEffort(DiagnosticsBudget.Effort.OFF)));
        assertThat(raised(report)).contains(WarningSign.UNSETTLED);
        assertThat(report.trust()).isEqualTo(Trust.LIMITED);
        assertThat(report.probes()).isEqualTo(RobustnessReport.Probes.NONE);
    }

    /** The published ensemble is what the probes are measured by, so there is nothing stronger to try. */
    @Test
    void nothing_is_asked_again_that_the_plan_has_answered() {
        RobustnessReport report =
                EVALUATOR.evaluate(HONEST, TEST, Plan.whiteBox(Norm.LINF, AutoAttack.standard(Norm.LINF), .1));
        assertThat(report.probes().overstatement().orElseThrow().probes()).isEmpty();
        assertThat(raised(report)).isEmpty();
        assertThat(report.trust()).isEqualTo(Trust.TRUSTWORTHY);
    }

    @Test
    void the_black_box_attacks_of_the_plan_are_counted_themselves() {
        RobustnessReport report = EVALUATOR.evaluate(
                masked(Mask.SHATTERED),
                TEST,
                Plan.whiteBox(Norm.LINF, List.of(Pgd.defaults(), new Square(300, .8, 1, true)), .1));
        Diagnostic diagnostic = diagnostic(report, WarningSign.BLACK_BOX_WINS);
        assertThat(diagnostic.raised()).isTrue();
        int broken = report.outcomes().successes(1, 1);
        int left = report.results().get(0).accuracy().successes()
                - report.outcomes().successes(1, 0);
        assertThat(diagnostic.value()).isEqualTo((double) broken / left);
    }

    @Test
    void an_attack_of_one_step_is_told_to_be_weak() {
        RobustnessReport report = EVALUATOR.evaluate(
                HONEST,
                TEST,
                Plan.whiteBox(Norm.L2, List.of(Fgsm.defaults()), .5).withDiagnostics(FULL));
        assertThat(raised(report)).contains(WarningSign.NOT_CONVERGED, WarningSign.ONLY_BASELINES);
    }

    @Test
    void steep_logits_make_the_loss_explode() {
        // the margin is 20 at the example, and 4 million at the edge of the ball
        LinearModel steep = new LinearModel(new double[][] {{2e7, 0}, {0, 2e7}}, 20, 0);
        ArrayDataset grey = ArrayDataset.of(2, new int[] {0}, new float[] {.5f, .5f});
        assertThat(raised(EVALUATOR.evaluate(
                        steep, grey, Plan.linf(Pgd.defaults(), .1).withDiagnostics(FULL))))
                .contains(WarningSign.EXPLODING_LOSS);
    }

    @Test
    void a_success_between_two_levels_is_lost_by_rounding() {
        // the margin of 0.002 is gone at an epsilon of 0.001, a quarter of a level
        LinearModel close = new LinearModel(new double[][] {{1, 0}, {0, 1}}, .0019, 0);
        float level = 128 / 255f;
        ArrayDataset grey = ArrayDataset.of(2, new int[] {0}, new float[] {level, level});
        RobustnessReport report = EVALUATOR.evaluate(close, grey, Plan.linf(Fgsm.defaults(), .001, .01));
        assertThat(report.results())
                .extracting(result -> result.accuracy().successes())
                .containsExactly(1, 0, 0);
        assertThat(report.results())
                .extracting(result -> result.accuracyAfterRounding().successes())
                .containsExactly(1, 1, 0);
        assertThat(raised(EVALUATOR.evaluate(close, grey, Plan.linf(Fgsm.defaults(), .001))))
                .contains(WarningSign.LOST_BY_ROUNDING);
    }

    @Test
    void less_success_with_a_larger_budget_is_noticed() {
        RobustnessReport report =
                EVALUATOR.evaluate(HONEST, TEST, Plan.whiteBox(Norm.LINF, List.of(new Timid(.15)), .1, .2));
        assertThat(report.outcomes().successes(1, 0)).isGreaterThan(100);
        assertThat(report.outcomes().successes(2, 0)).isZero();
        assertThat(raised(report)).contains(WarningSign.LESS_WITH_MORE);
    }

    @Test
    void a_black_box_is_judged_by_its_answers_and_results_alone() {
        RobustnessReport report = EVALUATOR.evaluate(
                (Classifier) HONEST, TEST, Plan.blackBox(Norm.LINF, List.of(new Square(50, .8, 1, true)), .1, .2));
        assertThat(report.diagnostics())
                .filteredOn(diagnostic -> diagnostic.outcome() != Diagnostic.Outcome.NOT_MEASURED)
                .extracting(Diagnostic::indicator)
                .containsExactly(
                        WarningSign.NONDETERMINISTIC,
                        WarningSign.BATCH_DEPENDENT,
                        WarningSign.AT_CHANCE,
                        WarningSign.FED_WRONGLY,
                        WarningSign.PROBABILITIES,
                        WarningSign.LESS_WITH_MORE,
                        WarningSign.ONLY_BASELINES,
                        WarningSign.LOST_BY_ROUNDING,
                        WarningSign.FIRST_LOOK,
                        WarningSign.FEW_EXAMPLES,
                        WarningSign.ENDED_EARLY,
                        WarningSign.MOSTLY_UNMEASURED);
        assertThat(raised(report)).containsExactly(WarningSign.FIRST_LOOK, WarningSign.MOSTLY_UNMEASURED);
        assertThat(report.trust()).isEqualTo(Trust.LIMITED);
    }

    @ParameterizedTest
    @EnumSource(names = {"SHATTERED", "SOFTMAX"})
    void the_number_of_workers_changes_nothing(Mask mask) {
        Plan<DifferentiableClassifier> plan = Plan.linf(Pgd.defaults(), .05, .1);
        assertThat(Evaluator.on(new WireRunner(3)).evaluate(masked(mask), TEST, plan))
                .usingRecursiveComparison()
                .ignoringFields("timing")
                .isEqualTo(EVALUATOR.evaluate(masked(mask), TEST, plan));
    }

    private static MaskedModel masked(Mask mask) {
        return new MaskedModel(HONEST, CLASSES, mask);
    }

    private static Diagnostic diagnostic(RobustnessReport report, WarningSign indicator) {
        return report.diagnostics().stream()
                .filter(diagnostic -> diagnostic.indicator() == indicator)
                .findFirst()
                .orElseThrow();
    }

    private static List<WarningSign> raised(RobustnessReport report) {
        return report.diagnostics().stream()
                .filter(Diagnostic::raised)
                .map(Diagnostic::indicator)
                .toList();
    }

    /** FGSM that gives up when it is allowed too much. */
    private record Timid(double most) implements FixedBudgetAttack<DifferentiableClassifier> {
        @Override
        public String name() {
            return "timid";
        }

        @Override
        public Set<Norm> norms() {
            return EnumSet.of(Norm.LINF);
        }

        @Override
        public Search prepare(DifferentiableClassifier model, Problem problem) {
            Search search = Fgsm.defaults().prepare(model, problem);
            return epsilon -> epsilon <= most
                    ? search.within(epsilon)
                    : new AttackResult(problem.clean().pixels().clone(), new boolean[problem.size()]);
        }

        @Override
        public void search(DifferentiableClassifier model, Problem problem, double epsilon, Findings findings) {
            throw new AssertionError("has a search of its own");
        }
    }

    /** A model that subtracts the mean of the batch, as batch norm does in training. */
    private record Normalising(DifferentiableClassifier model) implements DifferentiableClassifier {
        @Override
        public ModelCard card() {
            return model.card();
        }

        @Override
        public Logits logits(Batch batch) {
            return normalised(model.logits(batch));
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            Gradient gradient = model.gradient(batch, lossOfRow);
            return new Gradient(normalised(gradient.logits()), gradient.losses(), gradient.pixels());
        }

        private static Logits normalised(Logits logits) {
            int classes = logits.classes();
            float[] values = logits.values().clone();
            for (int k = 0; k < classes; k++) {
                double sum = 0;
                for (int row = 0; row < logits.size(); row++) {
                    sum += logits.values()[row * classes + k];
                }
                for (int row = 0; row < logits.size(); row++) {
                    values[row * classes + k] -= (float) (sum / logits.size());
                }
            }
            return new Logits(classes, values);
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
