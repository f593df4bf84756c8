package dev.gauntlet.report;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.evaluate.Completion;
import dev.gauntlet.evaluate.EpsilonResult;
import dev.gauntlet.evaluate.Interval;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.evaluate.shard.GalleryExample;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.threat.Criterion;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Checks that the parts of a report agree, so that whatever shows it need not doubt it.
 *
 * <p>Places are named as in the JSON record.
 */
final class Consistency {
    /** Lets another computation of the same interval differ in its last digits. */
    private static final double ROUNDING = 1e-9;

    /** A pixel may be outside [0,1] by the rounding of whoever scaled it, as in the evaluator. */
    private static final float RANGE_TOLERANCE = 1e-6f;

    private final RobustnessReport report;
    private final String complaint;
    private final Outcomes outcomes;
    private final int examples;

    private Consistency(RobustnessReport report, String complaint) {
        this.report = report;
        this.complaint = complaint;
        this.outcomes = report.outcomes();
        this.examples = outcomes.size();
    }

    /**
     * Refuses a report whose parts contradict each other.
     *
     * @param report the report
     * @param complaint how the message begins
     * @throws GauntletException if something does not agree, naming the place
     */
    static void require(RobustnessReport report, String complaint) {
        Consistency consistency = new Consistency(report, complaint);
        consistency.requireExamples();
        consistency.requirePlan();
        consistency.requireResults();
        consistency.requireEnding();
        consistency.requireDiagnostics();
        consistency.requireGallery();
        consistency.requireTraining();
        consistency.requireTiming();
    }

    private void requireExamples() {
        int classes = report.classes().size();
        check(
                classes == outcomes.classes(),
                "outcomes.classes",
                "is %s, classes has %s names",
                outcomes.classes(),
                classes);
        check(
                report.model().parameters() >= 0,
                "model.parameters",
                "is %s",
                report.model().parameters());
    }

    /** Tells whether the attacks are those of AutoAttack, which nothing less may be called. */
    private boolean isAutoAttack() {
        Norm norm = read("plan.norm", () -> Norm.parse(report.plan().norm()));
        return norm != Norm.L0
                && AutoAttack.standard(norm).stream()
                        .map(Attacks::written)
                        .toList()
                        .equals(report.attacks().stream()
                                .map(RepeatCommand::written)
                                .toList());
    }

    private void requirePlan() {
        check(
                report.plan().shardSize() >= 1,
                "plan.shardSize",
                "is %s",
                report.plan().shardSize());
        check(
                report.plan().population() >= examples,
                "plan.population",
                "is %s, but there are %s examples",
                report.plan().population(),
                examples);
        check(!report.attacks().isEmpty(), "attacks", "is empty");
        check(
                !report.plan().name().equals(AutoAttack.NAME) || isAutoAttack(),
                "plan.name",
                "is %s, but the attacks are not these",
                AutoAttack.NAME);
        for (int i = 0; i < report.attacks().size(); i++) {
            RobustnessReport.AttackRecord attack = report.attacks().get(i);
            String place = "attacks[%s]".formatted(i);
            check(attack.backwards() >= 0, place + ".backwards", "is %s", attack.backwards());
            check(
                    attack.forwards() >= attack.backwards(),
                    place + ".forwards",
                    "is %s, each of %s gradients needs one",
                    attack.forwards(),
                    attack.backwards());
            check(
                    attack.zeroGradients() >= 0 && attack.zeroGradients() <= Math.min(examples, attack.backwards()),
                    place + ".zeroGradients",
                    "is %s of %s examples and %s gradients",
                    attack.zeroGradients(),
                    examples,
                    attack.backwards());
        }
    }

    private void requireResults() {
        int budgets = outcomes.columns().predictions().length;
        check(
                report.results().size() == budgets,
                "results",
                "has %s entries, outcomes has %s budgets",
                report.results().size(),
                budgets);
        Norm norm = read("plan.norm", () -> Norm.parse(report.plan().norm()));
        Criterion criterion = read(
                "plan.criterion",
                () -> Criterion.parse(
                        report.plan().criterion(), report.classes().size()));
        for (int i = 0; i < report.results().size(); i++) {
            EpsilonResult result = report.results().get(i);
            String place = "results[%s]".formatted(i);
            double before = i == 0 ? -1 : report.results().get(i - 1).epsilon();
            check(result.epsilon() > before, place + ".epsilon", "is %s, epsilons grow from 0", result.epsilon());
            check(
                    i > 0 || result.epsilon() == 0,
                    place + ".epsilon",
                    "is %s, the first is the clean accuracy with 0",
                    result.epsilon());
            LpBall ball = read(place + ".epsilon", () -> new LpBall(norm, result.epsilon()));
            requireSuccesses(i, ball, criterion);
            requireAccuracy(result, i, place);
            requireShare(result.meanConfidenceWhenWrong(), place + ".meanConfidenceWhenWrong");
            requireLargestDistance(result, ball, outcomes.successes(i) > 0, place + ".largestDistance");
        }
    }

    /** Only an attack of the plan succeeds, only with what the adversary wants, and only within the budget. */
    private void requireSuccesses(int budget, LpBall ball, Criterion criterion) {
        for (int i = 0; i < examples; i++) {
            int prediction = outcomes.prediction(i, budget);
            if (outcomes.successfulAttack(i, budget).isEmpty()) {
                continue;
            }
            int attack = outcomes.successfulAttack(i, budget).getAsInt();
            double distance = outcomes.nearestSuccess(i).orElseThrow();
            String problem = attack >= report.attacks().size()
                    ? "there are %s attacks".formatted(report.attacks().size())
                    : !criterion.isMet(prediction, outcomes.label(i))
                            ? "but class %s is not what the adversary wants".formatted(prediction)
                            : !ball.allows(distance)
                                    ? "but distances[%s] is %s, beyond epsilon %s"
                                            .formatted(i, distance, ball.epsilon())
                                    : "";
            if (!problem.isEmpty()) {
                throw broken("outcomes.successfulAttacks[%s][%s]".formatted(budget, i), "is %s, %s", attack, problem);
            }
        }
    }

    private void requireLargestDistance(EpsilonResult result, LpBall ball, boolean anySuccess, String place) {
        requireMeasure(result.largestDistance(), place);
        check(
                ball.allows(result.largestDistance()),
                place,
                "is %s, beyond epsilon %s",
                result.largestDistance(),
                result.epsilon());
        check(
                anySuccess == result.largestDistance() > 0,
                place,
                "is %s, but %s attack succeeded",
                result.largestDistance(),
                anySuccess ? "an" : "no");
    }

    private void requireAccuracy(EpsilonResult result, int budget, String place) {
        int correct = outcomes.robust(budget);
        check(
                result.accuracy().successes() == correct,
                place + ".accuracy.successes",
                "is %s, by the predictions it is %s",
                result.accuracy().successes(),
                correct);
        requireRate(result.accuracy(), place + ".accuracy");
        int rounded = result.accuracyAfterRounding().successes();
        int broken = outcomes.successes(budget);
        check(
                rounded >= correct && rounded <= correct + broken,
                place + ".accuracyAfterRounding.successes",
                "is %s, but %s stand and %s were broken",
                rounded,
                correct,
                broken);
        requireRate(result.accuracyAfterRounding(), place + ".accuracyAfterRounding");
    }

    private void requireRate(Interval rate, String place) {
        check(rate.trials() == examples, place + ".trials", "is %s, there are %s examples", rate.trials(), examples);
        Interval expected = Interval.of(rate.successes(), examples);
        requireNear(rate.rate(), expected.rate(), place + ".rate");
        requireNear(rate.lower(), expected.lower(), place + ".lower");
        requireNear(rate.upper(), expected.upper(), place + ".upper");
    }

    private void requireEnding() {
        Completion ending = report.ending();
        check(
                ending.planned() <= report.plan().population(),
                "ending.planned",
                "is %s, but the data set has %s examples",
                ending.planned(),
                report.plan().population());
        boolean agrees = switch (ending.reason()) {
            case COMPLETE -> examples == ending.planned();
            // all examples may be there, with some of the attacks missing
            case TIME_LIMIT -> examples <= ending.planned();
            case GRADIENT_LIMIT, DECIDED -> examples < ending.planned();
        };
        check(
                agrees,
                "ending.planned",
                "is %s, but the run ended with %s after %s examples",
                ending.planned(),
                ending.reason(),
                examples);
    }

    private void requireDiagnostics() {
        for (int i = 0; i < report.diagnostics().size(); i++) {
            Diagnostic diagnostic = report.diagnostics().get(i);
            String place = "diagnostics[%s]".formatted(i);
            check(
                    i == 0 || report.diagnostics().get(i - 1).indicator().compareTo(diagnostic.indicator()) < 0,
                    place + ".indicator",
                    "is %s, which is there twice or out of order",
                    diagnostic.indicator());
            check(
                    Double.isFinite(diagnostic.value()) && Double.isFinite(diagnostic.threshold()),
                    place,
                    "has the value %s and the threshold %s; both are finite",
                    diagnostic.value(),
                    diagnostic.threshold());
        }
    }

    private void requireGallery() {
        for (int i = 0; i < report.gallery().size(); i++) {
            GalleryExample exhibit = report.gallery().get(i);
            String place = "gallery[%s]".formatted(i);
            int budget = IntStream.range(0, report.results().size())
                    .filter(candidate -> report.results().get(candidate).epsilon() == exhibit.epsilon())
                    .findFirst()
                    .orElseThrow(() -> broken(place + ".epsilon", "is %s, no result has it", exhibit.epsilon()));
            int position = outcomes.position(exhibit.id())
                    .orElseThrow(() -> broken(place + ".id", "is %s, which is not in outcomes.ids", exhibit.id()));
            requireSame(exhibit.label(), outcomes.label(position), place + ".label");
            requireSame(exhibit.cleanPrediction(), outcomes.cleanPrediction(position), place + ".cleanPrediction");
            requireSame(exhibit.prediction(), outcomes.prediction(position, budget), place + ".prediction");
            check(
                    outcomes.successfulAttack(position, budget).isPresent(),
                    place + ".id",
                    "is %s, which no attack broke at epsilon %s",
                    exhibit.id(),
                    exhibit.epsilon());
            check(
                    Double.isFinite(exhibit.distance()) && exhibit.distance() >= 0,
                    place + ".distance",
                    "is %s, a distance is 0 or larger",
                    exhibit.distance());
            requireShare(exhibit.cleanConfidence(), place + ".cleanConfidence");
            requireShare(exhibit.confidence(), place + ".confidence");
            requirePixels(exhibit.clean(), place + ".clean");
            requirePixels(exhibit.adversarial(), place + ".adversarial");
        }
    }

    private void requireTraining() {
        report.model().training().ifPresent(training -> {
            check(
                    Double.isFinite(training.learningRate()),
                    "model.training.learningRate",
                    "is %s",
                    training.learningRate());
            for (int i = 0; i < training.epochs().size(); i++) {
                TrainingHistory.Epoch epoch = training.epochs().get(i);
                String place = "model.training.epochs[%s]".formatted(i);
                requireMeasure(epoch.trainingLoss(), place + ".trainingLoss");
                requireMeasure(epoch.testLoss(), place + ".testLoss");
                requirePart(epoch.trainingCorrect(), epoch.trainingExamples(), place + ".trainingCorrect");
                requirePart(epoch.testCorrect(), epoch.testExamples(), place + ".testCorrect");
                int before = i == 0 ? 0 : training.epochs().get(i - 1).number();
                check(epoch.number() > before, place + ".number", "is %s after %s", epoch.number(), before);
            }
        });
    }

    private void requireTiming() {
        requireMeasure(report.timing().trainingSeconds(), "timing.trainingSeconds");
        requireMeasure(report.timing().evaluationSeconds(), "timing.evaluationSeconds");
        check(
                report.timing().workers() >= 1,
                "timing.workers",
                "is %s",
                report.timing().workers());
        try {
            Instant.parse(report.timing().started());
        } catch (DateTimeException e) {
            throw new GauntletException(
                    "%s: timing.started is no time such as 2026-01-31T12:00:00Z.".formatted(complaint), e);
        }
    }

    private <T> T read(String place, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (GauntletException e) {
            throw new GauntletException("%s: %s: %s".formatted(complaint, place, e.getMessage()), e);
        }
    }

    private void requirePixels(float[] pixels, String place) {
        check(
                pixels.length == report.shape().size(),
                place,
                "has %s pixels, an image of %s has %s",
                pixels.length,
                report.shape(),
                report.shape().size());
        for (int i = 0; i < pixels.length; i++) {
            // written so that a NaN is outside
            if (!(pixels[i] >= -RANGE_TOLERANCE && pixels[i] <= 1 + RANGE_TOLERANCE)) {
                throw broken(place + "[" + i + "]", "is %s, a pixel is in [0,1]", pixels[i]);
            }
        }
    }

    private void requireSame(int actual, int expected, String place) {
        check(actual == expected, place, "is %s, by the outcomes it is %s", actual, expected);
    }

    private void requireNear(double actual, double expected, String place) {
        check(Math.abs(actual - expected) <= ROUNDING, place, "is %s, by the counts it is %s", actual, expected);
    }

    private void requireShare(double value, String place) {
        check(value >= 0 && value <= 1, place, "is %s, a share is in [0,1]", value);
    }

    private void requireMeasure(double value, String place) {
        check(value >= 0 && Double.isFinite(value), place, "is %s, it is a finite number of at least 0", value);
    }

    private void requirePart(int part, int whole, String place) {
        check(whole >= 1 && part >= 0 && part <= whole, place, "is %s of %s", part, whole);
    }

    private void check(boolean condition, String place, String problem, Object... arguments) {
        if (!condition) {
            throw broken(place, problem, arguments);
        }
    }

    // the annotation that Error Prone wants would be this module's only use of its library
    @SuppressWarnings("AnnotateFormatMethod")
    private GauntletException broken(String place, String problem, Object... arguments) {
        return new GauntletException("%s: %s %s.".formatted(complaint, place, problem.formatted(arguments)));
    }
}
