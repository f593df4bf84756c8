package dev.gauntlet.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.GauntletException;
import dev.gauntlet.RandomKey;
import dev.gauntlet.attack.Fgsm;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certificate.Standing;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.certify.Certifiers;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.evaluate.Plan;
import dev.gauntlet.model.Logits;
import dev.gauntlet.request.Certificates;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BranchAndBoundTest {
    private static final BranchAndBound COMPLETE = new BranchAndBound(Duration.ofMinutes(5));

    /** Draws images and takes the model's own answers for the labels. */
    private static Batch images(ReluModel model, int inputs, int count, long seed) {
        SplittableRandom random = RandomKey.of(seed).with("images").generator();
        float[] pixels = new float[count * inputs];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble();
        }
        ImageShape shape = new ImageShape(inputs, 1, 1);
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) {
            ids[i] = i;
        }
        Logits logits = model.logits(new Batch(shape, ids, new int[count], pixels));
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = logits.prediction(i);
        }
        return new Batch(shape, ids, labels, pixels);
    }

    private static List<Certificate> certify(Certifier certifier, ReluModel model, Batch batch, LpBall ball) {
        try (Certification certification = certifier.open(model)) {
            return certification.certify(batch, ball);
        }
    }

    private static LpBall ball(Norm norm, double radius) {
        return new LpBall(norm, norm == Norm.LINF ? radius : 3 * radius);
    }

    @ParameterizedTest
    @EnumSource(value = Norm.class, names = "LINF")
    void decidesEveryImageOfSmallNetworks(Norm norm) {
        int broken = 0;
        int certifiedByDividing = 0;
        for (int seed = 0; seed < 6; seed++) {
            ReluModel model = ReluModel.random(seed, 0.7, 6, 12, 10, 3);
            Batch batch = images(model, 6, 12, seed);
            for (Certificate certificate : certify(COMPLETE, model, batch, ball(norm, 0.1))) {
                assertThat(certificate.standing()).isIn(Standing.CERTIFIED, Standing.BROKEN);
                broken += certificate.standing() == Standing.BROKEN ? 1 : 0;
                certifiedByDividing +=
                        certificate.standing() == Standing.CERTIFIED && certificate.domains() > 1 ? 1 : 0;
            }
        }
        assertThat(broken).isPositive();
        assertThat(certifiedByDividing).isPositive();
    }

    @ParameterizedTest
    @EnumSource(
            value = Norm.class,
            names = {"LINF", "L2", "L1"})
    void neverCertifiesAnImageWithAMisclassifiedNeighbour(Norm norm) {
        SplittableRandom random = RandomKey.of(7).generator();
        List<Certifier> certifiers = List.of(new Intervals(), new Crown(), new BranchAndBound(Duration.ofSeconds(1)));
        for (int seed = 0; seed < 8; seed++) {
            ReluModel model = ReluModel.random(100 + seed, 0.7, 4, 10, 8, 3);
            Batch batch = images(model, 4, 6, seed);
            LpBall ball = ball(norm, 0.02 + 0.02 * seed);
            List<List<Certificate>> all = new ArrayList<>();
            certifiers.forEach(certifier -> all.add(certify(certifier, model, batch, ball)));
            for (int trial = 0; trial < 300; trial++) {
                float[] moved = batch.pixels().clone();
                for (int row = 0; row < batch.size(); row++) {
                    float[] change = new float[moved.length];
                    norm.sample(random, change, row * 4, 4, ball.epsilon());
                    for (int i = row * 4; i < (row + 1) * 4; i++) {
                        moved[i] += change[i];
                    }
                    norm.project(batch.pixels(), moved, row * 4, 4, ball.epsilon());
                }
                Logits logits = model.logits(batch.withPixels(moved));
                for (int row = 0; row < batch.size(); row++) {
                    if (logits.prediction(row) != batch.labels()[row]) {
                        for (List<Certificate> certificates : all) {
                            assertThat(certificates.get(row).standing()).isNotEqualTo(Standing.CERTIFIED);
                        }
                    }
                }
            }
        }
    }

    @Test
    void givesCounterexamplesWithinTheBall() {
        for (int seed = 0; seed < 5; seed++) {
            ReluModel model = ReluModel.random(seed, 0.7, 6, 12, 10, 3);
            Batch batch = images(model, 6, 10, seed);
            LpBall ball = LpBall.linf(0.15);
            List<Certificate> certificates = certify(COMPLETE, model, batch, ball);
            for (int row = 0; row < batch.size(); row++) {
                Certificate certificate = certificates.get(row);
                assertThat(certificate.id()).isEqualTo(row);
                if (certificate.standing() == Standing.BROKEN) {
                    float[] image = certificate.counterexample().orElseThrow();
                    Batch clean = batch.select(new int[] {row});
                    assertThat(ball.allows(Norm.LINF.distance(clean.pixels(), image, 0, 6)))
                            .isTrue();
                    assertThat(model.logits(clean.withPixels(image)).prediction(0))
                            .isNotEqualTo(clean.labels()[0]);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Norm.class,
            names = {"LINF", "L2", "L1"})
    void whereTheBoundsAreExactTheirLowestPointsBreakWhatIsNotCertified(Norm norm) {
        int broken = 0;
        int certified = 0;
        for (int seed = 0; seed < 10; seed++) {
            ReluModel model = ReluModel.random(seed, 0.7, 6, 4);
            // far enough from black and white that the pixels limit no ball
            Batch drawn = images(model, 6, 10, seed);
            float[] pixels = drawn.pixels();
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = 0.4f + 0.2f * pixels[i];
            }
            Batch batch = drawn.withPixels(pixels);
            for (Certificate certificate : certify(new Crown(), model, batch, ball(norm, 0.05))) {
                assertThat(certificate.standing()).isNotEqualTo(Standing.UNDECIDED);
                broken += certificate.standing() == Standing.BROKEN ? 1 : 0;
                certified += certificate.standing() == Standing.CERTIFIED ? 1 : 0;
            }
        }
        assertThat(broken).isPositive();
        assertThat(certified).isPositive();
    }

    @ParameterizedTest
    @EnumSource(
            value = Norm.class,
            names = {"LINF", "L2", "L1"})
    void lessIsCertifiedWithinALargerBall(Norm norm) {
        Certifier complete = new BranchAndBound(Optional.empty(), 5000, 0);
        int changes = 0;
        for (int seed = 0; seed < 5; seed++) {
            ReluModel model = ReluModel.random(seed, 0.7, 5, 8, 6, 3);
            Batch batch = images(model, 5, 8, seed);
            boolean[] isUncertified = new boolean[batch.size()];
            for (int step = 1; step <= 6; step++) {
                List<Certificate> certificates = certify(complete, model, batch, ball(norm, 0.04 * step));
                for (int row = 0; row < batch.size(); row++) {
                    Standing standing = certificates.get(row).standing();
                    // this ball contains the smaller ones
                    assertThat(standing == Standing.CERTIFIED && isUncertified[row])
                            .as("network %d, image %d, step %d", seed, row, step)
                            .isFalse();
                    changes += standing != Standing.CERTIFIED && !isUncertified[row] && step > 1 ? 1 : 0;
                    isUncertified[row] |= standing != Standing.CERTIFIED;
                }
            }
        }
        assertThat(changes).isPositive();
    }

    @Test
    void certifiesWhateverAWeakerMethodCertifies() {
        ReluModel model = ReluModel.random(3, 0.7, 8, 16, 12, 4);
        Batch batch = images(model, 8, 30, 3);
        LpBall ball = LpBall.linf(0.03);
        List<Certificate> byIntervals = certify(new Intervals(), model, batch, ball);
        List<Certificate> byPasses = certify(new Crown(), model, batch, ball);
        List<Certificate> complete = certify(COMPLETE, model, batch, ball);

        for (int row = 0; row < batch.size(); row++) {
            if (byIntervals.get(row).standing() == Standing.CERTIFIED) {
                assertThat(byPasses.get(row).standing()).isEqualTo(Standing.CERTIFIED);
            }
            if (byPasses.get(row).standing() == Standing.CERTIFIED) {
                assertThat(complete.get(row).standing()).isEqualTo(Standing.CERTIFIED);
            }
            assertThat(byPasses.get(row).lowerBound())
                    .isGreaterThanOrEqualTo(byIntervals.get(row).lowerBound());
        }
    }

    @Test
    void doesNotDependOnTheOtherImagesOfABatch() {
        ReluModel model = ReluModel.random(5, 0.7, 8, 16, 12, 4);
        Batch batch = images(model, 8, 12, 5);
        LpBall ball = LpBall.linf(0.05);
        List<Certificate> together = certify(COMPLETE, model, batch, ball);

        for (int row = 0; row < batch.size(); row++) {
            Certificate alone = certify(COMPLETE, model, batch.select(new int[] {row}), ball)
                    .get(0);
            assertThat(alone.standing()).isEqualTo(together.get(row).standing());
        }
    }

    @Test
    void leavesAnImageUndecidedWhenTheTimeIsUp() {
        ReluModel model = ReluModel.random(1, 0.5, 30, 60, 60, 60, 4);
        Batch batch = images(model, 30, 20, 1);
        List<Certificate> certificates =
                certify(new BranchAndBound(Duration.ofNanos(1)), model, batch, LpBall.linf(0.05));

        assertThat(certificates)
                .anySatisfy(certificate -> assertThat(certificate.standing()).isEqualTo(Standing.UNDECIDED));
    }

    @Test
    void aLimitOfDomainsLeavesTheSameImagesUndecidedEveryTime() {
        ReluModel model = ReluModel.random(1, 0.5, 30, 60, 60, 60, 4);
        Batch batch = images(model, 30, 8, 1);
        Certifier limited = Certifiers.parse("complete:domains=8");
        List<Certificate> certificates = certify(limited, model, batch, LpBall.linf(0.05));

        assertThat(limited).isEqualTo(new BranchAndBound(Optional.empty(), 8, 0));
        assertThat(Certifiers.written(limited)).isEqualTo("complete:domains=8");
        assertThat(certificates)
                .anySatisfy(certificate -> assertThat(certificate.standing()).isEqualTo(Standing.UNDECIDED));
        assertThat(certificates)
                // a batch has at most 64 domains
                .allSatisfy(certificate -> assertThat(certificate.domains()).isLessThan(8 + 64));
        assertThat(certify(limited, model, batch, LpBall.linf(0.05)))
                .usingRecursiveComparison()
                .isEqualTo(certificates);
    }

    @Test
    void anEvaluationRefusesATimeLimit() {
        assertThatThrownBy(() -> Plan.linf(Fgsm.defaults(), 0.1)
                        .withCertificates(Certificates.Moment.AFTER, new BranchAndBound(Duration.ofSeconds(1))))
                .isInstanceOf(GauntletException.class)
                .hasMessage(
                        "The method complete has a time limit, so a second run could give another record; use another limit.");
    }

    @Test
    void isFoundByNameWithItsOptions() {
        assertThat(Certifiers.all()).containsExactly(new Intervals(), new Crown(), new BranchAndBound());
        assertThat(Certifiers.parse("crown")).isEqualTo(new Crown());
        assertThat(Certifiers.written(new BranchAndBound()))
                .isEqualTo("complete:domains=" + BranchAndBound.DEFAULT_DOMAINS);
        assertThatThrownBy(() -> Certifiers.parse("interval"))
                .hasMessage("Unknown certifier 'interval'; did you mean intervals? Known: intervals, crown, complete.");
        assertThatThrownBy(() -> Certifiers.parse("intervals:domains=3"))
                .hasMessage("Unknown option of intervals 'domains'. Known: bisections.");
        assertThat(Certifiers.parse("crown:bisections=10")).isEqualTo(new Crown(10));
        assertThat(Certifiers.written(new Intervals(3))).isEqualTo("intervals:bisections=3");
        assertThat(Certifiers.written(new BranchAndBound(Optional.empty(), 5, 3)))
                .isEqualTo("complete:bisections=3,domains=5");
        assertThatThrownBy(() -> Certifiers.parse("crown:bisections=-1"))
                .hasMessage("The number of bisections must be from 0 to 30, got -1.");
        assertThatThrownBy(() -> Certifiers.parse("crown:bisections=few"))
                .hasMessage("Option bisections of crown must be a whole number, got 'few'.");
        assertThatThrownBy(() -> Certifiers.parse("complete:domain=3"))
                .hasMessage("Unknown option of complete 'domain'; did you mean domains? Known: domains, bisections.");
    }

    @Test
    void countsMistakesApart() {
        ReluModel model = ReluModel.random(2, 0.7, 6, 8, 3);
        Batch batch = images(model, 6, 4, 2);
        int[] labels = batch.labels().clone();
        labels[1] = (labels[1] + 1) % 3;
        Batch wrong = new Batch(batch.shape(), batch.ids(), labels, batch.pixels());

        assertThat(certify(new Crown(), model, wrong, LpBall.linf(0.001)).get(1))
                .isEqualTo(Certificate.mistake(1));
    }

    @Test
    void refusesWhatItCannotCertify() {
        ReluModel model = ReluModel.random(2, 0.7, 6, 8, 3);
        Batch batch = images(model, 6, 4, 2);

        assertThatThrownBy(() -> new BranchAndBound(Duration.ZERO))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("time limit must be longer than 0");
        assertThatThrownBy(() -> certify(new Crown(), model, batch, LpBall.l0(3)))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("The method crown does not certify in L0; it certifies in L-infinity, L2, L1.");
        assertThatThrownBy(() ->
                        certify(new Crown(), model, images(ReluModel.random(2, 1, 5, 3), 5, 1, 0), LpBall.linf(0.1)))
                .isInstanceOf(GauntletException.class)
                .hasMessageContaining("takes 6 numbers");
    }
}
