package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gauntlet.GauntletException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NamedDatasetTest {
    @Test
    void areFoundByTheirNames() {
        for (NamedDataset dataset : NamedDataset.values()) {
            assertThat(NamedDataset.parse(dataset.id())).isEqualTo(dataset);
            assertThat(dataset.classes()).hasSize(10);
        }
        assertThat(NamedDataset.parse("Fashion-MNIST")).isEqualTo(NamedDataset.FASHION_MNIST);
        assertThatThrownBy(() -> NamedDataset.parse("mnsit"))
                .isInstanceOf(GauntletException.class)
                .hasMessage("Unknown data set 'mnsit'; did you mean mnist? Known: mnist, fashion-mnist, digits.");
    }

    @Test
    void knowTheSizesAndSumsOfTheirFiles() {
        for (NamedDataset dataset : List.of(NamedDataset.MNIST, NamedDataset.FASHION_MNIST)) {
            Release release = dataset.release().orElseThrow();
            assertThat(release.files())
                    .hasSize(4)
                    .allSatisfy(file -> assertThat(List.of(file.sha256(true), file.sha256(false)))
                            .doesNotHaveDuplicates()
                            .allMatch(sum -> sum.matches("[0-9a-f]{64}")));
            assertThat(release.files().map(PublishedFile::name))
                    .containsExactly(
                            "train-images-idx3-ubyte.gz",
                            "train-labels-idx1-ubyte.gz",
                            "t10k-images-idx3-ubyte.gz",
                            "t10k-labels-idx1-ubyte.gz");
            assertThat(release.files().map(PublishedFile::plainSize))
                    .containsExactly(47040016L, 60008L, 7840016L, 10008L);
            assertThat(release.mirrors()).hasSize(2).allSatisfy(mirror -> {
                assertThat(mirror.getScheme()).isEqualTo("https");
                assertThat(mirror.getPath()).endsWith("/");
            });
        }
        assertThat(NamedDataset.DIGITS.release()).isEmpty();
    }

    @Test
    void theRealMNISTIsTheOneOfWhichEverybodyKnowsMeanAndDeviation() {
        TrainTest data = loadReal(NamedDataset.MNIST);
        assertThat(meanAndDeviation(data.train())).containsExactly(new double[] {.1307, .3081}, within(5e-5));
        assertThat(IntStream.range(0, 10).map(data.test()::label)).containsExactly(7, 2, 1, 0, 4, 1, 4, 9, 5, 9);
        assertThat(data.test().size()).isEqualTo(10_000);
    }

    @Test
    void theRealFashionMNISTIsTheOneOfWhichEverybodyKnowsMeanAndDeviation() {
        TrainTest data = loadReal(NamedDataset.FASHION_MNIST);
        assertThat(meanAndDeviation(data.train())).containsExactly(new double[] {.2860, .3530}, within(5e-5));
        assertThat(data.test().classes().get(data.test().label(0))).isEqualTo("Ankle boot");
        assertThat(IntStream.range(0, 10_000)
                        .filter(id -> data.test().label(id) == 5)
                        .count())
                .isEqualTo(1000);
    }

    private static TrainTest loadReal(NamedDataset dataset) {
        assumeTrue(
                System.getenv(DatasetLoader.ENVIRONMENT_VARIABLE) != null,
                "GAUNTLET_DATA names no folder with the real data sets");
        return DatasetLoader.standard().withoutDownloads().load(dataset);
    }

    private static double[] meanAndDeviation(Dataset data) {
        double sum = 0;
        double squares = 0;
        float[] pixels = new float[data.shape().size()];
        for (int id = 0; id < data.size(); id++) {
            data.copyPixels(id, pixels, 0);
            for (float pixel : pixels) {
                sum += pixel;
                squares += (double) pixel * pixel;
            }
        }
        double n = (double) data.size() * pixels.length;
        return new double[] {sum / n, Math.sqrt(squares / n - sum / n * (sum / n))};
    }
}
