package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.RandomKey;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SparseStepsTest {
    private static final float[] GREY = {.5f, .5f, .5f, .5f, .5f};

    @Test
    void changesThePixelsWithTheLargestGradientsAllByTheSameAmount() {
        float[] gradient = {.1f, -3, 2, 0, -.5f};
        assertThat(step(GREY, gradient, 1)).containsExactly(0, -1, 0, 0, 0);
        assertThat(step(GREY, gradient, 2)).containsExactly(0, -.5f, .5f, 0, 0);
        assertThat(step(GREY, gradient, 4)).containsExactly(.25f, -.25f, .25f, 0, -.25f);
        // the size is 1 even where there are fewer gradients than pixels to change
        assertThat(step(GREY, gradient, 5)).containsExactly(.25f, -.25f, .25f, 0, -.25f);
    }

    @Test
    void passesOverPixelsThatAreAtTheEdgeOfTheBoxAndWouldLeaveIt() {
        float[] x = {1, 0, 1, 0, .5f};
        float[] gradient = {5, -4, -3, 2, 1};
        assertThat(step(x, gradient, 1)).containsExactly(0, 0, -1, 0, 0);
        assertThat(step(x, gradient, 2)).containsExactly(0, 0, -.5f, .5f, 0);
        assertThat(step(new float[] {1, 0, 0, 1, 1}, gradient, 2)).containsExactly(0, 0, 0, 0, 0);
    }

    @Test
    void takesTheFirstPixelsOnTiesAndNoneWithoutAGradient() {
        assertThat(step(GREY, new float[] {1, 2, -1, -2, 1}, 3)).containsExactly(1 / 3f, 1 / 3f, 0, -1 / 3f, 0);
        assertThat(step(GREY, new float[] {0, -0f, 0, 0, 0}, 3)).containsOnly(0);
    }

    @Test
    void gradientsMayBeAsSmallAsAFloatCanBe() {
        assertThat(step(GREY, new float[] {Float.MIN_VALUE, 0, -Float.MIN_NORMAL, 0, 0}, 2))
                .containsExactly(.5f, 0, -.5f, 0, 0);
    }

    @Test
    void agreesWithSortingAndLeavesTheOtherExamplesAlone() {
        for (int trial = 0; trial < 2000; trial++) {
            SplittableRandom random = RandomKey.of(trial).with("sparse").generator();
            int length = 1 + random.nextInt(30);
            int pixels = 1 + random.nextInt(length);
            int offset = random.nextInt(4);
            float[] x = new float[offset + length + 2];
            float[] gradient = new float[x.length];
            float[] direction = new float[x.length];
            Arrays.fill(direction, 7);
            boolean tied = random.nextBoolean();
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) Math.max(0, Math.min(1, random.nextDouble(-.5, 1.5)));
                gradient[i] = (float) (tied ? random.nextInt(-3, 4) : random.nextDouble(-1, 1));
            }
            int[] ranked = IntStream.range(offset, offset + length)
                    .filter(i -> (gradient[i] > 0 && x[i] < 1) || (gradient[i] < 0 && x[i] > 0))
                    .boxed()
                    .sorted((i, j) -> Float.compare(Math.abs(gradient[j]), Math.abs(gradient[i])))
                    .mapToInt(i -> i)
                    .limit(pixels)
                    .toArray();
            float[] expected = new float[x.length];
            Arrays.fill(expected, 7);
            Arrays.fill(expected, offset, offset + length, 0);
            for (int i : ranked) {
                expected[i] = Math.signum(gradient[i]) / ranked.length;
            }

            SparseSteps.steepest(x, gradient, offset, length, pixels, direction);

            assertThat(direction).as("trial %d", trial).isEqualTo(expected);
        }
    }

    private static float[] step(float[] x, float[] gradient, int pixels) {
        float[] direction = new float[x.length];
        SparseSteps.steepest(x, gradient, 0, x.length, pixels, direction);
        return direction;
    }
}
