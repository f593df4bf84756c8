package dev.gauntlet.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.RandomKey;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.Dataset;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Tests of the guarantees of every data set, for your own data formats.
 *
 * <p>The data should be small: the tests read all examples several times.
 *
 * <p>Example:
 *
 * <pre>{@code
 * class MyFormatTest extends DatasetContract {
 *     @Override
 *     protected Dataset open() {
 *         return MyFormat.read(file);
 *     }
 * }
 * }</pre>
 */
public abstract class DatasetContract {
    private static final int THREADS = 4;

    /** Creates the tests. */
    protected DatasetContract() {}

    /**
     * Opens the data under test, always the same.
     *
     * @return the data, with at least one example
     */
    protected abstract Dataset open();

    @Test
    final void pixelsAreInTheBox() {
        Dataset data = open();
        assertThat(data.size()).isPositive();
        for (int id = 0; id < data.size(); id++) {
            for (float pixel : pixels(data, id)) {
                assertThat(pixel).as("example %d", id).isBetween(0f, 1f);
            }
        }
    }

    @Test
    final void everyLabelIsAClass() {
        Dataset data = open();
        assertThat(data.classes())
                .hasSizeGreaterThanOrEqualTo(2)
                .doesNotHaveDuplicates()
                .noneMatch(String::isBlank);
        for (int id = 0; id < data.size(); id++) {
            assertThat(data.label(id))
                    .as("example %d", id)
                    .isBetween(0, data.classes().size() - 1);
        }
    }

    @Test
    final void writesOnlyThePixelsOfTheExample() {
        Dataset data = open();
        int length = data.shape().size();
        int margin = 3;
        for (int id = 0; id < data.size(); id++) {
            float[] target = new float[margin + length + margin];
            Arrays.fill(target, -1);
            data.copyPixels(id, target, margin);
            for (int i = 0; i < margin; i++) {
                assertThat(target[i]).as("before example %d", id).isEqualTo(-1);
                assertThat(target[margin + length + i])
                        .as("after example %d", id)
                        .isEqualTo(-1);
            }
            assertThat(Arrays.copyOfRange(target, margin, margin + length))
                    .as("example %d at an offset", id)
                    .isEqualTo(pixels(data, id));
        }
    }

    @Test
    final void aBatchHasTheExamplesInItsOrder() {
        Dataset data = open();
        int length = data.shape().size();
        int[] ids =
                IntStream.range(0, data.size()).map(i -> data.size() - 1 - i).toArray();
        Batch batch = data.batch(ids);
        assertThat(batch.shape()).isEqualTo(data.shape());
        assertThat(batch.ids()).isEqualTo(ids);
        for (int row = 0; row < ids.length; row++) {
            assertThat(batch.labels()[row]).as("row %d", row).isEqualTo(data.label(ids[row]));
            assertThat(Arrays.copyOfRange(batch.pixels(), row * length, (row + 1) * length))
                    .as("row %d", row)
                    .isEqualTo(pixels(data, ids[row]));
        }
        assertThat(data.batch().size()).isZero();
    }

    @Test
    final void isTheSameWhenReadAgainAndOpenedAgain() {
        Dataset data = open();
        Dataset again = open();
        assertThat(again.origin()).isEqualTo(data.origin());
        assertThat(again.shape()).isEqualTo(data.shape());
        assertThat(again.classes()).isEqualTo(data.classes());
        assertThat(again.numbersAssumed()).isEqualTo(data.numbersAssumed());
        assertThat(again.size()).isEqualTo(data.size());
        Batch first = all(data);
        for (Batch other : List.of(all(data), all(again))) {
            assertThat(other.labels()).isEqualTo(first.labels());
            assertThat(other.pixels()).isEqualTo(first.pixels());
        }
    }

    @Test
    final void refusesIdsWithoutAnExample() {
        Dataset data = open();
        float[] target = new float[data.shape().size()];
        for (int id : new int[] {-1, data.size(), Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> data.label(id)).as("label %d", id).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> data.copyPixels(id, target, 0))
                    .as("example %d", id)
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    final void theOriginIdentifiesTheFiles() {
        Dataset data = open();
        assertThat(data.origin().name()).isNotBlank();
        assertThat(data.origin().split()).isNotBlank();
        assertThat(data.origin().location()).isNotBlank();
        assertThat(data.origin().sha256()).isNotEmpty();
        assertThat(data.origin().sha256().values()).allMatch(sum -> sum.matches("[0-9a-f]{64}"));
        assertThat(data.noting("A remark.").origin().notice())
                .hasValueSatisfying(notice -> assertThat(notice).endsWith("A remark."));
    }

    @Test
    final void saysThatClassNumbersWereAssumed() {
        Dataset data = open();
        if (data.numbersAssumed()) {
            assertThat(data.origin().notice()).as("the order of the classes").isPresent();
        }
    }

    @Test
    final void givesTheSameExamplesInSeveralThreads() throws ExecutionException, InterruptedException {
        Dataset data = open();
        float[] expected = all(data).pixels();
        int length = data.shape().size();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<float[]>> futures = Stream.iterate(0, seed -> seed + 1)
                    .limit(2 * THREADS)
                    .map(seed -> threads.submit(() -> shuffled(data, seed)))
                    .toList();
            for (Future<float[]> future : futures) {
                assertThat(future.get()).hasSize(data.size() * length).isEqualTo(expected);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Reads all examples in a random order. */
    private static float[] shuffled(Dataset data, int seed) {
        SplittableRandom random = RandomKey.of(seed).with("order").generator();
        int length = data.shape().size();
        float[] pixels = new float[data.size() * length];
        IntStream.range(0, data.size())
                .mapToObj(id -> new long[] {random.nextLong(), id})
                .sorted((a, b) -> Long.compare(a[0], b[0]))
                .forEach(entry -> data.copyPixels((int) entry[1], pixels, (int) entry[1] * length));
        return pixels;
    }

    private static Batch all(Dataset data) {
        return data.batch(IntStream.range(0, data.size()).toArray());
    }

    private static float[] pixels(Dataset data, int id) {
        float[] pixels = new float[data.shape().size()];
        data.copyPixels(id, pixels, 0);
        return pixels;
    }
}
