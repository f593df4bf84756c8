package dev.gauntlet.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gauntlet.attack.Square;
import dev.gauntlet.attack.kit.AttackResult;
import dev.gauntlet.attack.kit.Problem;
import dev.gauntlet.data.Batch;
import dev.gauntlet.data.ImageShape;
import dev.gauntlet.model.ChangingImages;
import dev.gauntlet.model.Classifier;
import dev.gauntlet.model.Logits;
import dev.gauntlet.model.ModelCard;
import dev.gauntlet.threat.Norm;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirstLayerChangesTest {
    private static final ImageShape SHAPE = new ImageShape(1, 12, 12);
    private static final int CLASSES = 5;
    private static final int SIZE = 40;
    private static final String DENSE = "flatten, linear 60, relu, linear 20, relu, linear 5";

    /** A model of which only the logits of whole images are asked. */
    private record InFull(Classifier model) implements Classifier {
        @Override
        public ModelCard card() {
            return model.card();
        }

        @Override
        public Logits logits(Batch batch) {
            return model.logits(batch);
        }

        @Override
        public void close() {
            // the test closes the model
        }
    }

    @Test
    void rounding_errors_do_not_accumulate() {
        SplittableRandom random = new SplittableRandom(3);
        Batch images = Samples.batch(SHAPE, CLASSES, SIZE, 1);
        int length = SHAPE.size();
        try (NetworkClassifier model = Samples.classifier(Samples.network(SHAPE, DENSE), 4)) {
            ChangingImages changing = model.changing();
            assertThat(changing).isInstanceOf(FirstLayerChanges.class);
            changing.logits(images);
            int[] all = IntStream.range(0, SIZE).toArray();
            changing.accept(images, all);
            for (int step = 0; step < 1000; step++) {
                for (int row = 0; row < SIZE; row++) {
                    images.pixels()[row * length + random.nextInt(length)] = (float) random.nextDouble();
                }
                float[] found = changing.logits(images).values();
                changing.accept(images, all);
                if (step % 97 == 0) {
                    float[] expected = model.logits(images).values();
                    for (int i = 0; i < expected.length; i++) {
                        assertThat(found[i]).isCloseTo(expected[i], within(1e-4f));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"LINF, 0.1", "L2, 0.7"})
    void a_random_search_finds_the_same(Norm norm, double epsilon) {
        Batch batch = Samples.batch(SHAPE, CLASSES, SIZE, 1);
        try (NetworkClassifier model = Samples.classifier(Samples.network(SHAPE, DENSE), 4)) {
            Logits clean = model.logits(batch);
            Batch right = new Batch(
                    SHAPE,
                    batch.ids(),
                    IntStream.range(0, SIZE).map(clean::prediction).toArray(),
                    batch.pixels());
            Square attack = new Square(400, .8, 1, true);
            AttackResult fast = attack.prepare(model, Problem.of(right, norm)).within(epsilon);
            AttackResult full =
                    attack.prepare(new InFull(model), Problem.of(right, norm)).within(epsilon);
            assertThat(fast.success()).isEqualTo(full.success());
            assertThat(fast.pixels()).isEqualTo(full.pixels());
            assertThat(fast.success()).contains(true, false);
        }
    }

    @Test
    void a_network_that_begins_with_a_convolution_is_computed_in_full() {
        try (NetworkClassifier model =
                Samples.classifier(Samples.network(SHAPE, "conv 4 k3 p1, relu, flatten, linear 5"), 4)) {
            assertThat(model.changing()).isNotInstanceOf(FirstLayerChanges.class);
        }
    }
}
