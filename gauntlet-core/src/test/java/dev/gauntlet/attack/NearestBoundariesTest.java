package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.loss.Loss;
import dev.gauntlet.model.Logits;
import dev.gauntlet.testkit.ModelAndImages;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NearestBoundariesTest {
    private static final int CLASSES = 10;
    private static final int SIZE = 20;
    private static final ImageShape SHAPE = new ImageShape(1, 4, 4);

    @ParameterizedTest
    @EnumSource(names = {"LINF", "L2"})
    void theyAreTheNearestOfAllBoundariesAtEveryStep(Norm norm) {
        ModelAndImages scene = ModelAndImages.layers(3, CLASSES, SHAPE, SIZE);
        Loss[][] functions = functions(scene);
        NearestBoundaries boundaries = new NearestBoundaries(functions);
        SplittableRandom random = new SplittableRandom(5);
        Batch x = scene.batch();
        for (int step = 0; step < 10; step++) {
            LinearizedBoundaries found = boundaries.at(scene.model(), norm, x);
            LinearizedBoundaries all = LinearizedBoundaries.of(scene.model(), norm, x, functions);
            assertThat(found.gradients()).isEqualTo(all.gradients());
            for (int row = 0; row < SIZE; row++) {
                assertThat(found.distance(row)).isEqualTo(all.distance(row));
                assertThat(found.value(row)).isEqualTo(all.value(row));
            }
            float[] moved = x.pixels().clone();
            for (int i = 0; i < moved.length; i++) {
                moved[i] = (float) Math.max(0, Math.min(1, moved[i] + random.nextDouble(-.1, .1)));
            }
            x = x.withPixels(moved);
        }
    }

    @Test
    void theGradientsOfAllFunctionsAreComputedOnceAndLaterThoseThatMayBeNearest() {
        ModelAndImages scene = ModelAndImages.layers(3, CLASSES, SHAPE, SIZE);
        Recorder recorder = new Recorder(scene.model());
        NearestBoundaries boundaries = new NearestBoundaries(functions(scene));
        boundaries.at(recorder, Norm.L2, scene.batch());
        assertThat(asked(recorder)).isEqualTo((long) (CLASSES - 1) * SIZE);
        boundaries.at(recorder, Norm.L2, scene.batch());
        assertThat(asked(recorder)).isBetween((long) CLASSES * SIZE, (long) (CLASSES + 3) * SIZE);
    }

    @Test
    void deepfoolNeedsFewGradientsAStep() {
        ModelAndImages scene = ModelAndImages.layers(3, CLASSES, SHAPE, SIZE);
        Recorder recorder = new Recorder(scene.model());
        DeepFool.defaults().nearest(recorder, Problem.of(scene.batch(), Norm.L2));
        long steps = recorder.forwards().stream().mapToLong(Batch::size).sum() - SIZE;
        assertThat(asked(recorder)).isLessThanOrEqualTo((CLASSES - 1) * (long) SIZE + 4 * steps);
    }

    private static long asked(Recorder recorder) {
        return recorder.gradients().stream().mapToLong(Batch::size).sum();
    }

    private static Loss[][] functions(ModelAndImages scene) {
        Logits logits = scene.model().logits(scene.batch());
        int[] labels = scene.batch().labels();
        return IntStream.range(0, SIZE)
                .mapToObj(row -> LinearizedBoundaries.rivals(logits, row, labels[row]))
                .map(rivals -> LinearizedBoundaries.between(Arrays.copyOf(rivals, CLASSES - 1)))
                .toArray(Loss[][]::new);
    }
}
