package dev.gauntlet.bounds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.Apgd;
import dev.gauntlet.attack.FixedBudgetAttack;
import dev.gauntlet.attack.Pgd;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certificate.Standing;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.data.TrainTest;
import dev.gauntlet.model.DifferentiableClassifier;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingListener;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attacks and certificates check each other: no image is both certified and broken. */
class CertificatesAndAttacksTest {
    private static final List<Certifier> CERTIFIERS =
            List.of(new Intervals(), new Crown(), new BranchAndBound(Duration.ofMillis(100)));

    private static final List<FixedBudgetAttack<DifferentiableClassifier>> ATTACKS =
            List.of(Pgd.defaults(), Apgd.defaults());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mlp:784-60-10",
                "mlp:784-40-30-10",
                "conv 4 k4 s2 p1, relu, conv 8 k4 s2 p1, relu, flatten, linear 20, relu, linear 10",
                "conv 4 k5, pool 2, relu, flatten, linear 20, relu, linear 10",
                "conv 4 k5 s2, relu, average-pool 2, flatten, linear 10",
                "flatten, linear 30, sigmoid, linear 10",
                "flatten, linear 20, tanh, linear 20, relu, linear 10"
            })
    void noImageIsBothCertifiedAndBroken(String network) {
        TrainTest digits = DatasetLoader.of(Map.of()).withoutDownloads().load(NamedDataset.DIGITS);
        Dataset test = digits.test();
        Batch batch = test.batch(IntStream.range(0, 16).toArray());
        int certified = 0;
        int broken = 0;
        try (DifferentiableClassifier model = Trainer.defaults()
                .withEpochs(1)
                .train(Network.parse(network), digits.train(), test, TrainingListener.NONE)) {
            for (LpBall ball : List.of(LpBall.linf(0.01), LpBall.linf(0.1), LpBall.l2(0.5), LpBall.l1(2))) {
                boolean[] isBroken = new boolean[batch.size()];
                for (FixedBudgetAttack<DifferentiableClassifier> attack : ATTACKS) {
                    AttackResult result = attack.prepare(model, Problem.of(batch, ball.norm()))
                            .within(ball.epsilon());
                    for (int row = 0; row < isBroken.length; row++) {
                        isBroken[row] |= result.success()[row];
                    }
                }
                for (Certifier certifier : CERTIFIERS) {
                    try (Certification certification = certifier.open(model)) {
                        List<Certificate> certificates = certification.certify(batch, ball);
                        for (int row = 0; row < isBroken.length; row++) {
                            boolean isCertified = certificates.get(row).standing() == Standing.CERTIFIED;
                            assertThat(isCertified && isBroken[row])
                                    .as("%s, %s, image %d", certifier.name(), ball, row)
                                    .isFalse();
                            certified += isCertified ? 1 : 0;
                        }
                    }
                }
                for (boolean one : isBroken) {
                    broken += one ? 1 : 0;
                }
            }
        }
        assertThat(certified).isPositive();
        assertThat(broken).isPositive();
    }
}
