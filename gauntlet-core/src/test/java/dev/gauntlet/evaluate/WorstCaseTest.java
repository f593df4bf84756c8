package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.MinimalNormAttack;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.loss.CrossEntropy;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.ScriptedAttack;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Several attacks as one worst case, and what the evaluator makes of their claims. */
class WorstCaseTest {
    private static final Evaluator EVALUATOR = Evaluator.on(new WireRunner(1));

    /** Class 1 wins where the first pixel exceeds a half. */
    private static final LinearModel THRESHOLD = new LinearModel(new double[][] {{0, 0}, {8, 0}}, 0, -4);

    /** Right at distances .125, .25 and .375 from the threshold; the last is wrong when clean. */
    private static final ArrayDataset DATA = ArrayDataset.of(
            2,
            new int[] {1, 1, 1, 1},
            new float[] {.625f, 0},
            new float[] {.75f, 0},
            new float[] {.875f, 0},
            new float[] {.25f, 0});

    @Test
    void anExampleGoesOnOnlyWhileItStands() {
        Mover first = new Mover("first", Set.of(1), .25f, new ArrayList<>());
        Mover second = new Mover("second", Set.of(0, 1, 2), .5f, new ArrayList<>());
        RobustnessReport report =
                EVALUATOR.evaluate(THRESHOLD, DATA, Plan.whiteBox(Norm.LINF, List.of(first, second), .3125, .5));
        // the first attack gets all at once that are right when clean; what the second gets depends on the budget only
        // through who stands
        assertThat(first.seen()).containsExactly(List.of(0, 1, 2));
        assertThat(second.seen()).containsExactly(List.of(0, 2));
        EpsilonResult small = report.results().get(1);
        assertThat(small.accuracy().successes()).isEqualTo(1);
        Outcomes.Columns columns = report.outcomes().columns();
        assertThat(columns.successfulAttacks()[1]).containsExactly(1, 0, -1, -1);
        assertThat(columns.predictions()[1]).containsExactly(0, 0, 1, 0);
        EpsilonResult large = report.results().get(2);
        assertThat(large.accuracy().successes()).isZero();
        assertThat(columns.successfulAttacks()[2]).containsExactly(1, 0, 1, -1);
        assertThat(report.attacks())
                .extracting(RobustnessReport.AttackRecord::name)
                .containsExactly("first", "second");
        assertThat(report.plan().name()).isEqualTo("first, second");
        assertThat(report.plan().blackBox()).isFalse();
    }

    @Test
    void aLaterAttackWorksOnceForEachSetOfStandingExamples() {
        // with the small budget nothing falls, with the large one example 0
        Mover first = new Mover("first", Set.of(0), .25f, new ArrayList<>());
        Mover second = new Mover("second", Set.of(), .25f, new ArrayList<>());
        EVALUATOR.evaluate(THRESHOLD, DATA, Plan.whiteBox(Norm.LINF, List.of(first, second), .0625, .1, .25));
        assertThat(second.seen()).containsExactly(List.of(0, 1, 2), List.of(1, 2));
    }

    @Test
    void anAttackWithNothingLeftToDoIsNotRun() {
        Mover first = new Mover("first", Set.of(0, 1, 2), .5f, new ArrayList<>());
        Mover second = new Mover("second", Set.of(), .5f, new ArrayList<>());
        RobustnessReport report =
                EVALUATOR.evaluate(THRESHOLD, DATA, Plan.whiteBox(Norm.LINF, List.of(first, second), .5));
        assertThat(second.seen()).isEmpty();
        assertThat(report.attacks().get(1))
                .isEqualTo(new RobustnessReport.AttackRecord("second", Map.of(), false, 0, 0, 0));
    }

    @Test
    void oneMinimalNormSearchServesAllBudgets() {
        Nearest nearest = new Nearest(new ArrayList<>());
        RobustnessReport report =
                EVALUATOR.evaluate(THRESHOLD, DATA, Plan.whiteBox(Norm.L2, List.of(nearest), .1, .2, .3, 9));
        assertThat(nearest.seen()).hasSize(1);
        assertThat(report.attacks().get(0).minimalNorm()).isTrue();
        assertThat(report.results())
                .extracting(result -> result.accuracy().successes())
                .containsExactly(3, 3, 2, 1, 0);
        // the nearest input on the other side, the clean mistake at 0
        assertThat(report.outcomes().columns().distances())
                .containsExactly(new double[] {.125, .25, .375, 0}, within(1e-6));
    }

    @Test
    void aMinimalNormSearchNeedsNoBudget() {
        RobustnessReport report =
                EVALUATOR.evaluate(THRESHOLD, DATA, Plan.whiteBox(Norm.L2, List.of(new Nearest(new ArrayList<>()))));
        assertThat(report.results()).hasSize(1);
        assertThat(report.outcomes().columns().distances())
                .containsExactly(new double[] {.125, .25, .375, 0}, within(1e-6));
    }

    @Test
    void whereNothingIsFoundTheDistanceSaysSo() {
        RobustnessReport report = EVALUATOR.evaluate(
                THRESHOLD,
                DATA,
                Plan.whiteBox(Norm.LINF, List.of(new Mover("never", Set.of(), .5f, new ArrayList<>())), .5));
        assertThat(report.outcomes().columns().distances()).containsExactly(-1, -1, -1, 0);
        assertThat(report.results().get(1).accuracy().successes()).isEqualTo(3);
        assertThat(report.results().get(1).largestDistance()).isZero();
    }

    @Test
    void theDistanceIsTheLeastThatAnyAttackFound() {
        Mover far = new Mover("far", Set.of(0, 1, 2), .5f, new ArrayList<>());
        RobustnessReport report = EVALUATOR.evaluate(
                THRESHOLD, DATA, Plan.whiteBox(Norm.LINF, List.of(far, new Nearest(new ArrayList<>())), .375, .5));
        // with 0.375 the third stands, so the second attack looks at it once more
        assertThat(report.outcomes().columns().distances()[0]).isCloseTo(.375, within(1e-6));
        assertThat(report.outcomes().columns().distances()[2]).isCloseTo(.375, within(1e-6));
    }

    @Test
    void aClaimIsNotBelieved() {
        // it says success of everything and changes what it likes, to no effect
        FixedBudgetAttack<Classifier> liar = new ScriptedAttack((model, problem) -> {
            boolean[] success = new boolean[problem.size()];
            Arrays.fill(success, true);
            return epsilon -> {
                float[] pixels = problem.clean().pixels().clone();
                for (int i = 1; i < pixels.length; i += 2) {
                    pixels[i] = (float) epsilon;
                }
                return new AttackResult(pixels, success);
            };
        });
        RobustnessReport report = EVALUATOR.evaluate(THRESHOLD, DATA, Plan.linf(liar, .5));
        assertThat(report.results().get(1).accuracy().successes()).isEqualTo(3);
        assertThat(report.outcomes().columns().successfulAttacks()[1]).containsOnly(-1);
    }

    @Test
    void anAnswerIsNotTakenForPixelsThatWereChangedAfterwards() {
        // asks about pixels that fool the model, then returns harmless ones in the same array
        FixedBudgetAttack<Classifier> cheat = new ScriptedAttack((model, problem) -> epsilon -> {
            float[] pixels = problem.clean().pixels().clone();
            pixels[0] = .25f;
            model.logits(problem.clean().withPixels(pixels));
            pixels[0] = .6f;
            return new AttackResult(pixels, new boolean[problem.size()]);
        });
        RobustnessReport report = EVALUATOR.evaluate(THRESHOLD, DATA, Plan.linf(cheat, .5));
        assertThat(report.outcomes().columns().successfulAttacks()[1]).containsOnly(-1);
    }

    @Test
    void anExampleOfTheTargetClassIsLeftAlone() {
        ArrayDataset data = ArrayDataset.of(2, new int[] {1, 0}, new float[] {.75f, 0}, new float[] {.25f, 0});
        RobustnessReport report = EVALUATOR.evaluate(
                THRESHOLD, data, Plan.linf(Fgsm.defaults(), .5).withCriterion(Targeted.at(0, 2)));
        assertThat(report.outcomes().columns().predictions()[1]).containsExactly(0, 0);
        assertThat(report.outcomes().columns().successfulAttacks()[1]).containsExactly(0, -1);
        assertThat(report.results().get(1).accuracy().successes()).isEqualTo(1);
        assertThat(report.plan().criterion()).isEqualTo("targeted:0");
    }

    @Test
    void refusesTargetsForAnotherNumberOfClasses() {
        Plan<DifferentiableClassifier> plan = Plan.linf(Fgsm.defaults(), .5).withCriterion(Targeted.next(3));
        assertThatThrownBy(() -> EVALUATOR.evaluate(THRESHOLD, DATA, plan))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The targets are for 3 classes, but the data has 2.");
    }

    @Test
    void tellsOfHowManyExamplesAGradientWas0() {
        LinearModel constant = new LinearModel(new double[][] {{0, 0}, {0, 0}}, 0, 1);
        RobustnessReport report =
                EVALUATOR.evaluate(constant, DATA, Plan.linf(new Pgd(3, .5, true, 2, .99, new CrossEntropy()), .1, .5));
        assertThat(report.attacks().get(0).zeroGradients()).isEqualTo(4);
        assertThat(report.results())
                .extracting(result -> result.accuracy().successes())
                .containsExactly(4, 4, 4);
    }

    @Test
    void countsWhatAnAttackCosts() {
        LinearModel constant = new LinearModel(new double[][] {{0, 0}, {0, 0}}, 0, 1);
        RobustnessReport report =
                EVALUATOR.evaluate(constant, DATA, Plan.linf(new Pgd(3, .5, true, 2, .99, new CrossEntropy()), .1, .5));
        // for two budgets two descents of three gradients and a last look, of four examples
        assertThat(report.attacks().get(0).forwards()).isEqualTo(2 * 2 * (3 + 1) * 4);
        assertThat(report.attacks().get(0).backwards()).isEqualTo(2 * 2 * 3 * 4);
    }

    @Test
    void namesTheExampleWhoseGradientIsNoNumber() {
        DifferentiableClassifier broken = new BrokenGradient();
        assertThatThrownBy(() -> EVALUATOR.evaluate(broken, DATA, Plan.linf(Fgsm.defaults(), .5)))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The model plain gave a gradient that is NaN or infinite for example 2 at epsilon 0.0; check its weights.");
    }

    @Test
    void randomStartsDoNotDependOnTheWorkers() {
        Plan<DifferentiableClassifier> plan = Plan.whiteBox(
                        Norm.L2, List.of(new Pgd(2, .3, true, 2, .99, new CrossEntropy()), Fgsm.defaults()), .1, .2, .3)
                .withSeed(3)
                .withShardSize(1);
        RobustnessReport alone = EVALUATOR.evaluate(THRESHOLD, DATA, plan);
        assertThat(Evaluator.on(new WireRunner(3)).evaluate(THRESHOLD, DATA, plan))
                .usingRecursiveComparison()
                .ignoringFields("timing")
                .isEqualTo(alone);
    }

    @Test
    void aBlackBoxAttackGetsAModelWithoutGradients() {
        FixedBudgetAttack<Classifier> curious = new ScriptedAttack((model, problem) -> {
            assertThat(model).isNotInstanceOf(DifferentiableClassifier.class);
            return epsilon -> new AttackResult(problem.clean().pixels(), new boolean[problem.size()]);
        });
        RobustnessReport report = EVALUATOR.evaluate(THRESHOLD, DATA, Plan.blackBox(Norm.LINF, List.of(curious), .5));
        assertThat(report.results().get(1).accuracy().successes()).isEqualTo(3);
    }

    @Test
    void refusesANormThatAnAttackHasNot() {
        assertThatThrownBy(() -> Plan.whiteBox(Norm.L0, List.of(Fgsm.defaults()), 3))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The attack fgsm does not support L0; it supports L-infinity, L2, L1.");
    }

    @Test
    void refusesAPlanWithoutAttacks() {
        assertThatThrownBy(() -> Plan.whiteBox(Norm.LINF, List.of(), .1))
                .isInstanceOf(GauntletException.class)
                .hasMessage("A plan needs at least one attack.");
    }

    /** Moves the first pixel of certain examples down by a fixed amount, if that is within the budget. */
    private record Mover(String name, Set<Integer> ids, float amount, List<List<Integer>> seen)
            implements FixedBudgetAttack<Classifier> {
        @Override
        public Set<Norm> norms() {
            return EnumSet.of(Norm.LINF);
        }

        @Override
        public Search prepare(Classifier model, Problem problem) {
            Batch clean = problem.clean();
            seen.add(IntStream.of(clean.ids()).boxed().toList());
            return epsilon -> {
                float[] pixels = clean.pixels().clone();
                for (int row = 0; row < clean.size(); row++) {
                    if (ids.contains(clean.ids()[row])) {
                        pixels[2 * row] -= (float) Math.min(amount, epsilon);
                    }
                }
                return new AttackResult(pixels, new boolean[clean.size()]);
            };
        }

        @Override
        public void search(Classifier model, Problem problem, double epsilon, Findings findings) {
            throw new AssertionError("has a search of its own");
        }
    }

    /** Goes straight to the threshold and a little beyond. */
    private record Nearest(List<List<Integer>> seen) implements MinimalNormAttack<Classifier> {
        @Override
        public String name() {
            return "nearest";
        }

        @Override
        public Set<Norm> norms() {
            return EnumSet.allOf(Norm.class);
        }

        @Override
        public AttackResult nearest(Classifier model, Problem problem) {
            seen.add(IntStream.of(problem.clean().ids()).boxed().toList());
            float[] pixels = problem.clean().pixels().clone();
            for (int i = 0; i < pixels.length; i += 2) {
                pixels[i] = Math.min(pixels[i], Math.nextDown(.5f));
            }
            return new AttackResult(pixels, new boolean[problem.size()]);
        }

        @Override
        public void search(Classifier model, Problem problem, Findings findings) {
            throw new AssertionError("has a search of its own");
        }
    }

    /** Answers well and has no slope at the third example. */
    private static final class BrokenGradient implements DifferentiableClassifier {
        @Override
        public ModelCard card() {
            return THRESHOLD.card();
        }

        @Override
        public Logits logits(Batch batch) {
            return THRESHOLD.logits(batch);
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            Gradient gradient = THRESHOLD.gradient(batch, lossOfRow);
            gradient.pixels()[5] = Float.NaN;
            return gradient;
        }

        @Override
        public void close() {}
    }
}
