package dev.gauntlet.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.attack.kit.Findings;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.threat.Norm;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DecisionStartsTest {
    private static final ImageShape SHAPE = new ImageShape(1, 8, 8);

    /** Says 1 of what is bright. */
    private static final LogitsOnly BRIGHT = new LogitsOnly(2, x -> new float[] {.3f, mean(x)});

    @Test
    void aStartIsASuccessNearTheBoundaryOnTheWayFromTheNoise() {
        Questions model = new Questions(BRIGHT);
        Batch dark = Toys.plain(SHAPE, .1f, 3, 9);
        DecisionStarts starts = find(model, dark, 10);
        assertThat(starts.rows()).containsExactly(0, 1);
        for (int row = 0; row < 2; row++) {
            float[] noise = model.of(dark.ids()[row]).get(1).pixels();
            float[] start = Toys.example(starts.pixels(), row, 64);
            assertThat(mean(start)).isBetween(.3f, .3004f); // of .4 between the two a thousandth
            double share = (mean(start) - .1) / (mean(noise) - .1);
            for (int i = 0; i < 64; i++) {
                assertThat((double) start[i]).isCloseTo(.1 + share * (noise[i] - .1), within(1e-6));
            }
            assertThat(model.of(dark.ids()[row])).hasSize(1 + 1 + 10);
        }
    }

    @Test
    void everySecondNoiseImageIsBlackAndWhiteSquares() {
        Questions model = new Questions(Toys.NEVER_FOOLED);
        find(model, Toys.plain(new ImageShape(2, 9, 9), .5f, 3), 200);
        List<Questions.DecisionGoal> asked = model.of(3);
        Set<Integer> sides = new HashSet<>();
        Set<Boolean> sameInBothChannels = new HashSet<>();
        for (int draw = 0; draw < 200; draw++) {
            float[] image = asked.get(1 + draw).pixels();
            long blackOrWhite = IntStream.range(0, 162)
                    .filter(i -> image[i] == 0 || image[i] == 1)
                    .count();
            assertThat(blackOrWhite).as("draw %d", draw).isEqualTo(draw % 2 == 0 ? 0 : 162);
            if (draw % 2 == 1) {
                sides.add(side(image));
                sameInBothChannels.add(Arrays.equals(Arrays.copyOf(image, 81), Arrays.copyOfRange(image, 81, 162)));
            }
        }
        assertThat(sides).contains(1, 2, 3);
        assertThat(sameInBothChannels).contains(false);
    }

    @Test
    void findsAStartWhereUniformNoiseIsAllOfOneClass() {
        // class 0 is what is neither dark nor bright
        LogitsOnly grey = new LogitsOnly(3, x -> new float[] {.7f, mean(x), 1 - mean(x)});
        Batch batch = Toys.plain(SHAPE, .4f, IntStream.range(0, 20).toArray());
        Questions model = new Questions(grey);
        DecisionStarts starts = find(model, batch, 100);
        assertThat(starts.rows()).hasSize(20);
        for (int id = 0; id < 20; id++) {
            // after the clean image comes a uniform one
            assertThat(model.of(id).get(1).prediction()).as("example %d", id).isZero();
            // the first noise that is not grey is blended with the clean image
            float[] noise = model.of(id).stream()
                    .filter(question -> question.prediction() != 0)
                    .findFirst()
                    .orElseThrow()
                    .pixels();
            float[] start = Toys.example(starts.pixels(), id, 64);
            double share = (start[0] - .4) / (noise[0] - .4);
            for (int i = 0; i < 64; i++) {
                assertThat((double) start[i])
                        .as("example %d", id)
                        .isCloseTo(.4 + share * (noise[i] - .4), within(1e-6));
            }
        }
    }

    @Test
    void triesAsManyNoiseImagesAsItMayInFewCalls() {
        Questions model = new Questions(Toys.NEVER_FOOLED);
        DecisionStarts starts = find(model, Toys.plain(SHAPE, .5f, 3, 9), 100);
        assertThat(starts.rows()).isEmpty();
        assertThat(starts.pixels()).isEmpty();
        // one for the clean images, then 1, 1, 2, 4, ..., 32 and what is left
        assertThat(model.arrays())
                .extracting(array -> array.length / 64 / 2)
                .containsExactly(1, 1, 1, 2, 4, 8, 16, 32, 36);
    }

    private static DecisionStarts find(Classifier model, Batch batch, int draws) {
        Problem problem = Problem.of(batch, Norm.L2);
        Findings findings = Findings.of(model, problem);
        return DecisionStarts.find(new DecisionOracle(model, problem, findings), problem, findings.open(), draws);
    }

    /** Returns the side of the largest squares of which an image of 9x9 pixels consists. */
    private static int side(float[] image) {
        return IntStream.of(3, 2, 1)
                .filter(side -> IntStream.range(0, image.length).allMatch(i -> {
                    int y = i / 9 % 9;
                    int x = i % 9;
                    return image[i] == image[i / 81 * 81 + y / side * side * 9 + x / side * side];
                }))
                .findFirst()
                .orElseThrow();
    }

    private static float mean(float[] x) {
        double sum = 0;
        for (float pixel : x) {
            sum += pixel;
        }
        return (float) (sum / x.length);
    }
}
