package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.UniformNoise;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.data.Batch;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.shard.AdversarialExample;
import dev.gauntlet.evaluate.shard.GalleryExample;
import dev.gauntlet.evaluate.shard.ShardId;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.FunctionClassifier;
import dev.gauntlet.model.Gradient;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.ScriptedAttack;
import dev.gauntlet.testkit.TwoLayerModel;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EvaluatorTest {
    private static final Evaluator EVALUATOR = Evaluator.on(new WireRunner(1));

    /** Class 1 wins where the first pixel exceeds a half. */
    private static final LinearModel THRESHOLD = new LinearModel(new double[][] {{0, 0}, {8, 0}}, 0, -4);

    @Test
    void theRobustAccuracyOfALinearModelIsTheShareOfMarginsThatTheBudgetDoesNotReach() {
        // examples of class 1 at the distances 1/32, 3/32, ..., 15/32 from the threshold: FGSM crosses it exactly when
        // epsilon is larger
        float[][] rows = new float[8][];
        for (int i = 0; i < 8; i++) {
            rows[i] = new float[] {.5f + (2 * i + 1) / 32f, .5f};
        }
        int[] labels = new int[8];
        Arrays.fill(labels, 1);
        RobustnessReport report = EVALUATOR.evaluate(
                THRESHOLD, ArrayDataset.of(2, labels, rows), Plan.linf(Fgsm.defaults(), .1, .25, .5));
        assertThat(report.results()).extracting(EpsilonResult::epsilon).containsExactly(0.0, .1, .25, .5);
        assertThat(report.results())
                .extracting(result -> result.accuracy().successes())
                .containsExactly(8, 6, 4, 0);
        assertThat(report.results())
                .extracting(result -> result.accuracy().trials())
                .containsOnly(8);
        assertThat(report.outcomes().columns().predictions()[2]).containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
        assertThat(report.results())
                .extracting(EpsilonResult::largestDistance)
                .satisfiesExactly(
                        distance -> assertThat(distance).isZero(),
                        distance -> assertThat(distance).isCloseTo(.1, within(1e-7)),
                        distance -> assertThat(distance).isEqualTo(.25),
                        distance -> assertThat(distance).isEqualTo(.5));
    }

    @Test
    void theRobustAccuracyOfAMulticlassLinearModelFollowsFromItsTwoLargestPixels() {
        // with 4 on the diagonal FGSM takes epsilon from the true pixel and gives it to all others
        LinearModel diagonal = new LinearModel(new double[][] {{4, 0, 0}, {0, 4, 0}, {0, 0, 4}}, 0, 0, 0);
        ArrayDataset data = ArrayDataset.of(
                3,
                new int[] {0, 1, 2, 0},
                new float[] {.5f, .25f, .25f}, // falls beyond 1/8
                new float[] {.25f, .75f, .25f}, // falls beyond 1/4
                new float[] {.125f, .25f, 1}, // falls beyond 3/8
                new float[] {.25f, .25f, .75f}); // wrong from the start
        RobustnessReport report = EVALUATOR.evaluate(diagonal, data, Plan.linf(Fgsm.defaults(), .1, .2, .3, .4));
        assertThat(report.results())
                .extracting(result -> result.accuracy().successes())
                .containsExactly(3, 3, 2, 1, 0);
    }

    @Test
    void theRobustAccuracyOfATwoLayerModelFollowsFromItsSlope() {
        // class 1 wins where |x0 - x1| exceeds a quarter; FGSM changes that by twice epsilon
        TwoLayerModel distance = new TwoLayerModel(
                new double[][] {{1, -1}, {-1, 1}}, new double[] {0, 0}, new double[][] {{0, 0}, {1, 1}}, new double[] {
                    0, -.25
                });
        ArrayDataset data = ArrayDataset.of(
                2,
                new int[] {1, 0, 1, 0},
                new float[] {.75f, .25f}, // falls at 1/8
                new float[] {.5f, .375f}, // falls beyond 1/16
                new float[] {.125f, .75f}, // falls at 3/16
                new float[] {.5f, .5f}); // never moves
        RobustnessReport report = EVALUATOR.evaluate(distance, data, Plan.linf(Fgsm.defaults(), .05, .1, .15, .2));
        assertThat(report.results())
                .extracting(result -> result.accuracy().successes())
                .containsExactly(4, 4, 3, 2, 1);
    }

    @Test
    void aCleanMistakeIsLostAndNotAttacked() {
        ArrayDataset data = ArrayDataset.of(2, new int[] {1, 1}, new float[] {.75f, 0}, new float[] {.375f, 0});
        // gets the first image alone
        RobustnessReport report = EVALUATOR.evaluate(THRESHOLD, data, Plan.linf(attack(x -> new float[] {1, 0}), .25));
        assertThat(report.outcomes().columns().predictions()[1]).containsExactly(1, 0);
        assertThat(report.results())
                .extracting(result -> result.accuracy().successes())
                .containsExactly(1, 1);
    }

    @Test
    void theMeanConfidenceWhenWrongIsOverTheWrongOnesOnly() {
        // logits (0, w x) give class 1 the confidence 3/4 for x = 1, and 9/10 for x = 2 of the second
        LinearModel model = new LinearModel(new double[][] {{0, 0}, {Math.log(3), Math.log(9)}}, 0, 0);
        ArrayDataset data = ArrayDataset.of(
                2,
                new int[] {0, 0, 1, 0},
                new float[] {1, 0}, // wrong with 3/4
                new float[] {0, 1}, // wrong with 9/10
                new float[] {1, 1}, // right, and more confident than either
                new float[] {0, 0}); // a tie, which the right class wins
        EpsilonResult clean = EVALUATOR
                .evaluate(model, data, Plan.linf(Fgsm.defaults()))
                .results()
                .get(0);
        assertThat(clean.meanConfidenceWhenWrong()).isCloseTo((.75 + .9) / 2, within(1e-7));
        assertThat(clean.accuracy().successes()).isEqualTo(2);
    }

    @Test
    void theMeanConfidenceWhenWrongIs0WhenNothingIsWrong() {
        ArrayDataset data = ArrayDataset.of(2, new int[] {1}, new float[] {1, 0});
        assertThat(EVALUATOR
                        .evaluate(THRESHOLD, data, Plan.linf(Fgsm.defaults()))
                        .results()
                        .get(0)
                        .meanConfidenceWhenWrong())
                .isZero();
    }

    @Test
    void epsilon0IsTheCleanAccuracyExactly() {
        RandomProblem problem = new RandomProblem(4, 300);
        RobustnessReport report = EVALUATOR.evaluate(problem.model, problem.data, Plan.linf(Fgsm.defaults(), .1));
        Logits logits = problem.model.logits(problem.data.all());
        int[] predictions = IntStream.range(0, 300).map(logits::prediction).toArray();
        int correct = (int) IntStream.range(0, 300)
                .filter(id -> predictions[id] == problem.data.label(id))
                .count();
        EpsilonResult clean = report.results().get(0);
        assertThat(clean.epsilon()).isZero();
        assertThat(report.outcomes().columns().predictions()[0]).isEqualTo(predictions);
        assertThat(clean.accuracy()).isEqualTo(Interval.of(correct, 300));
        assertThat(clean.largestDistance()).isZero();
        assertThat(report.outcomes().columns().labels()).isEqualTo(problem.data.labels());
        assertThat(report.outcomes().columns().ids())
                .isEqualTo(IntStream.range(0, 300).toArray());
    }

    @Test
    void theNumberOfWorkersChangesNothingButTheTiming() {
        RandomProblem problem = new RandomProblem(5, 257);
        Plan<DifferentiableClassifier> plan =
                Plan.linf(Fgsm.defaults(), .05, .1, .2).withSeed(9).withShardSize(10);
        RobustnessReport alone = EVALUATOR.evaluate(problem.model, problem.data, plan);
        for (int workers : new int[] {2, 7}) {
            assertThat(Evaluator.on(new WireRunner(workers)).evaluate(problem.model, problem.data, plan))
                    .usingRecursiveComparison()
                    .ignoringFields("timing")
                    .isEqualTo(alone);
        }
        assertThat(alone.timing().workers()).isEqualTo(1);
    }

    @Test
    void aShardMayBeLargerThanTheDataSet() {
        RandomProblem problem = new RandomProblem(6, 20);
        for (int shardSize : new int[] {7, 20, 21, Integer.MAX_VALUE}) {
            RobustnessReport report = EVALUATOR.evaluate(
                    problem.model, problem.data, Plan.linf(Fgsm.defaults(), .1).withShardSize(shardSize));
            assertThat(report.outcomes().columns().ids())
                    .isEqualTo(IntStream.range(0, 20).toArray());
            assertThat(report.outcomes().columns().predictions()[0]).hasSize(20);
        }
    }

    @Test
    void theGalleryShowsWhatWasRightAndIsNowWrong() {
        RandomProblem problem = new RandomProblem(7, 200);
        RobustnessReport report = EVALUATOR.evaluate(problem.model, problem.data, Plan.linf(Fgsm.defaults(), .1, .3));
        assertThat(report.gallery()).isNotEmpty().allSatisfy(exhibit -> {
            assertThat(exhibit.label()).isEqualTo(problem.data.label(exhibit.id()));
            assertThat(exhibit.cleanPrediction()).isEqualTo(exhibit.label());
            assertThat(exhibit.prediction()).isNotEqualTo(exhibit.label());
            assertThat(exhibit.clean())
                    .isEqualTo(problem.data.batch(exhibit.id()).pixels());
            Logits before = problem.model.logits(problem.data.batch(exhibit.id()));
            Logits after = problem.model.logits(problem.data.batch(exhibit.id()).withPixels(exhibit.adversarial()));
            assertThat(before.confidence(0)).isEqualTo(exhibit.cleanConfidence());
            assertThat(after.prediction(0)).isEqualTo(exhibit.prediction());
            assertThat(after.confidence(0)).isEqualTo(exhibit.confidence());
        });
        assertThat(report.gallery()).extracting(GalleryExample::epsilon).containsOnly(.1, .3);
    }

    @Test
    void whatIsKeptIsWhatTheReportCounts() {
        RandomProblem problem = new RandomProblem(9, 200);
        Plan<DifferentiableClassifier> plan = Plan.whiteBox(
                        Norm.LINF, List.of(new UniformNoise(5, false), Fgsm.defaults()), .05, .2)
                .withShardSize(37);
        List<AdversarialExample> kept = new ArrayList<>();
        RobustnessReport report = EVALUATOR
                .keeping(new SuccessSink() {
                    @Override
                    public boolean has(ShardId task) {
                        return false;
                    }

                    @Override
                    public void keep(ShardId task, List<AdversarialExample> successes) {
                        kept.addAll(successes);
                    }
                })
                .evaluate(problem.model, problem.data, plan);

        for (int budget = 1; budget < 3; budget++) {
            EpsilonResult result = report.results().get(budget);
            List<AdversarialExample> found = kept.stream()
                    .filter(success -> success.epsilon() == result.epsilon())
                    .toList();
            assertThat(found).isNotEmpty();
            int lost = 0;
            for (AdversarialExample success : found) {
                int label = problem.data.label(success.id());
                assertThat(success.prediction())
                        .isEqualTo(report.outcomes().prediction(success.id(), budget))
                        .isNotEqualTo(label);
                assertThat(report.outcomes().successfulAttack(success.id(), budget))
                        .hasValue(success.attack());
                assertThat(success.distance())
                        .isEqualTo(
                                Norm.LINF.distance(success.clean(), success.adversarial(), 0, success.clean().length));
                float[] rounded = new float[success.adversarial().length];
                for (int i = 0; i < rounded.length; i++) {
                    rounded[i] = Math.round(255 * success.adversarial()[i]) / 255f;
                }
                assertThat(problem.model
                                .logits(problem.data.batch(success.id()).withPixels(rounded))
                                .prediction(0))
                        .isEqualTo(success.predictionAfterRounding());
                lost += success.predictionAfterRounding() == label ? 1 : 0;
            }
            assertThat(found)
                    .hasSize(report.results().get(0).accuracy().successes()
                            - result.accuracy().successes());
            assertThat(result.accuracyAfterRounding().successes())
                    .isEqualTo(result.accuracy().successes() + lost);
            for (int attack = 0; attack < 2; attack++) {
                requireExtremes(report, budget, attack, found);
            }
        }
    }

    private static void requireExtremes(
            RobustnessReport report, int budget, int attack, List<AdversarialExample> found) {
        DoubleSummaryStatistics distances = found.stream()
                .filter(success -> success.attack() == attack)
                .mapToDouble(AdversarialExample::distance)
                .summaryStatistics();
        assertThat(distances.getCount()).as("successes of attack %d", attack).isGreaterThan(1);
        Map<GalleryExample.Choice, Double> shown = report.gallery().stream()
                .filter(exhibit -> exhibit.choice() != GalleryExample.Choice.DRAWN
                        && exhibit.epsilon() == report.results().get(budget).epsilon()
                        && report.outcomes()
                                .successfulAttack(exhibit.id(), budget)
                                .equals(OptionalInt.of(attack)))
                .collect(Collectors.toMap(GalleryExample::choice, GalleryExample::distance));
        assertThat(shown)
                .isEqualTo(
                        distances.getMin() == distances.getMax()
                                ? Map.of(GalleryExample.Choice.LEAST_CHANGED, distances.getMin())
                                : Map.of(
                                        GalleryExample.Choice.LEAST_CHANGED,
                                        distances.getMin(),
                                        GalleryExample.Choice.MOST_CHANGED,
                                        distances.getMax()));
        if (attack == 0) {
            assertThat(shown).as("noise does not always go to the edge").hasSize(2);
        }
    }

    @Test
    void theGalleryDependsOnTheSeedButNotOnTheShards() {
        RandomProblem problem = new RandomProblem(8, 200);
        Plan<DifferentiableClassifier> plan =
                Plan.linf(Fgsm.defaults(), .3).withSeed(1).withShardSize(13);
        List<Integer> shown = galleryIds(problem, plan);
        assertThat(galleryIds(problem, plan.withShardSize(64))).isEqualTo(shown);
        assertThat(galleryIds(problem, plan.withSeed(2))).isNotEqualTo(shown);
    }

    private static List<Integer> galleryIds(RandomProblem problem, Plan<DifferentiableClassifier> plan) {
        return EVALUATOR.evaluate(problem.model, problem.data, plan).gallery().stream()
                .map(GalleryExample::id)
                .toList();
    }

    @Test
    void tellsItsProgressWithSeveralWorkers() {
        RandomProblem problem = new RandomProblem(9, 25);
        List<Integer> finished = new ArrayList<>();
        Evaluator.on(new WireRunner(2))
                .withProgress(new EvaluationListener() {
                    @Override
                    public void progress(EvaluationProgress progress) {
                        finished.add(progress.finished());
                    }
                })
                .evaluate(
                        problem.model, problem.data, Plan.linf(Fgsm.defaults()).withShardSize(10));
        assertThat(finished).isSorted().endsWith(25);
    }

    @Test
    void refusesAnAttackThatLeavesTheBall() {
        ArrayDataset data = ArrayDataset.of(2, new int[] {1, 1}, new float[] {.75f, 0}, new float[] {.75f, 0});
        assertThatThrownBy(() -> EVALUATOR.evaluate(
                        THRESHOLD, data, Plan.linf(attack(x -> new float[] {.75f, 0, .5f, .375f}), .25)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The attack scripted moved example 1 by 0.375, but only 0.25 is allowed in L-infinity.");
    }

    @Test
    void refusesAnAttackThatLeavesTheRangeOfPixels() {
        ArrayDataset data = ArrayDataset.of(2, new int[] {1, 1}, new float[] {.75f, 0}, new float[] {.75f, 0});
        assertThatThrownBy(() -> EVALUATOR.evaluate(
                        THRESHOLD, data, Plan.linf(attack(x -> new float[] {.75f, 0, .75f, -.125f}), .25)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The attack scripted gave example 1 a pixel of -0.125, outside [0,1].");
    }

    @Test
    void refusesAnAttackThatGivesPixelsThatAreNoNumbers() {
        ArrayDataset data = ArrayDataset.of(2, new int[] {1}, new float[] {.75f, 0});
        assertThatThrownBy(() ->
                        EVALUATOR.evaluate(THRESHOLD, data, Plan.linf(attack(x -> new float[] {Float.NaN, 0}), 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("example 0");
    }

    @Test
    void anAttackThatWritesToTheCleanPixelsIsMeasuredAgainstTheTrueOnes() {
        ArrayDataset data = ArrayDataset.of(2, new int[] {1}, new float[] {.75f, 0});
        UnaryOperator<float[]> inPlace = x -> {
            x[0] = .25f;
            return x;
        };
        assertThatThrownBy(() -> EVALUATOR.evaluate(THRESHOLD, data, Plan.linf(attack(inPlace), .25)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("moved example 0 by 0.5");
    }

    @Test
    void refusesAnAttackThatReturnsTooFewPixels() {
        ArrayDataset data = ArrayDataset.of(2, new int[] {1}, new float[] {.75f, 0});
        assertThatThrownBy(() -> EVALUATOR.evaluate(THRESHOLD, data, Plan.linf(attack(x -> new float[] {.75f}), .1)))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("1 pixels");
    }

    @Test
    void namesTheExampleWhoseLogitsAreNoNumbers() {
        ArrayDataset data = ArrayDataset.of(
                2, new int[] {1, 1, 0}, new float[] {.75f, 0}, new float[] {.75f, .5f}, new float[] {0, 0});
        // 0 divided by 0 for the second example
        Changed model = new Changed(THRESHOLD, (batch, values) -> {
            for (int row = 0; row < batch.size(); row++) {
                values[2 * row] /= batch.pixels()[2 * row + 1] == .5f ? 0 : 1;
            }
            return values;
        });
        Plan<DifferentiableClassifier> plan = Plan.linf(Fgsm.defaults()).withShardSize(1);
        assertThatThrownBy(() -> Evaluator.on(new WireRunner(3)).evaluate(model, data, plan))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The model plain gave a logit that is NaN or infinite for example 1 at epsilon 0.0; check its weights.");
    }

    @Test
    void namesTheEpsilonAtWhichLogitsAreNoNumbers() {
        ArrayDataset data = ArrayDataset.of(2, new int[] {1}, new float[] {.75f, 0});
        Changed model = new Changed(THRESHOLD, (batch, values) -> {
            values[1] = batch.pixels()[0] < .7f ? Float.POSITIVE_INFINITY : values[1];
            return values;
        });
        assertThatThrownBy(() -> EVALUATOR.evaluate(model, data, Plan.linf(Fgsm.defaults(), .25)))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("example 0 at epsilon 0.25");
    }

    @Test
    void refusesDataOutsideItsRangeAndNamesTheUsualCause() {
        for (float bad : new float[] {-.4242f, 2.8f, Float.NaN}) {
            ArrayDataset data = ArrayDataset.of(2, new int[] {1, 1}, new float[] {0, 1}, new float[] {.5f, bad});
            assertThatThrownBy(() -> EVALUATOR.evaluate(THRESHOLD, data, Plan.linf(Fgsm.defaults(), .1)))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining("Example 1 of arrays has a pixel of " + bad)
                    .hasMessageContaining("mean and std");
        }
    }

    @Test
    void clampsPixelsThatScalingHasRoundedBeyondTheirRange() {
        float above = Math.nextUp(1f);
        ArrayDataset data = ArrayDataset.of(2, new int[] {1}, new float[] {above, -1e-8f});
        RobustnessReport report = EVALUATOR.evaluate(THRESHOLD, data, Plan.linf(Fgsm.defaults(), .75));
        assertThat(report.results())
                .extracting(result -> result.accuracy().successes())
                .containsExactly(1, 0);
        assertThat(report.gallery().get(0).clean()).containsExactly(1, 0);
    }

    @Test
    void anEvaluationOfAModelThatAnswersDifferentlyEachTimeIsInvalid() {
        ArrayDataset data = ArrayDataset.of(2, new int[] {1}, new float[] {.75f, 0});
        AtomicInteger calls = new AtomicInteger();
        Changed dropout = new Changed(THRESHOLD, (batch, values) -> {
            values[0] += calls.getAndIncrement();
            return values;
        });
        RobustnessReport report = EVALUATOR.evaluate(dropout, data, Plan.linf(Fgsm.defaults(), .1));
        assertThat(report.trust()).isEqualTo(Trust.INVALID);
        assertThat(report.diagnostics())
                .filteredOn(Diagnostic::raised)
                .extracting(Diagnostic::indicator)
                .contains(WarningSign.NONDETERMINISTIC);
    }

    @Test
    void refusesAnEmptyDataSet() {
        assertThatThrownBy(() ->
                        EVALUATOR.evaluate(THRESHOLD, ArrayDataset.of(2, new int[0]), Plan.linf(Fgsm.defaults(), .1)))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The data set arrays test is empty.");
    }

    @Test
    void refusesAModelWithAnotherNumberOfClasses() {
        ArrayDataset data = ArrayDataset.of(3, new int[] {2}, new float[] {.75f, 0});
        assertThatThrownBy(() -> EVALUATOR.evaluate(THRESHOLD, data, Plan.linf(Fgsm.defaults(), .1)))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The model plain has 2 outputs, but arrays has 3 classes.");
    }

    @Test
    void classesOfTheModelThatTheDataLacksHaveNoExamples() {
        FunctionClassifier model = new FunctionClassifier("five", InputSpec.RAW, images -> {
            float[][] logits = new float[images.length][];
            Arrays.setAll(logits, row -> new float[] {0, 8 * images[row][0] - 4, -9, -9, -9});
            return logits;
        });
        ArrayDataset data = ArrayDataset.of(3, new int[] {1, 1}, new float[] {.75f, 0}, new float[] {.8f, 0});

        RobustnessReport report =
                EVALUATOR.evaluate(model, data, Plan.blackBox(Norm.LINF, List.of(UniformNoise.defaults()), .1));

        assertThat(report.classes()).containsExactly("class 0", "class 1", "class 2", "3", "4");
        assertThat(report.results().get(0).accuracy().successes()).isEqualTo(2);
        assertThat(report.data().notice())
                .contains(
                        "The data has 1 class, but the model has 5: labels keep their numbers, and the other classes have no examples.");
    }

    @Test
    void refusesAModelThatLosesExamples() {
        ArrayDataset data = ArrayDataset.of(2, new int[] {1, 1}, new float[] {.75f, 0}, new float[] {.75f, 0});
        Changed model = new Changed(THRESHOLD, (batch, values) -> Arrays.copyOf(values, 2));
        assertThatThrownBy(() -> EVALUATOR.evaluate(model, data, Plan.linf(Fgsm.defaults(), .1)))
                .isInstanceOf(GauntletException.class)
                .hasMessage("The model plain gave 1 rows of logits for 2 images.");
    }

    @Test
    void aSampleSaysOfItsExamplesWhatAllSayOfThem() {
        RandomProblem problem = new RandomProblem(5, 200);
        RobustnessReport all = EVALUATOR.evaluate(problem.model, problem.data, Plan.linf(Fgsm.defaults(), .1));
        RobustnessReport some = EVALUATOR.evaluate(
                problem.model, problem.data, Plan.linf(Fgsm.defaults(), .1).withExamples(120));
        assertThat(some.plan().population()).isEqualTo(200);
        assertThat(some.outcomes().columns().ids()).hasSize(120).isSorted();
        for (int e = 0; e < 2; e++) {
            int[] predictions = all.outcomes().columns().predictions()[e];
            assertThat(some.outcomes().columns().predictions()[e])
                    .containsExactly(IntStream.of(some.outcomes().columns().ids())
                            .map(id -> predictions[id])
                            .toArray());
            assertThat(some.results().get(e).accuracy().trials()).isEqualTo(120);
        }
        assertThat(all.plan().population()).isEqualTo(200);
        assertThat(all.outcomes().columns().ids()).hasSize(200);
    }

    @Test
    void writesDownWhatWasRun() {
        RandomProblem problem = new RandomProblem(10, 5);
        RobustnessReport report = EVALUATOR.evaluate(
                problem.model, problem.data, Plan.linf(Fgsm.defaults(), .1).withSeed(42));
        assertThat(report.schemaVersion()).isEqualTo(RobustnessReport.SCHEMA_VERSION);
        assertThat(report.plan())
                .isEqualTo(new RobustnessReport.PlanRecord(
                        "fgsm", "linf", "misclassified", false, 42, 5, 1000, List.of()));
        int broken = report.outcomes().successes(1);
        assertThat(broken).isPositive();
        assertThat(report.attacks())
                // one gradient each of the four that are right when clean, one more look, and one at each rounded
                // success
                .containsExactly(new RobustnessReport.AttackRecord(
                        "fgsm", Map.of("loss", "cross-entropy"), false, 8 + broken, 4, 0));
        assertThat(report.data()).isEqualTo(problem.data.origin());
        assertThat(report.classes()).isEqualTo(problem.data.classes());
        assertThat(report.shape()).isEqualTo(problem.data.shape());
        assertThat(report.model()).isEqualTo(problem.model.card());
        assertThat(report.provenance().version()).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
    }

    /** Returns what a test says, claiming success. */
    private static ScriptedAttack attack(UnaryOperator<float[]> script) {
        return new ScriptedAttack((model, problem) -> {
            boolean[] success = new boolean[problem.size()];
            Arrays.fill(success, true);
            return epsilon -> new AttackResult(script.apply(problem.clean().pixels()), success);
        });
    }

    /** A model whose logits are tampered with. */
    private record Changed(DifferentiableClassifier model, Tampering tampering) implements DifferentiableClassifier {
        @FunctionalInterface
        interface Tampering {
            float[] apply(Batch batch, float[] values);
        }

        @Override
        public ModelCard card() {
            return model.card();
        }

        @Override
        public Logits logits(Batch batch) {
            Logits logits = model.logits(batch);
            return new Logits(logits.classes(), tampering.apply(batch, logits.values()));
        }

        @Override
        public Gradient gradient(Batch batch, IntFunction<? extends Loss> lossOfRow) {
            Gradient gradient = model.gradient(batch, lossOfRow);
            return new Gradient(logits(batch), gradient.losses(), gradient.pixels());
        }

        @Override
        public void close() {
            model.close();
        }
    }

    /** A linear model of 5 classes that is right about most of its random examples. */
    private static final class RandomProblem {
        private static final int PIXELS = 12;
        private static final int CLASSES = 5;

        private final LinearModel model;
        private final ArrayDataset data;

        RandomProblem(long seed, int size) {
            SplittableRandom random = RandomKey.of(seed).with("problem").generator();
            double[][] weights = new double[CLASSES][];
            for (int k = 0; k < CLASSES; k++) {
                weights[k] = random.doubles(PIXELS, -3, 3).toArray();
            }
            model = new LinearModel(weights, new double[CLASSES]);
            float[][] rows = new float[size][PIXELS];
            int[] labels = new int[size];
            for (int id = 0; id < size; id++) {
                for (int i = 0; i < PIXELS; i++) {
                    rows[id][i] = random.nextInt(256) / 255f;
                }
                int prediction = model.logits(
                                ArrayDataset.of(CLASSES, new int[1], rows[id]).all())
                        .prediction(0);
                labels[id] = random.nextInt(10) == 0 ? (prediction + 1) % CLASSES : prediction;
            }
            data = ArrayDataset.of(CLASSES, labels, rows);
        }
    }
}
