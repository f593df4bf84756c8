package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.attack.AutoAttack;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.bounds.Intervals;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.Trust;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.evaluate.RobustnessReport;
import dev.gauntlet.model.TrainingHistory;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.torch.Guard;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import dev.gauntlet.torch.objective.FastAdversarial;
import dev.gauntlet.torch.objective.IntervalBounds;
import dev.gauntlet.torch.objective.LearningRateSchedule;
import dev.gauntlet.torch.objective.Trades;
import dev.gauntlet.torch.objective.TrainingObjective;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Networks trained against an adversary on MNIST reach the published accuracies, and one that only seems to is found out. */
@Tag("published")
class DefendedNetworksTest {
    /** The images of a sample that is large enough for bounds of a few percent. */
    private static final int SAMPLE = 1000;

    private static TrainTest mnist() {
        String data = System.getenv(DatasetLoader.ENVIRONMENT_VARIABLE);
        assumeTrue(data != null, "skipped: GAUNTLET_DATA names no folder with MNIST");
        return DatasetLoader.standard().withFolder(Path.of(data)).load(NamedDataset.MNIST);
    }

    private static Trainer trainer(int epochs, int batch, double rate, TrainingObjective objective) {
        return new Trainer(epochs, batch, rate, 0).withObjective(objective).withSchedule(LearningRateSchedule.TRIANGLE);
    }

    private static RobustnessReport evaluate(NetworkClassifier model, Dataset test, Pgd pgd, double epsilon) {
        return Evaluator.on(LocalRunner.onAllProcessors())
                .evaluate(model, test, Plan.linf(pgd, epsilon).withExamples(SAMPLE));
    }

    private static double rate(RobustnessReport report, int budget) {
        return report.results().get(budget).accuracy().rate();
    }

    /** Returns the accuracy on all test images after the epoch that was kept. */
    private static double clean(NetworkClassifier model) {
        TrainingHistory history = model.card().training().orElseThrow();
        TrainingHistory.Epoch kept =
                history.epochs().get(history.defense().orElseThrow().keptEpoch() - 1);
        return (double) kept.testCorrect() / kept.testExamples();
    }

    @Test
    void aFullyConnectedNetworkHoldsAtATenth() {
        TrainTest data = mnist();
        try (NetworkClassifier model = trainer(5, 128, 0.001, FastAdversarial.within(0.1))
                .train(Network.parse("mlp"), data.train(), data.test(), TrainingListener.NONE)) {
            RobustnessReport report = evaluate(model, data.test(), Pgd.defaults(), 0.1);
            assertThat(clean(model)).isGreaterThanOrEqualTo(0.975);
            assertThat(rate(report, 1)).isGreaterThanOrEqualTo(0.86);
        }
    }

    @Test
    void aConvolutionalNetworkHoldsAtThreeTenths() {
        TrainTest data = mnist();
        try (NetworkClassifier model = trainer(10, 100, 0.005, FastAdversarial.within(0.3))
                .train(Network.parse("wong"), data.train(), data.test(), TrainingListener.NONE)) {
            assertThat(model.card()
                            .training()
                            .orElseThrow()
                            .defense()
                            .orElseThrow()
                            .findings())
                    .isEmpty();
            RobustnessReport report = evaluate(model, data.test(), Pgd.defaults(), 0.3);
            assertThat(clean(model)).isGreaterThanOrEqualTo(0.983);
            assertThat(rate(report, 1)).isGreaterThanOrEqualTo(0.88);
        }
    }

    /** Takes some 18 CPU minutes. */
    @Test
    @Tag("hours")
    void tradesHoldsUnderAutoAttack() {
        TrainTest data = mnist();
        try (NetworkClassifier model = trainer(16, 100, 0.005, new Trades(0.33, 7, 2.5 / 7, 1, 0.2))
                .train(Network.parse("wong"), data.train(), data.test(), TrainingListener.NONE)) {
            RobustnessReport report = Evaluator.on(LocalRunner.onAllProcessors())
                    .evaluate(
                            model,
                            data.test(),
                            Plan.whiteBox(Norm.LINF, AutoAttack.standard(Norm.LINF), 0.3)
                                    .withExamples(SAMPLE));
            assertThat(rate(report, 1)).isGreaterThanOrEqualTo(0.86);
        }
    }

    /** The start clamped to [0,1] destroys the training on MNIST. */
    @Test
    void aNetworkThatOnlyAnswersSingleStepsIsFoundOut() {
        TrainTest data = mnist();
        Trainer clamped = trainer(4, 100, 0.005, new FastAdversarial(0.3, 1.25, true));
        List<TrainingHistory.Watched> watched = new ArrayList<>();
        // watches without ever acting
        Trainer alone = clamped.withGuard(new Guard(500, 10, 1, 1, 1));
        try (NetworkClassifier model =
                alone.train(Network.parse("wong"), data.train(), data.test(), new TrainingListener() {
                    @Override
                    public void watched(TrainingHistory.Watched measured) {
                        watched.add(measured);
                    }
                })) {
            assertThat(watched).as("a network that answers FGSM only").anySatisfy(measured -> {
                assertThat(measured.fgsm()).isGreaterThanOrEqualTo(425);
                assertThat(measured.pgd()).isLessThanOrEqualTo(50);
            });
            assertThat(rate(evaluate(model, data.test(), Pgd.defaults(), 0.3), 1))
                    .as("the best of it")
                    .isLessThanOrEqualTo(0.2);
            RobustnessReport fgsm = Evaluator.on(LocalRunner.onAllProcessors())
                    .evaluate(
                            model,
                            data.test(),
                            Plan.linf(Fgsm.defaults(), 0.3)
                                    .withExamples(200)
                                    .withDiagnostics(
                                            DiagnosticsBudget.AUTOMATIC.withEffort(DiagnosticsBudget.Effort.FULL)));
            assertThat(fgsm.trust()).isEqualTo(Trust.SUSPECT);
            assertThat(fgsm.diagnostics())
                    .filteredOn(Diagnostic::raised)
                    .extracting(Diagnostic::indicator)
                    .contains(WarningSign.NOT_CONVERGED);
        }
        List<String> findings = new ArrayList<>();
        try (NetworkClassifier model = clamped.withEpochs(6)
                .train(Network.parse("wong"), data.train(), data.test(), new TrainingListener() {
                    @Override
                    public void finding(String finding) {
                        findings.add(finding);
                    }
                })) {
            assertThat(findings).isNotEmpty().first().asString().startsWith("Catastrophic overfitting in epoch");
            assertThat(rate(evaluate(model, data.test(), Pgd.defaults(), 0.3), 1))
                    .as("trained back")
                    .isGreaterThanOrEqualTo(0.8);
        }
    }

    @Test
    void aNetworkTrainedOnItsBoundsIsCertified() {
        TrainTest data = mnist();
        try (NetworkClassifier model = trainer(10, 256, 0.001, IntervalBounds.within(0.1))
                .train(Network.parse("mlp"), data.train(), data.test(), TrainingListener.NONE)) {
            long certified;
            try (Certification certification = new Intervals().open(model)) {
                certified = certification
                        .certify(
                                data.test()
                                        .batch(IntStream.range(0, data.test().size())
                                                .toArray()),
                                new LpBall(Norm.LINF, 0.1))
                        .stream()
                        .filter(certificate -> certificate.standing() == Certificate.Standing.CERTIFIED)
                        .count();
            }
            assertThat((double) certified / data.test().size()).isGreaterThanOrEqualTo(0.78);
        }
    }
}
