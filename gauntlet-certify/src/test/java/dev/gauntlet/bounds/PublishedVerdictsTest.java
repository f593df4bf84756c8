package dev.gauntlet.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.certify.Certificate;
import dev.gauntlet.certify.Certificate.Standing;
import dev.gauntlet.certify.Certification;
import dev.gauntlet.certify.Certifier;
import dev.gauntlet.certify.ProvedAccuracy;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import dev.gauntlet.data.DatasetLoader;
import dev.gauntlet.data.NamedDataset;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.InputSpec;
import dev.gauntlet.onnx.OnnxModels;
import dev.gauntlet.threat.LpBall;
import dev.gauntlet.torch.Models;
import dev.gauntlet.torch.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Networks whose robustness on images of MNIST others have decided. */
class PublishedVerdictsTest {
    private static Dataset digits() {
        return DatasetLoader.of(Map.of("GAUNTLET_DATA", Fixtures.data().toString()))
                .withoutDownloads()
                .loadTest(NamedDataset.MNIST);
    }

    private static Classifier wongAndKolter() {
        Path file = Fixtures.folder("mipverify").resolve("WK17a_linf0.1_master_seed_1_epochs_100.pth");
        return Models.load(
                file,
                Optional.of(Network.parse(
                        "conv 16 k4 s2 p1, relu, conv 32 k4 s2 p1, relu, flatten, linear 100, relu, linear 10")));
    }

    @Test
    void decidesImagesOfMipverify() {
        // an exact verifier found no adversarial example for 0 and 1, one at .0940014 for 8, and a mistake at 247
        Batch batch = digits().batch(new int[] {0, 1, 8, 247});
        try (Classifier model = wongAndKolter();
                Certification certification = new BranchAndBound(Duration.ofSeconds(60)).open(model)) {
            assertThat(certification.certify(batch, LpBall.linf(0.1)).stream().map(Certificate::standing))
                    .containsExactly(Standing.CERTIFIED, Standing.CERTIFIED, Standing.BROKEN, Standing.MISTAKE);
        }
    }

    @Test
    void bracketsTheNearestAdversarialExample() {
        assertNearest(0.085, 0.096);
    }

    @Test
    @Tag("hours")
    void bracketsTheNearestAdversarialExampleClosely() {
        assertNearest(0.0930, 0.0941);
    }

    /** An exact verifier found the nearest adversarial example of image 8 at .0940014. */
    private static void assertNearest(double certified, double broken) {
        Batch batch = digits().batch(new int[] {8});
        try (Classifier model = wongAndKolter();
                Certification certification = new BranchAndBound(Duration.ofMinutes(2)).open(model)) {
            assertThat(certification
                            .certify(batch, LpBall.linf(certified))
                            .get(0)
                            .standing())
                    .isEqualTo(Standing.CERTIFIED);
            assertThat(certification.certify(batch, LpBall.linf(broken)).get(0).standing())
                    .isEqualTo(Standing.BROKEN);
        }
    }

    @Test
    @Tag("hours")
    void leavesNoImageUndecidedOfTheNetworkThatAnExactVerifierDecided() {
        Dataset data = digits();
        List<Certificate> certificates = new ArrayList<>();
        try (Classifier model = wongAndKolter();
                Certification certification = new BranchAndBound(Duration.ofMinutes(2)).open(model)) {
            for (int from = 0; from < data.size(); from += 500) {
                int[] ids =
                        IntStream.range(from, Math.min(data.size(), from + 500)).toArray();
                certificates.addAll(certification.certify(data.batch(ids), LpBall.linf(0.1)));
            }
        }
        ProvedAccuracy counts = ProvedAccuracy.of(certificates);
        assertThat(counts.undecided()).isZero();
        assertThat(counts.certified()).isEqualTo(9562);
    }

    /** Wong and Kolter 2018 published a certified error of at most 5.8 % at .1; their bounds are those of the same slope. */
    @Test
    @Tag("hours")
    void certifiesWhatTheAuthorsOfARobustNetworkPublished() {
        String folder = System.getenv("GAUNTLET_CONFORMANCE");
        assumeTrue(folder != null, "GAUNTLET_CONFORMANCE is not set");
        Dataset data = digits();
        List<Certificate> certificates = new ArrayList<>();
        try (Classifier model = OnnxModels.whiteBox(
                        Path.of(folder, "wong-kolter-cnn", "model.onnx"),
                        InputSpec.RAW,
                        data.batch(new int[] {0, 1, 2, 3}));
                Certification certification = GraphCertification.open(
                        new Crown(),
                        model,
                        (graph, batch, region, ball) -> Certificates.of(
                                batch,
                                new LinearBounds(graph, region, batch.labels())
                                        .byPasses(Slope.SAME)
                                        .proved()))) {
            for (int from = 0; from < data.size(); from += 500) {
                int[] ids =
                        IntStream.range(from, Math.min(data.size(), from + 500)).toArray();
                certificates.addAll(certification.certify(data.batch(ids), LpBall.linf(0.1)));
            }
        }
        double error = 1 - (double) ProvedAccuracy.of(certificates).certified() / data.size();
        assertThat(error).isBetween(0.057, 0.059);
    }

    private static int decided(String network, Certifier certifier, int stride) throws IOException {
        Path folder = Fixtures.folder("vnncomp2021-verivital");
        Dataset data = digits();
        List<String[]> rows = Files.readAllLines(folder.resolve("ground_truth.csv")).stream()
                .map(line -> line.split(",", -1))
                .filter(line -> line[0].equals(network))
                .toList();
        int decided = 0;
        try (Classifier model = OnnxModels.whiteBox(
                        folder.resolve(network), InputSpec.RAW, data.batch(new int[] {0, 1, 2, 3}));
                Certification certification = certifier.open(model)) {
            for (int i = 0; i < rows.size(); i += stride) {
                String[] row = rows.get(i);
                Batch batch = data.batch(new int[] {Integer.parseInt(row[2])});
                assertThat(batch.labels()).containsExactly(Integer.parseInt(row[3]));
                Standing standing = certification
                        .certify(batch, LpBall.linf(Double.parseDouble(row[4])))
                        .get(0)
                        .standing();
                if (standing == Standing.CERTIFIED) {
                    assertThat(row[5]).as(row[1]).isNotEqualTo("violated");
                }
                if (standing == Standing.BROKEN || standing == Standing.MISTAKE) {
                    assertThat(row[5]).as(row[1]).isNotEqualTo("robust");
                }
                decided += standing == Standing.UNDECIDED ? 0 : 1;
            }
        }
        return decided;
    }

    @Test
    void agreesOnConvolutionsWithAveragePools() throws IOException {
        assertThat(decided("Convnet_avgpool.onnx", new Crown(), 5)).isPositive();
    }

    @Test
    void agreesOnConvolutionsWithMaxPools() throws IOException {
        assertThat(decided("Convnet_maxpool.onnx", new Crown(), 10)).isPositive();
    }

    @Test
    @Tag("hours")
    void decidesNearlyAllPropertiesOfPools() throws IOException {
        Certifier complete = new BranchAndBound(Duration.ofSeconds(60));
        int decided = decided("Convnet_avgpool.onnx", complete, 1) + decided("Convnet_maxpool.onnx", complete, 1);
        assertThat(decided).isGreaterThanOrEqualTo(55);
    }
}
