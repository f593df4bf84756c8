package dev.gauntlet.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.Attack;
import dev.gauntlet.attack.Attacks;
import dev.gauntlet.bounds.BranchAndBound;
import dev.gauntlet.bounds.Crown;
import dev.gauntlet.bounds.Intervals;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.evaluate.Evaluator;
import dev.gauntlet.evaluate.LocalRunner;
import dev.gauntlet.evaluate.Outcomes;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.request.DiagnosticsBudget;
import dev.gauntlet.testkit.ArrayDataset;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attacks and certificates check each other on published networks: no attack breaks what a certifier certified. */
@Tag("hours")
class CertifiedNetworksTest {
    private static final int IMAGES = 200;

    private static final List<Certifier> CERTIFIERS =
            List.of(new Intervals(), new Crown(), new BranchAndBound(Optional.empty(), 64, 0));

    private static final List<LpBall> BALLS = List.of(
            LpBall.linf(0.005), LpBall.linf(0.02), LpBall.linf(0.1), LpBall.l2(0.1), LpBall.l2(0.5), LpBall.l1(0.5));

    @ParameterizedTest
    @ValueSource(strings = {"lenet5-standard", "lenet5-pgd", "trades-smallcnn", "wong-kolter-cnn"})
    void noAttackBreaksACertifiedImage(String network) {
        PublishedNetworks networks = PublishedNetworks.require();
        int certified = 0;
        try (DifferentiableClassifier model = networks.load(network)) {
            for (LpBall ball : BALLS) {
                NavigableSet<Integer> rows = certified(model, networks.images(), ball);
                if (!rows.isEmpty()) {
                    requireUnbroken(network, model, networks.images(), ball, rows);
                }
                certified += rows.size();
            }
        }
        assertThat(certified).isPositive();
    }

    /** Returns the images that a certifier certifies for 32-bit arithmetic. */
    private static NavigableSet<Integer> certified(DifferentiableClassifier model, Dataset images, LpBall ball) {
        NavigableSet<Integer> found = new TreeSet<>();
        for (Certifier certifier : CERTIFIERS) {
            try (Certification certification = certifier.open(model)) {
                for (int from = 0; from < IMAGES; from += 20) {
                    Batch batch = images.batch(IntStream.range(from, from + 20).toArray());
                    certification.certify(batch, ball).stream()
                            .filter(Certificate::inFloat32)
                            .map(Certificate::id)
                            .forEach(found::add);
                }
            }
        }
        return found;
    }

    private static void requireUnbroken(
            String network, DifferentiableClassifier model, Dataset images, LpBall ball, NavigableSet<Integer> rows) {
        Norm norm = ball.norm();
        List<Attack<? super DifferentiableClassifier>> attacks = Attacks.all().stream()
                .filter(attack -> attack.norms().contains(norm))
                .toList();
        Batch certified = images.batch(rows.stream().mapToInt(Integer::intValue).toArray());
        Outcomes outcomes = Evaluator.on(LocalRunner.onAllProcessors())
                .evaluate(
                        model,
                        new ArrayDataset(images.shape(), images.classes(), certified.labels(), certified.pixels()),
                        Plan.whiteBox(norm, attacks, ball.epsilon())
                                .withDiagnostics(DiagnosticsBudget.AUTOMATIC.withEffort(DiagnosticsBudget.Effort.OFF)))
                .outcomes();
        assertThat(outcomes.robust(1)).as("%s, %s", network, ball).isEqualTo(rows.size());
    }
}
