package dev.gauntlet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.data.Batch;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.LinearCertifier.Kind;
import dev.gauntlet.evaluate.shard.ShardResult;
import dev.gauntlet.evaluate.shard.ShardTask;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.Access;
import dev.gauntlet.request.AttackGoal;
import dev.gauntlet.request.AttackRef;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.request.Certificates.Moment;
import dev.gauntlet.request.DataRef;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.request.EvaluationRequest;
import dev.gauntlet.request.Execution;
import dev.gauntlet.request.Limits;
import dev.gauntlet.request.ModelRef;
import dev.gauntlet.request.Sampling;
import dev.gauntlet.request.Threat;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.testkit.LinearModel;
import dev.gauntlet.testkit.ScriptedAttack;
import dev.gauntlet.testkit.WireRunner;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.threat.Targeted;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CertificatesTest {
    private static final Evaluator EVALUATOR = Evaluator.on(new WireRunner(1));

    /** Class 1 wins where the first pixel exceeds a half. */
    private static final LinearModel MODEL = new LinearModel(new double[][] {{0, 0}, {8, 0}}, 0, -4);

    /** Examples of class 1 at the distances 1/32, 3/32, ..., 15/32 from the threshold, and a mistake. */
    private static final ArrayDataset DATA = data(9);

    private static final double[] EPSILONS = {.1, .25, .4};

    /** How many of the eight are within reach of each budget. */
    private static final int[] BREAKABLE = {2, 4, 6};

    @TempDir
    private Path folder;

    private static ArrayDataset data(int size) {
        int[] labels = new int[size];
        Arrays.fill(labels, 1);
        return ArrayDataset.of(
                2,
                labels,
                IntStream.range(0, size)
                        .mapToObj(i -> new float[] {i % 9 == 8 ? .25f : .5f + (2 * (i % 9) + 1) / 32f, .5f})
                        .toArray(float[][]::new));
    }

    private static Plan<DifferentiableClassifier> plan(
            List<? extends Attack<? super DifferentiableClassifier>> attacks, Moment moment, Kind kind) {
        return Plan.whiteBox(Norm.LINF, attacks, EPSILONS).withCertificates(moment, new LinearCertifier(kind));
    }

    /** Finds nothing, and notes on which examples it was run. */
    private static ScriptedAttack blind(Set<Integer> attacked) {
        return new ScriptedAttack((model, problem) -> epsilon -> {
            Arrays.stream(problem.clean().ids()).forEach(attacked::add);
            return new AttackResult(
                    problem.clean().pixels(), new boolean[problem.clean().size()]);
        });
    }

    @ParameterizedTest
    @EnumSource(Moment.class)
    void attacksAndCertificatesMeetWhereBothAreExact(Moment moment) {
        RobustnessReport report = EVALUATOR.evaluate(MODEL, DATA, plan(List.of(Fgsm.defaults()), moment, Kind.BLUNT));

        for (int budget = 1; budget <= EPSILONS.length; budget++) {
            int broken = BREAKABLE[budget - 1];
            assertThat(report.proved(budget)).contains(new ProvedAccuracy(9, 1, broken, 8 - broken, 8 - broken, 0));
            assertThat(report.results().get(budget).accuracy().successes()).isEqualTo(8 - broken);
        }
        assertThat(report.proved(0)).isEmpty();
        assertThat(report.certificates().orElseThrow().certified()).containsExactly(0, 0, 1, 1, 2, 2, 3, 3, 0);
        // the examples that fall at the smallest budget were tried with no other
        assertThat(report.certificates().orElseThrow().domains())
                .isEqualTo(
                        moment == Moment.FIRST
                                ? new long[] {1, 1, 2, 2, 3, 3, 3, 3, 0}
                                : new long[] {0, 0, 1, 1, 2, 2, 3, 3, 0});
        assertThat(report.attacks()).hasSize(1);
        assertThat(report.plan().name()).isEqualTo("fgsm");
    }

    @ParameterizedTest
    @EnumSource(Moment.class)
    void bisectionsFindTheLargestCertifiedEpsilon(Moment moment) {
        for (Kind kind : List.of(Kind.BLUNT, Kind.EXACT)) {
            Plan<DifferentiableClassifier> plan = Plan.whiteBox(Norm.LINF, List.of(Fgsm.defaults()), EPSILONS)
                    .withCertificates(moment, new LinearCertifier(kind, 8));
            CertificateRecord record =
                    EVALUATOR.evaluate(MODEL, DATA, plan).certificates().orElseThrow();

            assertThat(record.certified()).containsExactly(0, 0, 1, 1, 2, 2, 3, 3, 0);
            for (int i = 0; i < 8; i++) {
                double exact = (2 * i + 1) / 32.0;
                int budget = record.certified()[i];
                double below = budget == 0 ? 0 : EPSILONS[budget - 1];
                if (budget == EPSILONS.length) {
                    assertThat(record.radius()[i]).isEqualTo(.4);
                } else if (budget == 0 && moment == Moment.AFTER) {
                    // an attack broke the example with every budget, so nothing was tried
                    assertThat(record.radius()[i]).isZero();
                } else {
                    double step = (EPSILONS[budget] - below) / 256;
                    assertThat(record.radius()[i]).isBetween(exact - step - 1e-6, exact);
                }
            }
            assertThat(record.radius()[8]).isZero();
        }
    }

    @Test
    void withoutBisectionsTheLargestCertifiedEpsilonIsABudget() {
        RobustnessReport report =
                EVALUATOR.evaluate(MODEL, DATA, plan(List.of(Fgsm.defaults()), Moment.FIRST, Kind.BLUNT));

        assertThat(report.certificates().orElseThrow().radius()).containsExactly(0, 0, .1, .1, .25, .25, .4, .4, 0);
    }

    @Test
    void whatIsCertifiedFirstIsNotAttacked() {
        Set<Integer> attacked = new TreeSet<>();
        Set<Integer> all = new TreeSet<>();
        RobustnessReport first =
                EVALUATOR.evaluate(MODEL, DATA, plan(List.of(blind(attacked)), Moment.FIRST, Kind.BLUNT));
        RobustnessReport after = EVALUATOR.evaluate(MODEL, DATA, plan(List.of(blind(all)), Moment.AFTER, Kind.BLUNT));

        // two are certified with every budget, the last is a mistake
        assertThat(attacked).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(all).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(first.proved(2))
                .contains(new ProvedAccuracy(9, 1, 0, 4, 4, 4))
                .isEqualTo(after.proved(2));
    }

    @ParameterizedTest
    @EnumSource(Moment.class)
    void whatTheCertifierBreaksCounts(Moment moment) {
        RobustnessReport report =
                EVALUATOR.evaluate(MODEL, DATA, plan(List.of(blind(new TreeSet<>())), moment, Kind.EXACT));

        for (int budget = 1; budget <= EPSILONS.length; budget++) {
            int broken = BREAKABLE[budget - 1];
            assertThat(report.proved(budget)).contains(new ProvedAccuracy(9, 1, broken, 8 - broken, 8 - broken, 0));
            assertThat(report.outcomes().successes(budget, 1)).isEqualTo(broken);
        }
        assertThat(report.attacks())
                .extracting(RobustnessReport.AttackRecord::name)
                .containsExactly("scripted", "linear");
        assertThat(report.plannedAttacks()).hasSize(1);
        assertThat(report.attacks().get(1).forwards()).isPositive();
        assertThat(report.gallery()).isNotEmpty();
    }

    @Test
    void whereEverythingIsDecidedAUselessAttackDoesNotMatter() {
        RobustnessReport report =
                EVALUATOR.evaluate(MODEL, data(108), plan(List.of(blind(new TreeSet<>())), Moment.AFTER, Kind.EXACT));

        assertThat(report.trust()).isEqualTo(Trust.TRUSTWORTHY);
        assertThat(sign(report, WarningSign.PLANTED_MISSED).finding())
                .isEqualTo(
                        "Every image is broken or certified at every epsilon, so it does not matter whether an attack failed.");
        assertThat(report.probes().overstatement().orElseThrow().statement())
                .isEqualTo(
                        "Every image that withstands the attacks at epsilon 0.25 is certified, so nothing is overstated.");
    }

    @Test
    void strongerAttacksAreTriedOnWhatIsUndecidedAlone() {
        RobustnessReport report = EVALUATOR.evaluate(
                MODEL,
                DATA,
                plan(List.of(blind(new TreeSet<>())), Moment.AFTER, Kind.BLUNT)
                        .withDiagnostics(DiagnosticsBudget.AUTOMATIC.withEffort(DiagnosticsBudget.Effort.FULL)));

        Overstatement known = report.probes().overstatement().orElseThrow();
        // the budget in focus is the largest, at which the blind attack leaves everything
        int focus = report.focus();
        assertThat(known.certified()).isEqualTo(8 - BREAKABLE[focus - 1]);
        assertThat(known.robust()).isEqualTo(BREAKABLE[focus - 1]);
        assertThat(known.probes().get(0).broken())
                .isEqualTo(known.probes().get(0).examined());
    }

    @Test
    void certificatesTakeNothingFromWhatTheDiagnosticsMaySpend() {
        Plan<DifferentiableClassifier> plan = Plan.whiteBox(Norm.LINF, List.of(Fgsm.defaults()), .1);
        RobustnessReport report = EVALUATOR.evaluate(
                MODEL, data(108), plan.withCertificates(Moment.FIRST, new LinearCertifier(Kind.BLUNT)));
        RobustnessReport.AttackRecord attack = report.attacks().get(0);
        ResultDiagnostics results =
                new ResultDiagnostics(report.attacks(), report.results(), report.outcomes(), report.certificates());

        // 72 of the 96 that are right are certified and not attacked
        assertThat(report.proved(1)).contains(new ProvedAccuracy(108, 12, 24, 72, 72, 0));
        assertThat(results.passesOfAttacks(true)).isEqualTo(4 * (attack.forwards() + attack.backwards()));
        assertThat(results.passesOfAttacks(false)).isEqualTo(attack.forwards() + attack.backwards());
    }

    @Test
    void aSuccessInACertifiedBallStopsTheRun() {
        // with a larger budget the attack is run, because only the smallest is certified, and finds a nearer success
        ScriptedAttack near = new ScriptedAttack((model, problem) -> epsilon -> {
            float[] pixels = problem.clean().pixels().clone();
            boolean[] success = new boolean[problem.clean().size()];
            for (int row = 0; row < success.length; row++) {
                pixels[2 * row] = .5f;
                success[row] = true;
            }
            return new AttackResult(pixels, success);
        });
        assertThatThrownBy(() -> EVALUATOR.evaluate(
                        MODEL,
                        data(1),
                        Plan.whiteBox(Norm.LINF, List.of(near), .1, .2)
                                .withCertificates(Moment.FIRST, new LyingUpTo(.1))))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "Example 0 is certified at epsilon 0.1, but scripted found an adversarial example at distance 0.03125. This is an error in Gauntlet; please report it.");
    }

    @Test
    void afterTheAttacksWhatIsBrokenIsNotCertified() {
        Plan<DifferentiableClassifier> plan = Plan.whiteBox(Norm.LINF, List.of(Fgsm.defaults()), .1)
                .withCertificates(Moment.AFTER, new LinearCertifier(Kind.LYING));

        assertThat(EVALUATOR.evaluate(MODEL, DATA, plan).proved(1)).contains(new ProvedAccuracy(9, 1, 2, 6, 6, 0));
    }

    @Test
    void aCertifierThatLeavesOutAnExampleIsRefused() {
        assertThatThrownBy(() -> EVALUATOR.evaluate(
                        MODEL,
                        data(3),
                        Plan.whiteBox(Norm.LINF, List.of(Fgsm.defaults()), .1)
                                .withCertificates(Moment.FIRST, new LinearCertifier(Kind.SILENT))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The certifier linear gave certificates for the examples [] instead of [0, 1, 2].");
    }

    /** Certifies everything up to an epsilon, and nothing beyond. */
    private record LyingUpTo(double epsilon) implements Certifier {
        @Override
        public String name() {
            return "lying";
        }

        @Override
        public String title() {
            return "a lie";
        }

        @Override
        public Set<Norm> norms() {
            return Set.of(Norm.LINF);
        }

        @Override
        public Certification open(Classifier model) {
            Certification lying = new LinearCertifier(Kind.LYING).open(model);
            Certification blunt = new LinearCertifier(Kind.BLUNT).open(model);
            return new Certification() {
                @Override
                public List<Certificate> certify(Batch batch, LpBall ball) {
                    return (ball.epsilon() <= epsilon ? lying : blunt).certify(batch, ball);
                }

                @Override
                public void close() {
                    lying.close();
                    blunt.close();
                }
            };
        }
    }

    @Test
    void aCertificateForExactArithmeticYieldsToASuccess() {
        RobustnessReport report =
                EVALUATOR.evaluate(MODEL, DATA, plan(List.of(Fgsm.defaults()), Moment.FIRST, Kind.IN_THEORY));

        // all were attacked, and what was broken does not count as certified
        assertThat(report.results())
                .extracting(result -> result.accuracy().successes())
                .containsExactly(8, 6, 4, 2);
        assertThat(report.proved(2)).contains(new ProvedAccuracy(9, 1, 4, 4, 0, 0));
    }

    @Test
    void aCounterexampleThatIsNotTheTargetDoesNotCount() {
        LinearModel three = new LinearModel(new double[][] {{0, 0}, {8, 0}, {-100, 0}}, 0, -4, -50);
        ArrayDataset data = ArrayDataset.of(3, new int[] {1, 1}, new float[] {.5625f, .5f}, new float[] {.875f, .5f});
        RobustnessReport report = EVALUATOR.evaluate(
                three,
                data,
                plan(List.of(new Pgd(3, .5, false, 1, .99, Pgd.defaults().loss())), Moment.AFTER, Kind.EXACT)
                        .withCriterion(new Targeted(List.of(2, 2, 2))));

        assertThat(report.outcomes().successes(1)).isZero();
        assertThat(report.proved(1)).contains(new ProvedAccuracy(2, 0, 0, 1, 1, 1));
    }

    @ParameterizedTest
    @EnumSource(Moment.class)
    void workersBlocksAndOrderChangeNothing(Moment moment) {
        Plan<DifferentiableClassifier> plan = Plan.whiteBox(
                        Norm.LINF, List.of(Fgsm.defaults(), Pgd.defaults()), EPSILONS)
                .withCertificates(moment, new LinearCertifier(Kind.EXACT, 3))
                .withShardSize(7);
        RobustnessReport alone = EVALUATOR.evaluate(MODEL, data(120), plan);

        assertThat(Evaluator.on(new WireRunner(3)).evaluate(MODEL, data(120), plan))
                .usingRecursiveComparison()
                .ignoringFields("timing")
                .isEqualTo(alone);
        // with limits it works in blocks
        RobustnessReport inBlocks =
                EVALUATOR.withLimits(Limits.NONE.withTime(Duration.ofHours(1))).evaluate(MODEL, data(120), plan);
        assertThat(inBlocks.certificates())
                .usingRecursiveComparison()
                .ignoringFields("value.forwards")
                .isEqualTo(alone.certificates());
        assertThat(inBlocks.results()).isEqualTo(alone.results());
    }

    @Test
    void aJournalKeepsCertificates() {
        Plan<DifferentiableClassifier> plan =
                plan(List.of(Fgsm.defaults()), Moment.FIRST, Kind.EXACT).withShardSize(4);
        AtomicInteger certified = new AtomicInteger();
        Consumer<ShardTask> count = task -> {
            if (task.work() instanceof ShardTask.Certify) {
                certified.incrementAndGet();
            }
        };
        RobustnessReport undisturbed = Evaluator.on(new Watched(count))
                .withJournal(folder, examples -> {})
                .evaluate(MODEL, DATA, plan);
        int tasks = certified.get();
        assertThat(tasks).isGreaterThan(1);

        RobustnessReport again = Evaluator.on(new Watched(count))
                .withJournal(folder, examples -> {})
                .evaluate(MODEL, DATA, plan);
        assertThat(certified).hasValue(tasks);
        assertThat(again).usingRecursiveComparison().ignoringFields("timing").isEqualTo(undisturbed);
        assertThatThrownBy(() -> EVALUATOR
                        .withJournal(folder, examples -> {})
                        .evaluate(
                                MODEL,
                                DATA,
                                plan(List.of(Fgsm.defaults()), Moment.AFTER, Kind.EXACT)
                                        .withShardSize(4)))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("is of another plan");
    }

    /** Tells which tasks are computed. */
    private record Watched(Consumer<ShardTask> watch) implements Runner {
        @Override
        public void run(StageTasks stage, Consumer<ShardResult> sink) {
            stage.tasks().forEach(watch);
            new WireRunner(1).run(stage, sink);
        }

        @Override
        public int workers() {
            return 1;
        }
    }

    @ParameterizedTest
    @EnumSource(Moment.class)
    void certificatesThatTheTimeDoesNotSufficeForAreNotCounted(Moment moment) {
        RobustnessReport report = Evaluator.on(new NoTimeFor())
                .withLimits(Limits.NONE.withTime(Duration.ofHours(1)))
                .evaluate(MODEL, DATA, plan(List.of(Fgsm.defaults()), moment, Kind.EXACT));

        assertThat(report.certificates()).isEmpty();
        assertThat(report.ending().reason()).isEqualTo(Completion.Reason.TIME_LIMIT);
        assertThat(report.ending().explanation())
                .isEqualTo(
                        moment == Moment.FIRST
                                ? "The time limit was reached before the first attack (fgsm) was finished; only the clean accuracy is known, on all 9 images."
                                : "The time limit was reached before all attacks and certificates were finished; the accuracies are upper bounds by fgsm on all 9 images. Not counted: the certificates.");
        assertThat(report.results()).hasSize(moment == Moment.FIRST ? 1 : 4);
    }

    /** Has no time to certify. */
    private record NoTimeFor() implements Runner {
        @Override
        public void run(StageTasks stage, Consumer<ShardResult> sink) {
            for (ShardTask task : stage.tasks()) {
                sink.accept(
                        task.work() instanceof ShardTask.Certify
                                ? new ShardResult(task.id(), new ShardResult.TimeIsUp())
                                : stage.here().compute(task));
            }
        }

        @Override
        public int workers() {
            return 1;
        }
    }

    @Test
    void aRequestNamesItsCertifier() {
        EvaluationRequest request = new EvaluationRequest(
                        ModelRef.InProcess.of(MODEL.card()),
                        DataRef.InProcess.of(DATA.origin()),
                        Sampling.ALL,
                        new Threat(List.of(LpBall.linf(.25)), new AttackGoal.AnyError()),
                        List.of(AttackRef.parse("fgsm")),
                        Access.WHITE_BOX,
                        DiagnosticsBudget.AUTOMATIC,
                        Limits.NONE,
                        Execution.AUTOMATIC)
                .withCertificates(new Certificates(Moment.FIRST, "linear:kind=blunt"));
        RobustnessReport report = EVALUATOR.evaluate(MODEL, DATA, request);

        assertThat(report.proved(1)).contains(new ProvedAccuracy(9, 1, 4, 4, 4, 0));
        assertThat(report.request().certificates()).isEqualTo(request.certificates());
        assertThat(report.certificates().orElseThrow().method()).isEqualTo("linear");
        assertThatThrownBy(() -> request.withCertificates(new Certificates(Moment.FIRST, "linaer"))
                        .knownCertifier())
                .hasMessage("Unknown certifier 'linaer'; did you mean linear? Known: linear.");
        assertThatThrownBy(() -> Plan.whiteBox(Norm.L2, List.of(Pgd.defaults()), .5)
                        .withCertificates(Moment.FIRST, new LinearCertifier()))
                .hasMessage("The method linear does not certify in L2; it certifies in L-infinity.");
        assertThatThrownBy(() -> Plan.whiteBox(Norm.LINF, List.of(Pgd.defaults()))
                        .withCertificates(Moment.FIRST, new LinearCertifier()))
                .hasMessage("Certificates need an epsilon above 0; without one, omit them.");
    }

    @Test
    void aModelThatCannotBeCertifiedIsRefusedBeforeTheAttacks() {
        Set<Integer> attacked = new TreeSet<>();
        assertThatThrownBy(() -> EVALUATOR.evaluate(
                        MODEL,
                        DATA,
                        Plan.whiteBox(Norm.LINF, List.of(blind(attacked)), .1)
                                .withCertificates(Moment.AFTER, new Refusing())))
                .hasMessage("cannot be certified");
        assertThat(attacked).isEmpty();
    }

    private record Refusing() implements Certifier {
        @Override
        public String name() {
            return "refusing";
        }

        @Override
        public String title() {
            return "nothing";
        }

        @Override
        public Set<Norm> norms() {
            return Set.of(Norm.LINF);
        }

        @Override
        public Certification open(Classifier model) {
            throw new GauntletException("cannot be certified");
        }
    }

    private static Diagnostic sign(RobustnessReport report, WarningSign sign) {
        Optional<Diagnostic> found = report.diagnostics().stream()
                .filter(diagnostic -> diagnostic.indicator() == sign)
                .findFirst();
        return found.orElseThrow();
    }
}
