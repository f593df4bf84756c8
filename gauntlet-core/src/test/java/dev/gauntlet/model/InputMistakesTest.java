package dev.gauntlet.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.DoublePredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InputMistakesTest {
    private static final int COUNT = 100;

    /** Dark images of class 0 and bright ones of class 1. */
    private static Batch sample(int channels) {
        int[] labels = new int[COUNT];
        float[] pixels = new float[COUNT * channels];
        for (int row = 0; row < COUNT; row++) {
            labels[row] = row % 2;
            for (int c = 0; c < channels; c++) {
                pixels[row * channels + c] = row % 2 == 0 ? 0.2f : 0.8f;
            }
        }
        return new Batch(new ImageShape(channels, 1, 1), new int[COUNT], labels, pixels);
    }

    /** Takes an image for class 1 if its first pixel, as the model gets it, is so. */
    private static Classifier bright(DoublePredicate isBright) {
        return new Classifier() {
            @Override
            public ModelCard card() {
                return new ModelCard("m", "m", 0, "", Optional.empty(), "Java", Optional.empty());
            }

            @Override
            public Logits logits(Batch batch) {
                float[] logits = new float[2 * batch.size()];
                for (int row = 0; row < batch.size(); row++) {
                    logits[2 * row + 1] =
                            isBright.test(batch.pixels()[row * batch.shape().size()]) ? 1 : -1;
                }
                return new Logits(2, logits);
            }

            @Override
            public void close() {}
        };
    }

    @Test
    void modelThatIsFedRightIsNotSuspected() {
        assertThat(InputMistakes.find(bright(pixel -> pixel > 0.5), sample(1))).isEmpty();
        assertThat(InputMistakes.accuracy(bright(pixel -> pixel > 0.5), sample(1)))
                .isEqualTo(1);
    }

    @Test
    void modelThatWantsBytesIsFound() {
        assertThat(InputMistakes.find(bright(pixel -> pixel > 127), sample(1)))
                .containsExactly(
                        "It classifies 50.0 % of the images correctly, but 100.0 % with --input-max 255; was it trained on such numbers?");
    }

    @Test
    void modelThatWantsNormalizedPixelsIsFound() {
        // 0.8 becomes (0.8 - 0.485) / 0.229 = 1.38, and by the means of CIFAR-10 only 1.25
        assertThat(InputMistakes.find(bright(pixel -> pixel > 1.3 && pixel < 2), sample(3)))
                .singleElement()
                .asString()
                .contains("100.0 % with --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225");
        assertThat(InputMistakes.find(bright(pixel -> pixel > 2.1 && pixel < 5), sample(1)))
                .singleElement()
                .asString()
                .contains("--mean 0.1307 --std 0.3081");
    }

    @Test
    void modelThatKnowsNothingIsSuspected() {
        assertThat(InputMistakes.find(bright(pixel -> pixel < 0.5 && pixel > 0.1), sample(1)))
                .singleElement()
                .asString()
                .startsWith("It classifies only 0.0 % of the images correctly, hardly more than by chance;");
    }

    /** Answers for example n of class k what a list says of class k; every tenth example wrongly. */
    private static Classifier permuted(int... answers) {
        return new Classifier() {
            @Override
            public ModelCard card() {
                return new ModelCard("m", "m", 0, "", Optional.empty(), "Java", Optional.empty());
            }

            @Override
            public Logits logits(Batch batch) {
                int classes = answers.length;
                float[] logits = new float[classes * batch.size()];
                for (int row = 0; row < batch.size(); row++) {
                    int answer = answers[batch.labels()[row]];
                    logits[row * classes + (row % 10 == 9 ? (answer + 1) % classes : answer)] = 1;
                }
                return new Logits(classes, logits);
            }

            @Override
            public void close() {}
        };
    }

    private static Batch labelled(int images, int classes) {
        int[] labels = IntStream.range(0, images).map(row -> row * 7 % classes).toArray();
        return new Batch(new ImageShape(1, 1, 1), new int[images], labels, new float[images]);
    }

    private static List<String> names(int classes) {
        return IntStream.range(0, classes).mapToObj(k -> "c" + k).toList();
    }

    @Test
    void otherOrderOfTheClassesIsFound() {
        // what the data calls c0 is output 2, and so on
        Classifier model = permuted(2, 0, 3, 1);

        assertThat(InputMistakes.otherOrder(model, labelled(40, 4), names(4))).hasValueSatisfying(other -> {
            assertThat(other.classes()).containsExactly("c1", "c3", "c0", "c2");
            assertThat(other.accuracy()).isEqualTo(0.9);
            assertThat(other.given()).isLessThan(0.11);
        });
        assertThat(InputMistakes.find(model, labelled(40, 4), names(4)))
                .singleElement()
                .asString()
                .contains("but 90.0 % if the classes are in another order: c1,c3,c0,c2;");
    }

    @Test
    void rightOrderIsNotSuspected() {
        assertThat(InputMistakes.otherOrder(permuted(0, 1, 2, 3), labelled(40, 4), names(4)))
                .isEmpty();
        assertThat(InputMistakes.find(permuted(0, 1, 2, 3), labelled(40, 4), names(4)))
                .isEmpty();
    }

    /** With one image of each class any answers would fit some order. */
    @Test
    void orderIsNotMadeOutOfChance() {
        int classes = 100;
        int[] random = new SplittableRandom(1).ints(classes, 0, classes).toArray();
        assertThat(InputMistakes.otherOrder(permuted(random), labelled(classes, classes), names(classes)))
                .isEmpty();
        assertThat(InputMistakes.otherOrder(permuted(0, 0, 0, 0), labelled(40, 4), names(4)))
                .isEmpty();
        // six of six would be right, but that is too few to say so
        assertThat(InputMistakes.otherOrder(permuted(1, 0), labelled(6, 2), names(2)))
                .isEmpty();
    }
}
