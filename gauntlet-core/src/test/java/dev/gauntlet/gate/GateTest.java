package dev.gauntlet.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.GauntletException;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.Overstatement;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.threat.LpBall;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GateTest {
    private static final LpBall BALL = LpBall.linf(Runs.EPSILON);

    /** Wilson's interval of 50 of 100 is 40.38 to 59.62 %. */
    @ParameterizedTest
    @CsvSource({"0.40, PASS", "0.41, INCONCLUSIVE", "0.59, INCONCLUSIVE", "0.60, FAIL", "0, PASS", "1, FAIL"})
    void decidesOnTheIntervalAndNotOnThePoint(double minimum, Verdict verdict) {
        Gate.Decision decision = Gate.requiring(BALL, minimum).judge(Runs.run(100, 50));
        assertThat(decision.verdict()).isEqualTo(verdict);
        Judgement.OfModel judgement = first(decision);
        Judgement.Measurement measured = judgement.measurement().orElseThrow();
        assertThat(measured.value()).isEqualTo(0.5);
        assertThat(measured.lower()).isCloseTo(0.4038, within(1e-4));
        assertThat(measured.upper()).isCloseTo(0.5962, within(1e-4));
        assertThat(judgement.ids()).containsExactly(50, 51, 52);
        assertThat(judgement.advice().isEmpty()).isEqualTo(verdict != Verdict.INCONCLUSIVE);
    }

    @Test
    void saysHowManyExamplesWouldSettleIt() {
        // 1.96^2 * 0.45 * 0.55 / 0.05^2 = 380.3
        assertThat(advice(.45, 100, 50)).startsWith("About 381 examples in total");
        assertThat(advice(.5, 100, 50)).contains("to be settled by any number of examples");
        assertThat(advice(.45, 100, 50))
                .isEqualTo(
                        "About 381 examples in total would settle it if the rate stays the same, but the data set has only 100; evaluate on more data or lower the threshold.");
        RobustnessReport sample = Runs.sample(100, 50, 381);
        assertThat(first(Gate.requiring(BALL, .45).judge(sample)).advice())
                .hasValue("About 381 examples in total would settle it if the rate stays the same.");
        // so many really do, and two fewer do not
        assertThat(Gate.requiring(BALL, .45).judge(Runs.run(382, 191)).verdict())
                .isEqualTo(Verdict.PASS);
        assertThat(Gate.requiring(BALL, .45).judge(Runs.run(380, 190)).verdict())
                .isEqualTo(Verdict.INCONCLUSIVE);
    }

    @Test
    void aPerfectRateNeedsMoreExamplesToo() {
        // 1.96^2 * 0.99 / 0.01 = 380.3
        assertThat(advice(.99, 100, 100)).startsWith("About 381 examples");
        assertThat(Gate.requiring(BALL, .99).judge(Runs.run(381, 381)).verdict())
                .isEqualTo(Verdict.PASS);
        assertThat(Gate.requiring(BALL, .99).judge(Runs.run(380, 380)).verdict())
                .isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(advice(1, 100, 100)).contains("to be settled by any number of examples");
    }

    @Test
    void aClassNeedsMoreExamplesThanAllTogether() {
        // z of 2.5 % is 2.2414: 5.0239 * 0.99 / 0.01 = 497.4
        Requirement each = new Requirement.MinimumPerClass(BALL, .99);
        assertThat(each.judge(Runs.run(200, 200)).advice())
                .get()
                .asString()
                .startsWith("For class even: About 498 examples")
                .contains("but the data set has only 100;");
        // the other 900 may all be of this class
        assertThat(each.judge(Runs.sample(200, 200, 1100)).advice())
                .get()
                .asString()
                .endsWith("if the rate stays the same.");
        assertThat(each.judge(Runs.run(996, 996)).verdict()).isEqualTo(Verdict.PASS);
        assertThat(each.judge(Runs.run(994, 994)).verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    }

    private static String advice(double minimum, int examples, int standing) {
        return first(Gate.requiring(BALL, minimum).judge(Runs.run(examples, standing)))
                .advice()
                .orElseThrow();
    }

    private static Judgement.OfModel first(Gate.Decision decision) {
        return (Judgement.OfModel) decision.judgements().get(0);
    }

    @Test
    void namesWhatTheAttackBrokeBeforeWhatIsWrongAnyway() {
        // wrong when clean, and still wrong under attack
        RobustnessReport report = Runs.runWithCleanMistakes(100, 50, 50, 51);
        assertThat(first(Gate.requiring(BALL, .4).judge(report)).ids()).containsExactly(52, 53, 54);
        assertThat(first(Gate.requiring(LpBall.linf(0), .4).judge(report)).ids())
                .containsExactly(50, 51);
    }

    @Test
    void answersABudgetThatWasNotRunOnlyFromTheNearestSuccesses() {
        RobustnessReport nearest = Runs.nearest(100, 50);
        assertThat(standing(nearest, LpBall.linf(.9 * Runs.EPSILON))).isEqualTo(1);
        assertThat(standing(nearest, LpBall.linf(1.1 * Runs.EPSILON))).isEqualTo(.5);
        refuses(LpBall.linf(.9 * Runs.EPSILON), "The report has no epsilon 0.02824; it was run with 0, 0.03137.");
    }

    private static double standing(RobustnessReport report, LpBall ball) {
        return first(Gate.requiring(ball, .5).judge(report))
                .measurement()
                .orElseThrow()
                .value();
    }

    @Test
    void theCleanAccuracyIsThatOfEpsilon0() {
        assertThat(Gate.requiring(LpBall.linf(0), .95).judge(Runs.run(100, 1)).verdict())
                .isEqualTo(Verdict.PASS);
    }

    @Test
    void everyClassHasToReachItsMinimum() {
        // even: 45 of 50; odd: 44 of 50 at first, then all broken ones are odd
        Requirement each = new Requirement.MinimumPerClass(BALL, .6);
        assertThat(each.judge(Runs.run(100, 90)).verdict()).isEqualTo(Verdict.PASS);
        int[] evenFirst = IntStream.concat(
                        IntStream.range(0, 50).map(i -> 2 * i),
                        IntStream.range(0, 50).map(i -> 2 * i + 1))
                .toArray();
        Judgement.OfModel failed = each.judge(Runs.run(evenFirst, 60, "digits", List.of()));
        assertThat(failed.verdict()).isEqualTo(Verdict.FAIL);
        assertThat(failed.measurement().orElseThrow().value()).isEqualTo(.2);
        assertThat(failed.worstClass()).get().asString().startsWith("odd: 20.00 % (10 of 50)");
        assertThat(failed.ids()).containsExactly(21, 23, 25);
    }

    @Test
    void aClassWithoutExamplesCannotPass() {
        int[] even = IntStream.range(0, 50).map(i -> 2 * i).toArray();
        Judgement.OfModel judgement =
                new Requirement.MinimumPerClass(BALL, .1).judge(Runs.run(even, 50, "digits", List.of()));
        assertThat(judgement.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(judgement.evidence()).isEqualTo("class odd has no examples");
        assertThat(judgement.measurement()).isEmpty();
        assertThat(judgement.explanation())
                .containsExactly("class odd has no examples.", "Evaluate examples of every class.");
    }

    @Test
    void nothingPassesOnTheGroundOfAnInvalidEvaluation() {
        RobustnessReport invalid = raised(WarningSign.NONDETERMINISTIC);
        assertThat(Gate.requiring(BALL, .4).judge(invalid).verdict()).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(Gate.requiring(BALL, .6).judge(invalid).verdict()).isEqualTo(Verdict.FAIL);
        assertThat(Gate.requiring(BALL, .4).judge(raised(WarningSign.FLAT_LOSS)).verdict())
                .isEqualTo(Verdict.PASS);
    }

    @Test
    void aSuspicionCanBeForbidden() {
        Gate strict = Gate.requiring(BALL, .4).forbidding(Trust.SUSPECT);
        assertThat(strict.judge(raised(WarningSign.FLAT_LOSS)).judgements().get(1))
                .isEqualTo(new Judgement.OfEvaluation(
                        "the evaluation is not suspect",
                        Verdict.FAIL,
                        "it is suspect: flat-loss",
                        Trust.SUSPECT,
                        List.of(WarningSign.FLAT_LOSS)));
        assertThat(strict.judge(raised(WarningSign.FLAT_LOSS)).verdict()).isEqualTo(Verdict.FAIL);
        assertThat(strict.judge(raised(WarningSign.NONDETERMINISTIC)).verdict()).isEqualTo(Verdict.FAIL);
        assertThat(strict.judge(Runs.run(100, 50)).verdict()).isEqualTo(Verdict.PASS);
        assertThat(Gate.requiring(BALL, .4)
                        .forbidding(Trust.INVALID)
                        .judge(raised(WarningSign.FLAT_LOSS))
                        .verdict())
                .isEqualTo(Verdict.PASS);
    }

    @Test
    void aModelIsComparedWithItsBaselineExampleByExample() {
        Requirement same = new Requirement.NoWorseThan(BALL, Runs.run(1000, 500), .02);
        assertThat(same.judge(Runs.run(1000, 500)).verdict()).isEqualTo(Verdict.PASS);
        assertThat(same.judge(Runs.run(1000, 400)).verdict()).isEqualTo(Verdict.FAIL);
        Judgement.OfModel unclear = same.judge(Runs.run(1000, 480));
        assertThat(unclear.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(unclear.ids()).containsExactly(480, 481, 482);
        // the same accuracies on other examples would be far less certain
        Judgement.Measurement difference = unclear.measurement().orElseThrow();
        assertThat(difference.upper() - difference.lower()).isLessThan(.02);
        assertThat(unclear.advice()).get().asString().startsWith("The difference is too close");
        // nothing lost and nothing gained: 1.96 * sqrt(2) / (n + 2) has to be .02
        Judgement.OfModel few = new Requirement.NoWorseThan(BALL, Runs.run(100, 50), .02).judge(Runs.run(100, 50));
        assertThat(few.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(few.advice())
                .get()
                .asString()
                .startsWith("About 137 examples in common")
                .contains("but the data set has only 100;");
        assertThat(new Requirement.NoWorseThan(BALL, Runs.sample(100, 50, 137), .02)
                        .judge(Runs.sample(100, 50, 137))
                        .advice())
                .get()
                .asString()
                .endsWith("if the difference stays the same.");
        assertThat(noWorse(137)).isEqualTo(Verdict.PASS);
        assertThat(noWorse(136)).isEqualTo(Verdict.INCONCLUSIVE);
    }

    private static Verdict noWorse(int examples) {
        return new Requirement.NoWorseThan(BALL, Runs.run(examples, 50), .02)
                .judge(Runs.run(examples, 50))
                .verdict();
    }

    @Test
    void theExactTestIsThatOfAFairCoin() {
        assertThat(Comparison.probability(0, 0)).isEqualTo(1);
        assertThat(Comparison.probability(5, 5)).isEqualTo(1);
        // 2 * (1 + 6) / 2^6
        assertThat(Comparison.probability(1, 5)).isCloseTo(.21875, within(1e-12));
        assertThat(Comparison.probability(10, 0)).isCloseTo(2 * Math.pow(.5, 10), within(1e-12));
        // 2000 coins would overflow the plain powers: 950 heads or fewer are 2.29 deviations away
        assertThat(Comparison.probability(950, 1050)).isCloseTo(.0268, within(1e-3));
    }

    @Test
    void theIntervalOfTheDifferenceCoversItAsOftenAsItSays() {
        SplittableRandom random = new SplittableRandom(7);
        int covered = 0;
        int trials = 2000;
        for (int trial = 0; trial < trials; trial++) {
            int lost = 0;
            int gained = 0;
            for (int i = 0; i < 200; i++) {
                double u = random.nextDouble();
                lost += u < .1 ? 1 : 0;
                gained += u >= .1 && u < .14 ? 1 : 0;
            }
            RobustnessReport before = Runs.run(200, 100);
            int[] order = IntStream.concat(
                            IntStream.range(lost, 100),
                            IntStream.concat(IntStream.range(100, 200), IntStream.range(0, lost)))
                    .toArray();
            Comparison comparison =
                    Comparison.of(before, Runs.run(order, 100 - lost + gained, "digits", List.of()), BALL);
            assertThat(comparison.lost()).hasSize(lost);
            assertThat(comparison.gained()).hasSize(gained);
            covered += comparison.lower() <= -.06 && -.06 <= comparison.upper() ? 1 : 0;
        }
        // 95 % of 2000, within four standard deviations of 9.7
        assertThat(covered).as("seed 7").isBetween(1861, 1939);
    }

    @Test
    void refusesWhatTheReportDoesNotHold() {
        refuses(LpBall.l2(1), "The report has no L2; it was run in L-infinity.");
        refuses(LpBall.linf(.1), "The report has no epsilon 0.1; it was run with 0, 0.03137.");
    }

    @Test
    void refusesABudgetThatTheTimeLimitLeftWithoutAnyFinishedAttack() {
        for (boolean minimalNorm : new boolean[] {false, true}) {
            assertThatThrownBy(
                            () -> Gate.requiring(LpBall.linf(.3), .5).judge(Runs.endedBeforeAnyAttack(10, minimalNorm)))
                    .isInstanceOf(GauntletException.class)
                    .hasMessage(
                            "The report has no epsilon 0.3: the run ended at its time limit before any attack finished, so only the clean accuracy is known; raise the limit.");
            assertThat(standing(Runs.endedBeforeAnyAttack(10, minimalNorm), LpBall.linf(0)))
                    .isEqualTo(1);
        }
    }

    private static void refuses(LpBall ball, String message) {
        assertThatThrownBy(() -> Gate.requiring(ball, .5).judge(Runs.run(10, 5)))
                .isInstanceOf(GauntletException.class)
                .hasMessage(message);
    }

    @Test
    void refusesToCompareWhatCannotBeCompared() {
        RobustnessReport other = Runs.run(new int[] {0, 1}, 1, "letters", List.of());
        assertThatThrownBy(() -> Comparison.of(Runs.run(10, 5), other, BALL))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("their data set differ: digits and letters");
        RobustnessReport elsewhere = Runs.run(new int[] {20, 21}, 1, "digits", List.of());
        assertThatThrownBy(() -> Comparison.of(Runs.run(10, 5), elsewhere, BALL))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("no example in common");
    }

    @Test
    void limitedEvaluationsCanBeForbiddenAndNothingElseAsked() {
        RobustnessReport limited = raised(WarningSign.FEW_EXAMPLES);
        RobustnessReport suspect = raised(WarningSign.FLAT_LOSS);
        assertThat(limited.trust()).isEqualTo(Trust.LIMITED);

        assertThat(Gate.forbiddingOnly(Trust.LIMITED).judge(limited).verdict()).isEqualTo(Verdict.FAIL);
        assertThat(Gate.forbiddingOnly(Trust.SUSPECT).judge(limited).verdict()).isEqualTo(Verdict.PASS);
        assertThat(Gate.forbiddingOnly(Trust.LIMITED).judge(suspect).verdict()).isEqualTo(Verdict.FAIL);
        RobustnessReport quiet = Runs.run(
                IntStream.range(0, 100).toArray(),
                50,
                "digits",
                List.of(Diagnostic.measured(WarningSign.FEW_EXAMPLES, false, 100, 50, "100 images.")));
        assertThat(Gate.forbiddingOnly(Trust.LIMITED).judge(quiet).verdict()).isEqualTo(Verdict.PASS);
        // no signs were measured
        assertThat(Gate.forbiddingOnly(Trust.LIMITED).judge(Runs.run(100, 50)).verdict())
                .isEqualTo(Verdict.FAIL);
        assertThatThrownBy(() -> new Gate(List.of(), Optional.empty())).isInstanceOf(GauntletException.class);
    }

    @Test
    void refusesThresholdsThatAreNoShares() {
        for (double share : new double[] {-.1, 1.1, 40, Double.NaN}) {
            assertThatThrownBy(() -> Gate.requiring(BALL, share))
                    .isInstanceOf(GauntletException.class)
                    .hasMessageContaining("got " + share);
        }
        assertThatThrownBy(() -> Gate.requiring(BALL, .4).forbidding(Trust.TRUSTWORTHY))
                .isInstanceOf(GauntletException.class);
    }

    private static RobustnessReport raised(WarningSign indicator) {
        return Runs.run(
                IntStream.range(0, 100).toArray(),
                50,
                "digits",
                List.of(Diagnostic.measured(indicator, true, 1, 0, "It was seen.")));
    }

    @ParameterizedTest
    @CsvSource({"0, 0.015, PASS", "0.01, 0.03, INCONCLUSIVE", "0.025, 0.06, FAIL"})
    void theOverstatementIsJudgedByItsInterval(double lower, double upper, Verdict verdict) {
        RobustnessReport report = Runs.probed(
                Runs.run(100, 60),
                new Overstatement(
                        BALL.epsilon(), 60, 0, 100, List.of(new Overstatement.Probe("square", 60, 0)), lower, upper));
        Gate gate = new Gate(List.of(new Requirement.MaximumOverstatement(.02)), Optional.empty());

        assertThat(gate.judge(report).verdict()).isEqualTo(verdict);
    }

    @ParameterizedTest
    @CsvSource({"0.5, PASS", "0.6, INCONCLUSIVE", "0.75, FAIL"})
    void theCertifiedAccuracyIsJudgedByItsInterval(double minimum, Verdict verdict) {
        RobustnessReport report = Runs.certified(Runs.run(100, 80), 62);
        Gate gate = new Gate(List.of(new Requirement.MinimumCertifiedAccuracy(BALL, minimum)), Optional.empty());
        Judgement judgement = gate.judge(report).judgements().get(0);

        assertThat(judgement.verdict()).isEqualTo(verdict);
        assertThat(judgement.evidence())
                .isEqualTo(
                        "62.00 % (62 of 100), 95 % interval 52.21 - 70.90 %; 18 undecided, 20 broken, 0 misclassified when clean");
        if (verdict == Verdict.FAIL) {
            assertThat(judgement.explanation())
                    .last()
                    .isEqualTo(
                            "A more precise method, such as complete, may certify some of those that are undecided.");
        }
    }

    @Test
    void aCertifiedAccuracyNeedsCertificatesAndAnEpsilon() {
        Requirement required = new Requirement.MinimumCertifiedAccuracy(BALL, .5);
        assertThatThrownBy(() -> required.judge(Runs.run(100, 80)))
                .hasMessage("The report has no certificates; evaluate the model with them.");
        RobustnessReport report = Runs.certified(Runs.run(100, 80), 62);
        assertThatThrownBy(() -> new Requirement.MinimumCertifiedAccuracy(LpBall.linf(0), .5).judge(report))
                .hasMessage("At epsilon 0 nothing is certified; require a robust accuracy there.");
        assertThatThrownBy(() -> new Requirement.MinimumCertifiedAccuracy(LpBall.linf(.2), .5).judge(report))
                .hasMessageStartingWith("The report has no epsilon 0.2; it was run with 0, ");
        assertThatThrownBy(() -> new Requirement.MinimumCertifiedAccuracy(BALL, 50))
                .hasMessageStartingWith("The required certified accuracy must be in [0,1]");
    }

    @Test
    void anUnknownOverstatementIsInconclusive() {
        Gate gate = new Gate(List.of(new Requirement.MaximumOverstatement(.02)), Optional.empty());

        Gate.Decision decision = gate.judge(Runs.run(100, 60));
        assertThat(decision.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(decision.judgements().get(0).explanation())
                .containsExactly("no stronger attack was considered.", "Evaluate with gradients and with diagnostics.");
        assertThatThrownBy(() -> new Requirement.MaximumOverstatement(1.1))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("1.1");
    }
}
