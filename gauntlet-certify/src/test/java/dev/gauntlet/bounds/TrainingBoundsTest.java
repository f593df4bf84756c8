package dev.gauntlet.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.RandomKey;
import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.DataOrigin;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.InMemoryDataset;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.threat.Norm;
import dev.gauntlet.torch.Network;
import dev.gauntlet.torch.NetworkClassifier;
import dev.gauntlet.torch.Trainer;
import dev.gauntlet.torch.TrainingBounds;
import dev.gauntlet.torch.TrainingListener;
import dev.gauntlet.torch.objective.CrownIntervalBounds;
import dev.gauntlet.torch.objective.FastAdversarial;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bounds on which networks are trained are those of the certificates, but for 32-bit rounding. */
class TrainingBoundsTest {
    private static final ImageShape SHAPE = new ImageShape(1, 8, 8);
    private static final int CLASSES = 4;
    private static final float RADIUS = 0.05f;

    /** Images with a bright band whose place tells the class. */
    private static Dataset bands(int size, long seed) {
        SplittableRandom random = RandomKey.of(seed).generator();
        byte[] labels = new byte[size];
        byte[] pixels = new byte[size * SHAPE.size()];
        for (int i = 0; i < pixels.length; i++) {
            int label = i / SHAPE.size() % CLASSES;
            labels[i / SHAPE.size()] = (byte) label;
            int bright = i % SHAPE.size() / (SHAPE.size() / CLASSES) == label ? 120 : 0;
            pixels[i] = (byte) (bright + random.nextInt(120));
        }
        return new InMemoryDataset(
                new DataOrigin("bands", "sample", "built in", Map.of(), Optional.empty()),
                SHAPE,
                List.of("a", "b", "c", "d"),
                labels,
                pixels);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "flatten, linear 4",
                "flatten, linear 24, relu, linear 16, relu, linear 4",
                "conv 4 k3 s2 p1, relu, conv 6 k3 p1, relu, average-pool 2, flatten, linear 12, relu, linear 4",
                "conv 4 k3 p1, relu, pool 2, conv 6 k2 s2, relu, flatten, linear 12, sigmoid, linear 4",
                "conv 4 k3 p1, relu, pool 3 s2 p1, relu, global-average-pool, linear 9, tanh, linear 4",
                "conv 4 k3 s2, relu, flatten, linear 4"
            })
    void equalThoseOfCertificatesOnATrainedNetwork(String description) {
        Dataset data = bands(200, 1);
        Network network = Network.parse(description, SHAPE);
        try (NetworkClassifier model = new Trainer(2, 20, 0.005, 0)
                        .withObjective(CrownIntervalBounds.within(RADIUS))
                        .train(network, data, bands(20, 2), TrainingListener.NONE);
                PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                BoundGraph graph = BoundGraph.of("trained", model.layerGraph().orElseThrow())) {
            Batch batch = bands(30, 3).batch(IntStream.range(0, 30).toArray());
            for (boolean linear : new boolean[] {false, true}) {
                float[] found = TrainingBounds.worstLogits(model, batch, RADIUS, linear);
                double[] expected = margins(graph, batch, linear);
                double largest = 0;
                for (int row = 0; row < batch.size(); row++) {
                    for (int k = 0, rank = 0; k < CLASSES; k++) {
                        float worst = found[row * CLASSES + k];
                        if (k == batch.labels()[row]) {
                            assertThat(worst).isZero();
                        } else {
                            double margin = expected[row * (CLASSES - 1) + rank++];
                            assertThat((double) worst)
                                    .as("%s, image %d, class %d, linear %s", description, row, k, linear)
                                    .isEqualTo(-margin, within(1e-5 * Math.max(1, Math.abs(margin))));
                            largest = Math.max(largest, Math.abs(margin));
                        }
                    }
                }
                assertThat(largest).isGreaterThan(0.01);
            }
        }
    }

    /** Networks with batch normalizations and residual blocks, whose graph has sums. */
    @Test
    void trainedBlocksAreCertified() {
        Network network = Network.parse(
                "conv 4 k3 s2 p1, bn, relu, residual(conv 4 k3 p1, bn, relu, conv 4 k3 p1, bn), relu, "
                        + "residual(conv 6 k3 s2 p1, bn, relu | conv 6 k1 s2), flatten, linear 4",
                SHAPE);
        Dataset test = bands(20, 2);
        try (NetworkClassifier model = new Trainer(4, 20, 0.005, 0)
                .withObjective(FastAdversarial.within(RADIUS))
                .train(network, bands(200, 1), test, TrainingListener.NONE)) {
            Batch batch = test.batch(IntStream.range(0, 20).toArray());
            float[] logits = model.logits(batch).values();
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard();
                    BoundGraph graph =
                            BoundGraph.of("blocks", model.layerGraph().orElseThrow())) {
                double[] found = Doubles.read(graph.logits(Doubles.of(batch.pixels(), batch.size(), SHAPE.size())));
                for (int i = 0; i < logits.length; i++) {
                    assertThat(found[i]).isEqualTo(logits[i], within(1e-4 * Math.max(1, Math.abs(logits[i]))));
                }
            }
            try (Certification certification = new Crown().open(model)) {
                assertThat(certification.certify(batch, new LpBall(Norm.LINF, 0.01)))
                        .filteredOn(certificate -> certificate.standing() == Certificate.Standing.CERTIFIED)
                        .hasSizeGreaterThan(5);
            }
        }
    }

    private static double[] margins(BoundGraph graph, Batch batch, boolean linear) {
        Region region = Region.unlimited(Doubles.of(batch.pixels(), batch.size(), SHAPE.size()), Norm.LINF, RADIUS);
        Bounds bounds = Bounds.of(graph, region, Precision.IGNORED, null);
        Relaxation relaxation = linear ? new SlopeRelaxation(Slope.ADAPTIVE) : IntervalRelaxation.INSTANCE;
        return Doubles.read(new Backward(graph, bounds, relaxation, false)
                .lower(graph.output(), Rows.margins(batch.labels(), CLASSES)));
    }
}
