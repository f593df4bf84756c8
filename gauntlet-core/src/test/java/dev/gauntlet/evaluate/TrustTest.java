package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Apgd;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.Square;
import dev.gauntlet.data.Batch;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.loss.Margin;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.Suite;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an evaluation is worth whose model is fed wrongly, knows nothing, or was hardly looked at. */
class TrustTest {
    private static final int PIXELS = 16;
    private static final int CLASSES = 4;

    private static final Evaluator EVALUATOR = Evaluator.on(new WireRunner(1));

    private static final List<Attack<? super DifferentiableClassifier>> THOROUGH =
            List.of(Apgd.defaults(), new Pgd(100, 0.025, true, 1, 0.99, new Margin()));

    private static final double[][] WEIGHTS = weights();

    private static double[][] weights() {
        SplittableRandom random = new SplittableRandom(4);
        double[][] weights = new double[CLASSES][PIXELS];
        for (double[] row : weights) {
            Arrays.setAll(row, i -> random.nextDouble() - 0.5);
        }
        return weights;
    }

    /** Images whose labels are the answers of a linear model to some function of them. */
    private static ArrayDataset data(int examples, double scale, double shift) {
        SplittableRandom random = new SplittableRandom(5);
        LinearModel model = new LinearModel(WEIGHTS, new double[CLASSES]);
        float[][] pixels = new float[examples][PIXELS];
        int[] labels = new int[examples];
        for (int i = 0; i < examples; i++) {
            for (int k = 0; k < PIXELS; k++) {
                pixels[i][k] = (float) random.nextDouble();
            }
            double[] given = new double[PIXELS];
            for (int k = 0; k < PIXELS; k++) {
                given[k] = pixels[i][k] * scale + shift;
            }
            double[] logits = model.logitsOf(given);
            labels[i] = IntStream.range(0, CLASSES)
                    .boxed()
                    .max((a, b) -> Double.compare(logits[a], logits[b]))
                    .orElseThrow();
        }
        return ArrayDataset.of(CLASSES, labels, pixels);
    }

    private static Diagnostic of(RobustnessReport report, WarningSign indicator) {
        return report.diagnostics().stream()
                .filter(diagnostic -> diagnostic.indicator() == indicator)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_model_that_is_fed_right_is_trusted() {
        RobustnessReport report = EVALUATOR.evaluate(
                new LinearModel(WEIGHTS, new double[CLASSES]),
                data(300, 1, 0),
                Plan.whiteBox(Norm.LINF, THOROUGH, .01, .02)
                        .withDiagnostics(DiagnosticsBudget.AUTOMATIC.withEffort(DiagnosticsBudget.Effort.FULL)));

        assertThat(report.diagnostics()).filteredOn(Diagnostic::raised).isEmpty();
        assertThat(report.trust()).isEqualTo(Trust.TRUSTWORTHY);
        assertThat(of(report, WarningSign.AT_CHANCE).finding())
                .startsWith("300 of 300 clean images are classified correctly: 100.0 %, 95 % interval 98.7 to 100.0 %");
    }

    /** The model subtracts a half and divides by a half itself, but is given normalised pixels again; or wants bytes. */
    @ParameterizedTest
    @CsvSource({"255, -127.5, --input-max 255", "2, -1, --mean 0.5 --std 0.5"})
    void a_model_that_is_fed_wrongly_is_suspect(double scale, double shift, String how) {
        // what the model adds of its own: shift times the sum of the weights
        double[] bias = new double[CLASSES];
        for (int k = 0; k < CLASSES; k++) {
            bias[k] = (how.startsWith("--input-max") ? shift : 0)
                    * Arrays.stream(WEIGHTS[k]).sum();
        }
        RobustnessReport report = EVALUATOR.evaluate(
                new LinearModel(WEIGHTS, bias), data(300, scale, shift), Plan.whiteBox(Norm.LINF, THOROUGH, .01, .02));

        Diagnostic fed = of(report, WarningSign.FED_WRONGLY);
        assertThat(fed.raised()).isTrue();
        assertThat(fed.value()).isEqualTo(1);
        assertThat(fed.finding()).endsWith("but 100.0 % with " + how + ".");
        assertThat(report.trust()).isGreaterThanOrEqualTo(Trust.SUSPECT);
    }

    @Test
    void classes_in_another_order_are_suspect() {
        double[][] shifted = IntStream.range(0, CLASSES)
                .mapToObj(k -> WEIGHTS[(k + 1) % CLASSES])
                .toArray(double[][]::new);
        RobustnessReport report = EVALUATOR.evaluate(
                new LinearModel(shifted, new double[CLASSES]),
                data(300, 1, 0),
                Plan.whiteBox(Norm.LINF, THOROUGH, .01, .02));

        assertThat(of(report, WarningSign.FED_WRONGLY).finding()).contains("if the classes are in another order: ");
        assertThat(report.trust()).isGreaterThanOrEqualTo(Trust.SUSPECT);
    }

    /** Answers one class for all, or the first pixel's half for a share of the examples. */
    private static Classifier guessing(int classes, double knows) {
        return new Classifier() {
            @Override
            public ModelCard card() {
                return new ModelCard("g", "g", "Java", InputSpec.RAW);
            }

            @Override
            public Logits logits(Batch batch) {
                float[] logits = new float[classes * batch.size()];
                int length = batch.shape().size();
                for (int row = 0; row < batch.size(); row++) {
                    // the data puts its label into the first pixel and a random number into the second
                    boolean isKnown = batch.pixels()[row * length + 1] < knows;
                    int answer = isKnown ? Math.round(batch.pixels()[row * length] * (classes - 1)) : 0;
                    logits[row * classes + Math.min(classes - 1, Math.max(0, answer))] = 1;
                }
                return new Logits(classes, logits);
            }

            @Override
            public void close() {}
        };
    }

    private static ArrayDataset labelled(int examples, int classes, double shareOfFirst) {
        SplittableRandom random = new SplittableRandom(6);
        int[] labels = new int[examples];
        float[][] pixels = new float[examples][2];
        for (int i = 0; i < examples; i++) {
            labels[i] = random.nextDouble() < shareOfFirst ? 0 : random.nextInt(classes);
            pixels[i][0] = (float) labels[i] / (classes - 1);
            pixels[i][1] = (float) random.nextDouble();
        }
        return ArrayDataset.of(classes, labels, pixels);
    }

    /** A constant answer is right as often as its class occurs, which is no knowledge however often that is. */
    @ParameterizedTest
    @CsvSource({
        "1000, 10, 0,    0,    RAISED",
        "1000, 10, 0.9,  0,    RAISED",
        "1000, 2,  0,    0.03, RAISED",
        "1000, 10, 0,    0.04, RAISED",
        "1000, 10, 0,    0.15, QUIET",
        "1000, 10, 0.9,  0.5,  QUIET",
        "1000, 2,  0,    0.5,  QUIET",
        "4,    2,  0,    1,    NOT_MEASURED",
        "100,  10, 1,    1,    QUIET",
    })
    void a_model_at_chance_is_invalid(
            int examples, int classes, double shareOfFirst, double knows, Diagnostic.Outcome outcome) {
        RobustnessReport report = EVALUATOR.evaluate(
                guessing(classes, knows),
                labelled(examples, classes, shareOfFirst),
                Plan.blackBox(Norm.LINF, List.of(new Square(10, .8, 1, true)), .1));

        assertThat(of(report, WarningSign.AT_CHANCE).outcome()).isEqualTo(outcome);
        if (outcome == Diagnostic.Outcome.RAISED) {
            assertThat(report.trust()).isEqualTo(Trust.INVALID);
        }
    }

    @Test
    void a_quick_suite_is_a_first_look() {
        RobustnessReport report = EVALUATOR.evaluate(
                new LinearModel(WEIGHTS, new double[CLASSES]),
                data(300, 1, 0),
                Plan.whiteBox(Norm.LINF, Suite.QUICK.attacks(Norm.LINF), .01, .02));

        assertThat(of(report, WarningSign.FIRST_LOOK).finding())
                .isEqualTo("The attacks that search make about 84 gradients and 0 queries for an image and budget.");
        assertThat(report.trust()).isEqualTo(Trust.LIMITED);
    }

    @Test
    void a_weak_attack_that_leaves_nothing_has_said_all() {
        RobustnessReport report = EVALUATOR.evaluate(
                new LinearModel(WEIGHTS, new double[CLASSES]),
                data(300, 1, 0),
                Plan.whiteBox(Norm.LINF, List.of(Fgsm.defaults(), new Pgd(10, .25, false, 1, .99, new Margin())), .9));

        assertThat(report.results().get(1).accuracy().successes()).isZero();
        assertThat(of(report, WarningSign.FIRST_LOOK).outcome()).isEqualTo(Diagnostic.Outcome.QUIET);
    }

    /** The same attack again does the same again, and a single step is none the better for being started often. */
    @Test
    void repetition_is_not_strength() {
        Pgd forty = new Pgd(40, .05, true, 1, .99, new Margin());
        Pgd single = new Pgd(1, 1, true, 100, .99, new Margin());
        for (List<Attack<? super DifferentiableClassifier>> attacks :
                List.<List<Attack<? super DifferentiableClassifier>>>of(
                        List.of(forty, forty, forty), List.of(single))) {
            RobustnessReport report = EVALUATOR.evaluate(
                    new LinearModel(WEIGHTS, new double[CLASSES]),
                    data(300, 1, 0),
                    Plan.whiteBox(Norm.LINF, attacks, .01, .02));

            assertThat(report.trust()).isNotEqualTo(Trust.TRUSTWORTHY);
        }
    }

    @Test
    void few_examples_limit_an_evaluation() {
        RobustnessReport report = EVALUATOR.evaluate(
                new LinearModel(WEIGHTS, new double[CLASSES]),
                data(49, 1, 0),
                Plan.whiteBox(Norm.LINF, THOROUGH, .01, .02));

        assertThat(of(report, WarningSign.FEW_EXAMPLES).raised()).isTrue();
        assertThat(report.trust()).isEqualTo(Trust.LIMITED);
    }

    @Test
    void a_black_box_is_limited_however_strong_the_attack() {
        RobustnessReport report = EVALUATOR.evaluate(
                (Classifier) new LinearModel(WEIGHTS, new double[CLASSES]),
                data(60, 1, 0),
                Plan.blackBox(Norm.LINF, List.of(Square.defaults()), .01, .02));

        assertThat(of(report, WarningSign.FIRST_LOOK).raised()).isFalse();
        assertThat(of(report, WarningSign.MOSTLY_UNMEASURED).finding())
                .endsWith("of 11 signs of a failed attack were looked for.");
        assertThat(report.trust()).isEqualTo(Trust.LIMITED);
    }

    @Test
    void a_model_that_refuses_more_questions_is_still_judged() {
        LinearModel model = new LinearModel(WEIGHTS, new double[CLASSES]);
        // labels of another model, so that there is room for suspicion
        ArrayDataset data = data(100, 2, -1);
        Classifier strict = new Classifier() {
            @Override
            public ModelCard card() {
                return model.card();
            }

            @Override
            public Logits logits(Batch batch) {
                for (float pixel : batch.pixels()) {
                    if (pixel > 1) {
                        throw new GauntletException("I take no pixel above 1.");
                    }
                }
                return model.logits(batch);
            }

            @Override
            public void close() {}
        };
        RobustnessReport report =
                EVALUATOR.evaluate(strict, data, Plan.blackBox(Norm.LINF, List.of(new Square(10, .8, 1, true)), .01));

        Diagnostic fed = of(report, WarningSign.FED_WRONGLY);
        assertThat(fed.outcome()).isEqualTo(Diagnostic.Outcome.NOT_MEASURED);
        assertThat(fed.finding()).isEqualTo("I take no pixel above 1.");
    }
}
