package dev.gauntlet.model;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.gauntlet.Setting;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.data.Layout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoublePredicate;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InputScaleCheckTest {
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
                return new ModelCard("m", "m", "Java", InputSpec.RAW);
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
        assertThat(InputScaleCheck.find(bright(pixel -> pixel > 0.5), sample(1)))
                .isEmpty();
        assertThat(InputScaleCheck.accuracy(bright(pixel -> pixel > 0.5), sample(1)))
                .isEqualTo(1);
    }

    @Test
    void modelThatWantsBytesIsFound() {
        assertThat(InputScaleCheck.find(bright(pixel -> pixel > 127), sample(1)))
                .contains(new InputScaleCheck.Suspicion(
                        "It classifies 50.0 % of the images correctly, but 100.0 % with pixels from 0 to 255; was it trained on such images?",
                        List.of(Setting.INPUT_MAX)));
    }

    @Test
    void modelThatWantsNormalizedPixelsIsFound() {
        // 0.8 becomes (0.8 - 0.485) / 0.229 = 1.38, and by the means of CIFAR-10 only 1.25
        assertThat(InputScaleCheck.find(bright(pixel -> pixel > 1.3 && pixel < 2), sample(3)))
                .get()
                .extracting(InputScaleCheck.Suspicion::sentence, as(InstanceOfAssertFactories.STRING))
                .contains("100.0 % with mean 0.485,0.456,0.406 and std 0.229,0.224,0.225");
        assertThat(InputScaleCheck.find(bright(pixel -> pixel > 2.1 && pixel < 5), sample(1)))
                .get()
                .extracting(InputScaleCheck.Suspicion::sentence, as(InstanceOfAssertFactories.STRING))
                .contains("mean 0.1307 and std 0.3081");
    }

    @Test
    void modelThatKnowsNothingIsSuspected() {
        int[] labels = IntStream.range(0, 100).map(i -> i % 10).toArray();
        Batch digits = new Batch(new ImageShape(1, 1, 1), new int[100], labels, new float[100]);

        assertThat(InputScaleCheck.find(permuted(3, 3, 3, 3, 3, 3, 3, 3, 3, 3), digits))
                .get()
                .extracting(InputScaleCheck.Suspicion::sentence, as(InstanceOfAssertFactories.STRING))
                .startsWith("It classifies only 10.0 % of the images correctly, hardly more than by chance;");
    }

    @Test
    void aNormalisationThatTheModelHasItselfIsFound() {
        InputSpec twice = InputSpec.RAW.withInputMax(255).withNormalization(List.of(0.1307), List.of(0.3081));
        // a model is given what its contract makes of the pixels
        Classifier fedTwice = new Given(twice, pixel -> pixel > 0.5);

        assertThat(InputScaleCheck.find(fedTwice, sample(1)))
                .get()
                .extracting(InputScaleCheck.Suspicion::sentence, as(InstanceOfAssertFactories.STRING))
                .endsWith("but 100.0 % with pixels in [0,1] and no normalization; was it trained on such images?");
    }

    /** A model that takes raw pixels between 0.5 and 1 for class 1, behind a contract. */
    private record Given(InputSpec contract, DoublePredicate isBright) implements Classifier {
        @Override
        public ModelCard card() {
            return new ModelCard("m", "m", "Java", contract);
        }

        @Override
        public Logits logits(Batch batch) {
            return bright(pixel -> isBright.test(pixel) && pixel <= 1)
                    .logits(batch.withPixels(contract.apply(batch, Layout.NCHW)));
        }

        @Override
        public void close() {}
    }

    static Stream<Arguments> orders() {
        // each image has one bright pixel, and its class is the place of that, as the model sees it
        return Stream.of(
                arguments(1, "rows and columns swapped", (IntUnaryOperator) i -> i % 3 * 3 + i / 3),
                arguments(3, "the channels in the order blue, green, red", (IntUnaryOperator)
                        i -> (2 - i / 9) * 9 + i % 9),
                arguments(3, "the channels last in each pixel (nhwc)", (IntUnaryOperator) i -> i % 9 * 3 + i / 9));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void anotherOrderOfThePixelsIsFound(int channels, String how, IntUnaryOperator place) {
        int length = channels * 9;
        float[] pixels = new float[length * length];
        int[] labels = new int[length];
        for (int row = 0; row < length; row++) {
            pixels[row * length + row] = 1;
            labels[row] = place.applyAsInt(row);
        }
        Batch images = new Batch(new ImageShape(channels, 3, 3), new int[length], labels, pixels);

        assertThat(InputScaleCheck.find(brightest(length), images))
                .get()
                .extracting(InputScaleCheck.Suspicion::sentence, as(InstanceOfAssertFactories.STRING))
                .contains("but 100.0 % with " + how);
    }

    @Test
    void anExchangeOfBlackAndWhiteIsFound() {
        float[] pixels = new float[81];
        Arrays.fill(pixels, 1);
        for (int row = 0; row < 9; row++) {
            pixels[row * 9 + row] = 0;
        }
        Batch images = new Batch(
                new ImageShape(1, 3, 3), new int[9], IntStream.range(0, 9).toArray(), pixels);

        assertThat(InputScaleCheck.find(brightest(9), images))
                .get()
                .extracting(InputScaleCheck.Suspicion::sentence, as(InstanceOfAssertFactories.STRING))
                .contains("but 100.0 % with black and white swapped");
    }

    /** Answers the place of the brightest pixel. */
    private static Classifier brightest(int length) {
        return new Classifier() {
            @Override
            public ModelCard card() {
                return new ModelCard("m", "m", "Java", InputSpec.RAW);
            }

            @Override
            public Logits logits(Batch batch) {
                return new Logits(length, batch.pixels().clone());
            }

            @Override
            public void close() {}
        };
    }

    /** Answers for example n of class k what a list says of class k; every tenth example wrongly. */
    private static Classifier permuted(int... answers) {
        return new Classifier() {
            @Override
            public ModelCard card() {
                return new ModelCard("m", "m", "Java", InputSpec.RAW);
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

        assertThat(InputScaleCheck.otherOrder(model, labelled(40, 4), names(4))).hasValueSatisfying(other -> {
            assertThat(other.classes()).containsExactly("c1", "c3", "c0", "c2");
            assertThat(other.accuracy()).isEqualTo(0.9);
            assertThat(other.given()).isLessThan(0.11);
        });
        assertThat(InputScaleCheck.find(model, labelled(40, 4), names(4)))
                .get()
                .extracting(InputScaleCheck.Suspicion::sentence, as(InstanceOfAssertFactories.STRING))
                .contains("but 90.0 % if the classes are in another order: c1,c3,c0,c2;");
    }

    @Test
    void rightOrderIsNotSuspected() {
        assertThat(InputScaleCheck.otherOrder(permuted(0, 1, 2, 3), labelled(40, 4), names(4)))
                .isEmpty();
        assertThat(InputScaleCheck.find(permuted(0, 1, 2, 3), labelled(40, 4), names(4)))
                .isEmpty();
    }

    /** With one image of each class any answers would fit some order. */
    @Test
    void orderIsNotMadeOutOfChance() {
        int classes = 100;
        int[] random = new SplittableRandom(1).ints(classes, 0, classes).toArray();
        assertThat(InputScaleCheck.otherOrder(permuted(random), labelled(classes, classes), names(classes)))
                .isEmpty();
        assertThat(InputScaleCheck.otherOrder(permuted(0, 0, 0, 0), labelled(40, 4), names(4)))
                .isEmpty();
        // six of six would be right, but that is too few to say so
        assertThat(InputScaleCheck.otherOrder(permuted(1, 0), labelled(6, 2), names(2)))
                .isEmpty();
    }

    /** Four of ten images look right by an accident of the pixels, all ten by the order of the classes. */
    @Test
    void theBetterExplanationIsGiven() {
        Classifier shifted = permuted(1, 2, 3, 0);
        Batch images = labelled(200, 4);
        Classifier model = new Classifier() {
            @Override
            public ModelCard card() {
                return shifted.card();
            }

            @Override
            public Logits logits(Batch batch) {
                // images that are changed get the class of the label for every second one
                boolean isChanged = batch.pixels()[0] != 0;
                float[] logits = shifted.logits(batch).values().clone();
                for (int row = 0; isChanged && row < batch.size(); row += 2) {
                    logits[row * 4 + batch.labels()[row]] = 2;
                }
                return new Logits(4, logits);
            }

            @Override
            public void close() {}
        };

        assertThat(InputScaleCheck.find(model, images, names(4)))
                .get()
                .extracting(InputScaleCheck.Suspicion::sentence, as(InstanceOfAssertFactories.STRING))
                .contains("if the classes are in another order: ");
    }
}
