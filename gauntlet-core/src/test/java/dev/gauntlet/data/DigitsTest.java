package dev.gauntlet.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DigitsTest {
    @TempDir
    private Path cache;

    private final List<String> drawn = new ArrayList<>();
    private Digits digits;

    @BeforeEach
    void countDrawings() {
        digits = new Digits(
                (seed, split, count) -> {
                    drawn.add("%d %s %d".formatted(seed, split, count));
                    return DigitsGenerator.generate(seed, split, count);
                },
                30,
                20);
    }

    @Test
    void areDrawnOnceAndThenReadFromTheCache() {
        Dataset fresh = load(Split.TEST);
        Dataset cached = load(Split.TEST);
        assertThat(drawn).containsExactly("0 test 20");
        assertThat(cached.origin()).isEqualTo(fresh.origin());
        assertSame(cached, fresh);
        assertThat(cache.resolve("digits-v1"))
                .isDirectoryContaining("glob:**/t10k-images-idx3-ubyte.gz")
                .isDirectoryContaining("glob:**/t10k-labels-idx1-ubyte.gz")
                .isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void haveTwoDifferentParts() {
        Dataset train = load(Split.TRAIN);
        Dataset test = load(Split.TEST);
        assertThat(drawn).containsExactly("0 train 30", "0 test 20");
        assertThat(train.size()).isEqualTo(30);
        assertThat(test.size()).isEqualTo(20);
        assertThat(train.batch(0).pixels()).isNotEqualTo(test.batch(0).pixels());
    }

    @Test
    void tellWhatTheyAre() throws IOException {
        DataOrigin origin = load(Split.TEST).origin();
        assertThat(origin.name()).isEqualTo("digits");
        assertThat(origin.split()).isEqualTo("test");
        assertThat(origin.location()).isEqualTo("built in");
        assertThat(origin.notice()).isEmpty();
        assertThat(origin.sha256()).containsOnlyKeys("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
        assertThat(digits.load(cache, Split.TEST, Optional.of("beware"))
                        .origin()
                        .notice())
                .contains("beware");
        // in the format of the command sha256sum
        assertThat(cache.resolve("digits-v1/test.sha256"))
                .hasContent("%s  t10k-images-idx3-ubyte\n%s  t10k-labels-idx1-ubyte\n"
                        .formatted(origin.sha256().values().toArray()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", "test.sha256"})
    void areDrawnAgainWhenAFileOfTheCacheIsDamagedOrMissing(String name) throws IOException {
        Dataset fresh = load(Split.TEST);
        Path file = cache.resolve("digits-v1").resolve(name);
        byte[] intact = Files.readAllBytes(file);
        byte[] damaged = intact.clone();
        damaged[damaged.length / 2] ^= 1;

        Files.write(file, damaged);
        assertSame(load(Split.TEST), fresh);
        assertThat(drawn).hasSize(2);
        assertThat(file).hasBinaryContent(intact);

        Files.delete(file);
        assertSame(load(Split.TEST), fresh);
        assertThat(drawn).hasSize(3);
        assertThat(file).hasBinaryContent(intact);

        assertSame(load(Split.TEST), fresh);
        assertThat(drawn).hasSize(3);
    }

    @Test
    void areDrawnAgainWhenAnIntactFileHoldsOtherPictures() throws IOException {
        Dataset fresh = load(Split.TEST);
        Path labels = cache.resolve("digits-v1/t10k-labels-idx1-ubyte.gz");
        IdxFile.write(labels, IdxFile.Content.labels(new byte[20]));
        assertSame(load(Split.TEST), fresh);
        assertThat(drawn).hasSize(2);
    }

    @Test
    void needNoCache() throws IOException {
        Dataset cached = load(Split.TEST);
        Path noFolder = Files.writeString(cache.resolve("a file"), "in the way");
        Dataset uncached = digits.load(noFolder, Split.TEST, Optional.empty());
        assertThat(drawn).hasSize(2);
        assertThat(uncached.origin()).isEqualTo(cached.origin());
        assertSame(uncached, cached);
        assertThat(noFolder).hasContent("in the way");
    }

    @Test
    void changeOnlyTogetherWithTheFolderOfTheirCache() {
        Dataset test = Digits.standard().load(cache, Split.TEST, Optional.empty());
        assertThat(test.size()).isEqualTo(10_000);
        assertThat(Digits.FOLDER).isEqualTo("digits-v1");
        assertThat(test.origin().sha256().values())
                .as("when these change, so must the folder")
                .containsExactly(
                        "f3d8eefd6d63833e403f7dbdb7648909819081262ae5f4dfbc4adcf5391c672e",
                        "c0b8b98e787fdd9f3acc5e4e0d1438830466a528455feda7637f2932c4431dbb");
    }

    private Dataset load(Split split) {
        return digits.load(cache, split, Optional.empty());
    }

    private static void assertSame(Dataset actual, Dataset expected) {
        assertThat(actual.size()).isEqualTo(expected.size());
        for (int id = 0; id < expected.size(); id++) {
            assertThat(actual.label(id)).isEqualTo(expected.label(id));
            assertThat(actual.batch(id).pixels()).isEqualTo(expected.batch(id).pixels());
        }
    }
}
