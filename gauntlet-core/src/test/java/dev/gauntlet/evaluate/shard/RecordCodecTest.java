package dev.gauntlet.evaluate.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gauntlet.attack.Passes;
import dev.gauntlet.diagnose.Diagnostic;
import dev.gauntlet.diagnose.GradientDiagnostics;
import dev.gauntlet.diagnose.WarningSign;
import dev.gauntlet.model.Logits;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecordCodecTest {
    private static final float[] PIXELS = {0, Float.MIN_VALUE, .5f, Math.nextDown(1f)};

    static Stream<ShardTask> tasks() {
        Logits logits = new Logits(2, new float[] {1, -2, 3, -0f});
        return Stream.<ShardTask.Work>of(
                        new ShardTask.AskClean(new int[] {1, 2, 3}),
                        new ShardTask.RunAttack(2, new int[] {4, 7}, logits, List.of(new int[] {0, 1}, new int[0])),
                        new ShardTask.ProbeInput(new int[] {5}, new int[] {1}),
                        new ShardTask.ProbeGradient(GradientDiagnostics.Probe.TRANSFER, new int[] {1, 5}, 8 / 255.0, 2),
                        new ShardTask.TryStronger(1, new int[] {3, 8}, .3, 2))
                .map(work -> new ShardTask("größer", new ShardId(1, 2, 3), work, true));
    }

    static Stream<ShardResult> results() {
        return Stream.<ShardResult.Outcome>of(
                        new ShardResult.TimeIsUp(),
                        new ShardResult.CleanAnswers(new Logits(3, new float[] {1, 2, 3})),
                        new ShardResult.Attacked(
                                new ShardResult.Cost(Long.MAX_VALUE, 2, 3),
                                new double[] {0.25, Double.POSITIVE_INFINITY},
                                List.of(new ShardResult.Success(0, 1, 7, 0.9, 0.25, true)),
                                List.of(new GalleryExample(
                                        GalleryExample.Choice.MOST_CHANGED,
                                        .1,
                                        2,
                                        3,
                                        3,
                                        .4,
                                        5,
                                        .6,
                                        .7,
                                        PIXELS,
                                        PIXELS)),
                                List.of(new AdversarialExample(.1, 2, 3, 4, 5, 6, .7, PIXELS, PIXELS))),
                        new ShardResult.Tried(new Passes(7, 5), new boolean[] {true, false}),
                        new ShardResult.Probed(
                                new Passes(3, 0),
                                List.of(Diagnostic.notMeasured(WarningSign.FED_WRONGLY, "There was no time."))))
                .map(outcome -> new ShardResult(new ShardId(0, 0, 9), outcome));
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void a_task_is_the_same_after_the_journey(ShardTask task) throws IOException {
        assertThat(ShardTask.of(task.bytes())).usingRecursiveComparison().isEqualTo(task);
    }

    @ParameterizedTest
    @MethodSource("results")
    void a_result_is_the_same_after_the_journey(ShardResult result) throws IOException {
        assertThat(ShardResult.of(result.bytes())).usingRecursiveComparison().isEqualTo(result);
    }

    @ParameterizedTest
    @MethodSource("results")
    void bytes_that_are_missing_or_too_many_are_an_error(ShardResult result) {
        byte[] bytes = result.bytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] some = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> ShardResult.of(some)).isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> ShardResult.of(Arrays.copyOf(bytes, bytes.length + 1)))
                .isInstanceOf(IOException.class)
                .hasMessage("1 bytes follow the ShardResult");
    }

    @Test
    void a_length_that_nothing_can_have_takes_no_memory() {
        byte[] bytes = new ShardTask("x", new ShardId(0, 0, 0), new ShardTask.AskClean(new int[1]), false).bytes();
        // the length of the ids, behind a text of one letter, three numbers and the kind of work
        Arrays.fill(bytes, 5 + 12 + 4, 5 + 12 + 8, (byte) 0x7f);
        assertThatThrownBy(() -> ShardTask.of(bytes))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("parts do not fit into");
    }

    @Test
    void the_checksum_of_a_task_does_not_depend_on_images() {
        ShardTask task = new ShardTask("x", new ShardId(0, 0, 0), new ShardTask.AskClean(new int[1]), false);
        assertThat(new ShardTask("x", task.id(), task.work(), true).checksum()).isEqualTo(task.checksum());
        assertThat(new ShardTask("y", task.id(), task.work(), false).checksum()).isNotEqualTo(task.checksum());
    }
}
